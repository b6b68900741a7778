//! Behind the feature `idna`: domains in their own script, and the A-labels that all of the DNS and every server knows.

use mailwright_proto::address::{ForwardPath, Mailbox, ReversePath};

/// The mailbox with its domain's A-labels beside it (RFC 5891 section 4.4, by the tables of UTS #46). A server without
/// SMTPUTF8 is told those. Where there are none, as for a domain in ASCII or one that IDNA forbids, it stays what it was.
///
/// ```
/// use mailwright::{Mailbox, idna};
/// let mailbox = idna::labelled("info@Bücher.example".parse::<Mailbox>()?);
/// assert_eq!(mailbox.ascii_domain(), Some("xn--bcher-kva.example"));
/// assert_eq!(mailbox.as_str(), "info@Bücher.example");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn labelled(mailbox: Mailbox) -> Mailbox {
    if mailbox.ascii_domain().is_some() {
        return mailbox;
    }
    let domain = ::idna::domain_to_ascii(mailbox.domain()).ok();
    domain
        .and_then(|domain| mailbox.clone().with_ascii_domain(&domain).ok())
        .unwrap_or(mailbox)
}

/// The same for a recipient.
///
/// ```
/// use mailwright::{ForwardPath, idna};
/// let path = idna::labelled_recipient("info@bücher.example".parse::<ForwardPath>()?);
/// assert!(!path.needs_smtputf8());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn labelled_recipient(path: ForwardPath) -> ForwardPath {
    match path {
        ForwardPath::Mailbox(mailbox) => labelled(mailbox).into(),
        ForwardPath::Postmaster => ForwardPath::Postmaster,
    }
}

/// The same for a sender.
///
/// ```
/// use mailwright::{ReversePath, idna};
/// let path = idna::labelled_sender("info@bücher.example".parse::<ReversePath>()?);
/// assert!(!path.needs_smtputf8());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn labelled_sender(path: ReversePath) -> ReversePath {
    match path {
        ReversePath::Mailbox(mailbox) => labelled(mailbox).into(),
        ReversePath::Null => ReversePath::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_the_labels_that_the_dns_knows_or_none() {
        for (text, domain) in [
            ("a@bücher.example", Some("xn--bcher-kva.example")),
            (
                "a@παράδειγμα.δοκιμή",
                Some("xn--hxajbheg2az3al.xn--jxalpdlp"),
            ),
            ("a@例え.テスト", Some("xn--r8jz45g.xn--zckzah")),
            ("a@faß.example", Some("xn--fa-hia.example")),
            ("a@Example.test", Some("Example.test")),
            ("a@[192.0.2.1]", Some("[192.0.2.1]")),
            // A digit of another script, which IDNA maps, and a direction that it forbids to be mixed.
            ("a@١א.example", None),
        ] {
            let mailbox = labelled(text.parse::<Mailbox>().expect(text));
            assert_eq!(mailbox.ascii_domain(), domain, "{text}");
            assert_eq!(mailbox.as_str(), text);
        }
    }
}
