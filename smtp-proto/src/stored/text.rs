//! What is stored as its text, and mailboxes, which may have A-labels beside it.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};

use serde::{Deserialize, Serialize};

use super::stored_as;
use crate::address::{
    AddressLiteral, Domain, EhloName, ForwardPath, InvalidAddress, Mailbox, ReversePath,
};
use crate::envelope::{EnvelopeId, Notify, Parameter, Ret};
use crate::reply::EnhancedCode;

/// A type whose text, by this method, parses to an equal value.
macro_rules! stored_as_text {
    ($($stored:ty: $text:ident),+ $(,)?) => {$(
        impl From<&$stored> for Text {
            fn from(value: &$stored) -> Self {
                Self(String::from(value.$text()))
            }
        }

        impl TryFrom<Text> for $stored {
            type Error = <$stored as core::str::FromStr>::Err;

            fn try_from(text: Text) -> Result<Self, Self::Error> {
                text.0.parse()
            }
        }

        stored_as!($stored => Text);
    )+};
}

#[derive(Serialize, Deserialize)]
pub(super) struct Text(String);

stored_as_text! {
    AddressLiteral: as_str,
    Domain: as_str,
    EhloName: as_str,
    EnhancedCode: to_string,
    EnvelopeId: as_str,
    Notify: to_string,
    Parameter: to_string,
    Ret: to_string,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Address {
    Text(String),
    Labelled(Labelled),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Labelled {
    address: String,
    ascii_domain: String,
}

impl From<&Mailbox> for Address {
    fn from(mailbox: &Mailbox) -> Self {
        let address = mailbox.as_str().to_owned();
        match mailbox.ascii_domain() {
            Some(domain) if domain != mailbox.domain() => Self::Labelled(Labelled {
                address,
                ascii_domain: domain.to_owned(),
            }),
            _ => Self::Text(address),
        }
    }
}

impl TryFrom<Address> for Mailbox {
    type Error = InvalidAddress;

    fn try_from(address: Address) -> Result<Self, InvalidAddress> {
        match address {
            Address::Text(text) => text.parse(),
            Address::Labelled(Labelled {
                address,
                ascii_domain,
            }) => address.parse::<Self>()?.with_ascii_domain(&ascii_domain),
        }
    }
}

/// A path is a mailbox, or one word in its place.
macro_rules! path {
    ($path:ident, $word:ident) => {
        impl From<&$path> for Address {
            fn from(path: &$path) -> Self {
                match path {
                    $path::Mailbox(mailbox) => mailbox.into(),
                    $path::$word => Self::Text(path.as_str().to_owned()),
                }
            }
        }

        impl TryFrom<Address> for $path {
            type Error = InvalidAddress;

            fn try_from(address: Address) -> Result<Self, InvalidAddress> {
                match address {
                    Address::Text(text) => text.parse(),
                    labelled @ Address::Labelled(_) => Mailbox::try_from(labelled).map(Self::from),
                }
            }
        }
    };
}

path!(ForwardPath, Postmaster);
path!(ReversePath, Null);

stored_as! {
    ForwardPath => Address,
    Mailbox => Address,
    ReversePath => Address,
}
