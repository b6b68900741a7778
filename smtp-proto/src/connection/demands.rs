//! What an envelope demands of a server, held against what it offers before anything is sent.

use crate::ehlo::{Capabilities, Capability, Keyword};
use crate::envelope::{BodyKind, DeliverBy, Envelope, Extras, FutureRelease};
use crate::error::{Extension, SendError};

/// Whether the server can take it, as far as it has said; `is_verified`: whether it is known to be the right one.
pub(super) fn check(
    envelope: &Envelope,
    offered: &Capabilities,
    is_verified: bool,
) -> Result<(), SendError> {
    if let (Some(size), Some(limit)) = (envelope.size(), offered.size())
        && size > limit
    {
        return Err(SendError::TooLarge { size, limit });
    }
    // Addresses are only examined if the result matters.
    if !offered.offers(Keyword::SmtpUtf8) && envelope.needs_smtputf8() {
        return Err(SendError::Unsupported(Extension::SmtpUtf8));
    }
    match envelope.body_kind() {
        BodyKind::SevenBit => {}
        BodyKind::EightBit => need(offered, Keyword::EightBitMime, Extension::EightBitMime)?,
        BodyKind::Binary => {
            need(offered, Keyword::Chunking, Extension::Chunking)?;
            need(offered, Keyword::BinaryMime, Extension::BinaryMime)?;
        }
    }
    envelope
        .extras()
        .map_or(Ok(()), |extras| check_extras(extras, offered, is_verified))
}

fn check_extras(
    extras: &Extras,
    offered: &Capabilities,
    is_verified: bool,
) -> Result<(), SendError> {
    if extras.needs_dsn() {
        need(offered, Keyword::Dsn, Extension::Dsn)?;
    }
    if extras.authenticated_sender.is_some() {
        need(offered, Keyword::Auth, Extension::Auth)?;
    }
    if extras.require_tls {
        need(offered, Keyword::RequireTls, Extension::RequireTls)?;
        // RFC 8689 section 4.2.1: what the next server is has to be known, too.
        if !is_verified {
            return Err(SendError::Unverified);
        }
    }
    if extras.priority.is_some() {
        need(offered, Keyword::MtPriority, Extension::MtPriority)?;
    }
    extras
        .deliver_by
        .map_or(Ok(()), |by| check_deliver_by(by, offered))?;
    extras
        .future_release
        .as_ref()
        .map_or(Ok(()), |hold| check_hold(hold, offered))
}

/// RFC 2852 section 2: a server may name the least that it takes of a message that is to be returned.
fn check_deliver_by(by: DeliverBy, offered: &Capabilities) -> Result<(), SendError> {
    need(offered, Keyword::DeliverBy, Extension::DeliverBy)?;
    let least = offered.iter().find_map(|capability| match capability {
        Capability::DeliverBy(least) => Some(least.unwrap_or_default()),
        _ => None,
    });
    match (by.bound(), least) {
        (Some(seconds), Some(limit)) if seconds < limit => Err(SendError::OutOfBounds {
            extension: Extension::DeliverBy,
            limit: Some(limit),
        }),
        _ => Ok(()),
    }
}

/// RFC 4865 section 3: a server names the longest interval and the last moment that it takes.
fn check_hold(hold: &FutureRelease, offered: &Capabilities) -> Result<(), SendError> {
    need(offered, Keyword::FutureRelease, Extension::FutureRelease)?;
    let refusal = offered.iter().find_map(|capability| match capability {
        Capability::FutureRelease {
            max_interval,
            max_date_time,
        } if !hold.is_within(max_interval, max_date_time) => Some(SendError::OutOfBounds {
            extension: Extension::FutureRelease,
            limit: max_interval,
        }),
        _ => None,
    });
    refusal.map_or(Ok(()), Err)
}

