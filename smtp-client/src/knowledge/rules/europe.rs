//! What services in Europe say: Yandex, Mail.ru, GMX and its sisters, T-Online, Orange.

use crate::Cause;
use crate::Stage::Auth;
use crate::knowledge::Who;
use crate::knowledge::rule::{ADVICE, Advice, BASE, Rule};

/// Yandex's own rules.
pub(in crate::knowledge) static YANDEX: &[Rule] = &[
    Rule {
        says: "prove you are not a robot | looks like spam* use web",
        cause: Cause::AccountBlocked,
        advice: Advice {
            fix: &[
                "Open the link in the server's words with a web browser, once, and answer what it asks.",
            ],
            who: Some(Who::Sender),
            ..ADVICE
        },
        example: "535 5.7.8 Error: authentication failed: Your message looks like spam. You need to use web for sending or prove you are not a robot",
        ..BASE
    },
    Rule {
        common: true,
        says: "user does not have access rights to this service | access rights*",
        cause: Cause::SmtpAuthDisabled,
        advice: Advice {
            summary: "Mail programs are switched off in the settings of this mailbox.",
            fix: &[
                "Switch them on in Yandex Mail: All settings, Mail clients, and make an app password there.",
            ],
            who: Some(Who::Sender),
            ..ADVICE
        },
        example: "535 5.7.8 Error: authentication failed: This user does not have access rights to this service",
        ..BASE
    },
    Rule {
        at: &[Auth],
        code: 535,
        cause: Cause::CredentialsRejected,
        advice: Advice {
            fix: &[
                "Make an app password for mail in the Yandex account, and use it.",
                "The user name is the address's part before the @, or all of it for a domain of your own.",
            ],
            ..ADVICE
        },
        example: "535 5.7.8 Error: authentication failed: Invalid user or password",
        ..BASE
    },
];

/// Mail.ru's own rules.
pub(in crate::knowledge) static MAIL_RU: &[Rule] = &[Rule {
    says: "application password is required | parol prilozheniya* | need application password",
    cause: Cause::AppPasswordRequired,
    advice: Advice {
        fix: &[
            "Make a password for external programs in the account's security settings, and use it.",
        ],
        who: Some(Who::Sender),
        source: Some("https://help.mail.ru/mail/security/protection/external/"),
        ..ADVICE
    },
    example: "535 5.7.0 NEOBHODIM parol prilozheniya https://help.mail.ru/mail/security/protection/external / Application password is REQUIRED",
    ..BASE
}];

/// GMX's, WEB.DE's and IONOS's own rules.
pub(in crate::knowledge) static GMX: &[Rule] = &[
    Rule {
        says: "bad dns ptr* | dynamic ip* not allowed",
        cause: Cause::SenderAuthentication,
        advice: Advice {
            who: Some(Who::Network),
            ..ADVICE
        },
        example: "554-gmx.net (mxgmx016) Nemesis ESMTP Service not available\r\n554-No SMTP service\r\n554 Bad DNS PTR resource record.",
        ..BASE
    },
    Rule {
        common: true,
        says: "policy restrictions (header*",
        cause: Cause::ContentRejected,
        example: "554-Transaction failed\r\n554 Reject due to policy restrictions (header based).",
        ..BASE
    },
    Rule {
        common: true,
        says: "policy restrictions (domain*",
        cause: Cause::SenderRejected,
        example: "554-Transaction failed\r\n554 Reject due to policy restrictions (domain based).",
        ..BASE
    },
    Rule {
        common: true,
        says: "ip address is black listed | ip address is block listed | policy restrictions (ip based) | \
            transaction failed * reject due to policy * ip",
        cause: Cause::IpReputation,
        example: "554-gmx.net (mxgmx016) Nemesis ESMTP Service not available\r\n554 IP address is black listed.",
        ..BASE
    },
    Rule {
        says: "sender address is not allowed",
        cause: Cause::SendAsDenied,
        advice: Advice {
            fix: &["Send as the address that logs in, or as one of its own aliases."],
            who: Some(Who::Sender),
            ..ADVICE
        },
        example: "550 Sender address is not allowed.",
        ..BASE
    },
    Rule {
        says: "pop3 and imap* not activated | smtp* not activated",
        cause: Cause::SmtpAuthDisabled,
        advice: Advice {
            summary: "Mail programs are switched off in the settings of this mailbox.",
            fix: &["Switch POP3 and IMAP on in the mailbox's settings on the web."],
            who: Some(Who::Sender),
            ..ADVICE
        },
        example: "535 POP3 and IMAP are not activated for this account",
        ..BASE
    },
];

/// T-Online's own rules.
pub(in crate::knowledge) static T_ONLINE: &[Rule] = &[Rule {
    says: "ask your postmaster for help | (dial*) | a problem occurred*",
    cause: Cause::IpReputation,
    advice: Advice {
        fix: &[
            "The owner of the sending host writes to T-Online's postmaster, whose address is in the server's words, and asks to be let in.",
        ],
        who: Some(Who::Network),
        ..ADVICE
    },
    example: "554 IP=192.0.2.1 - A problem occurred. (Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify.)",
    ..BASE
}];

/// Orange's own rules, the number behind `OFR` or `LPN`.
pub(in crate::knowledge) static ORANGE: &[Rule] = &[
    Rule {
        common: true,
        says: "*[102] | *[103] | *_102 | *_103 | adresse ip source bloquee | *_507",
        cause: Cause::IpReputation,
        example: "550 mwinf5c04 ME Adresse IP source bloquee pour incident de spam. Client host blocked for spamming issues. OFR006_102 [102]",
        ..BASE
    },
    Rule {
        common: true,
        says: "trop de connexions* | *[104] | *_104 | *_109 | too many connections*",
        cause: Cause::Throttled,
        example: "421 mwinf5c77 ME Trop de connexions, veuillez verifier votre configuration. Too many connections, slow down. OFR004_104 [104]",
        ..BASE
    },
    Rule {
        common: true,
        says: "service refuse*",
        unless: "spam*",
        cause: Cause::Throttled,
        example: "421 mwinf5c77 ME Service refuse. Veuillez essayer plus tard. Service refused, please try later. OFR_999 [999]",
        ..BASE
    },
    Rule {
        says: "compte du destinataire est bloque",
        cause: Cause::RecipientUnknown,
        example: "550 5.5.0 Le compte du destinataire est bloque. The recipient account is blocked. LPN007_426",
        ..BASE
    },
    Rule {
        says: "mail rejete* | contenu non sollicite*",
        cause: Cause::ContentRejected,
        example: "550 5.2.0 Mail rejete. Mail rejected. OFR_506 [506]",
        ..BASE
    },
];