fn need(offered: &Capabilities, keyword: Keyword, extension: Extension) -> Result<(), SendError> {
    if offered.offers(keyword) {
        Ok(())
    } else {
        Err(SendError::Unsupported(extension))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::{
        EnvelopeId, Notify, NotifyOn, OriginalRecipient, Priority, Recipient, Ret,
    };
    use crate::reply::Reply;

    fn offered(lines: &str) -> Capabilities {
        Capabilities::from_reply(
            Reply::parse(alloc::format!("250-mx\r\n{lines}250 HELP\r\n").as_bytes()).unwrap(),
        )
    }

    fn plain() -> Envelope {
        Envelope::new("a@b.test".parse().unwrap(), ["c@d.test".parse().unwrap()]).unwrap()
    }

    #[test]
    fn what_is_asked_for_and_not_offered_is_refused_by_its_name() {
        let to = || Recipient::new("c@d.test".parse().unwrap());
        let of = |recipient| {
            Envelope::from_recipients("a@b.test".parse().unwrap(), [recipient]).unwrap()
        };
        let original = OriginalRecipient::new("x400", "a").unwrap();
        let by = DeliverBy::or_return(60).unwrap();
        let cases = [
            (plain().with_ret(Ret::Full), "DSN", Extension::Dsn),
            (
                plain().with_envelope_id("x".parse::<EnvelopeId>().unwrap()),
                "DSN",
                Extension::Dsn,
            ),
            (plain().with_notify(Notify::Never), "DSN", Extension::Dsn),
            (of(to().with_notify(NotifyOn::DELAY)), "DSN", Extension::Dsn),
            (
                of(to().with_original_recipient(original)),
                "DSN",
                Extension::Dsn,
            ),
            (plain().with_smtputf8(), "SMTPUTF8", Extension::SmtpUtf8),
            (
                plain().with_require_tls(),
                "REQUIRETLS",
                Extension::RequireTls,
            ),
            (
                plain().with_authenticated_sender("<>".parse().unwrap()),
                "AUTH PLAIN",
                Extension::Auth,
            ),
            (
                plain().with_priority(Priority::try_from(1).unwrap()),
                "MT-PRIORITY",
                Extension::MtPriority,
            ),
            (
                plain().with_deliver_by(by),
                "DELIVERBY",
                Extension::DeliverBy,
            ),
            (
                plain().with_future_release(FutureRelease::seconds(1).unwrap()),
                "FUTURERELEASE",
                Extension::FutureRelease,
            ),
            (
                plain().with_body_kind(BodyKind::EightBit),
                "8BITMIME",
                Extension::EightBitMime,
            ),
        ];
        for (envelope, keyword, extension) in cases {
            assert_eq!(
                check(&envelope, &offered(""), true),
                Err(SendError::Unsupported(extension)),
                "{keyword}"
            );
            assert_eq!(
                check(
                    &envelope,
                    &offered(&alloc::format!("250-{keyword}\r\n")),
                    true
                ),
                Ok(()),
                "{keyword}"
            );
        }
        assert_eq!(check(&plain(), &offered(""), false), Ok(()));
        assert_eq!(check(&of(to()), &offered(""), false), Ok(()));
    }

    #[test]
    fn requiretls_goes_over_verified_tls_alone() {
        let (envelope, offered) = (plain().with_require_tls(), offered("250-REQUIRETLS\r\n"));
        assert_eq!(
            check(&envelope, &offered, false),
            Err(SendError::Unverified)
        );
        assert_eq!(check(&envelope, &offered, true), Ok(()));
    }

    #[test]
    fn the_times_that_a_server_named_are_kept() {
        let hour = plain().with_deliver_by(DeliverBy::or_return(3600).unwrap());
        let tell = plain().with_deliver_by(DeliverBy::or_notify(3600).unwrap());
        let beyond = |extension, limit| Err(SendError::OutOfBounds { extension, limit });
        let deliver_by = |text: &str| offered(&alloc::format!("250-DELIVERBY{text}\r\n"));
        assert_eq!(check(&hour, &deliver_by(" 3600"), true), Ok(()));
        assert_eq!(
            check(&hour, &deliver_by(" 3601"), true),
            beyond(Extension::DeliverBy, Some(3601))
        );
        assert_eq!(
            check(&hour, &deliver_by(" 3601,x"), true),
            beyond(Extension::DeliverBy, Some(3601))
        );
        assert_eq!(check(&tell, &deliver_by(" 3601"), true), Ok(()));
        assert_eq!(check(&hour, &deliver_by(""), true), Ok(()));
        let held = plain().with_future_release(FutureRelease::seconds(61).unwrap());
        let until =
            plain().with_future_release(FutureRelease::until("2030-01-01T00:00:00Z").unwrap());
        let limits = offered("250-FUTURERELEASE 60 2029-01-01T00:00:00Z\r\n");
        assert_eq!(
            check(&held, &limits, true),
            beyond(Extension::FutureRelease, Some(60))
        );
        assert_eq!(
            check(&until, &limits, true),
            beyond(Extension::FutureRelease, Some(60))
        );
        let limits = offered("250-FUTURERELEASE 61 2030-01-01T00:00:00Z\r\n");
        assert_eq!(
            (check(&held, &limits, true), check(&until, &limits, true)),
            (Ok(()), Ok(()))
        );
    }
}
