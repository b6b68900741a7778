//! Mail services and servers that are told by their host's name, or by what they say.

use super::rule::{Facts, Rule};
use super::rules::{asia, europe, filters, godaddy, google, microsoft, relays, yahoo};

/// A service whose replies are known.
#[derive(Debug)]
pub(super) struct Service {
    /// What people call it.
    pub(super) name: &'static str,
    /// Domains of its hosts.
    pub(super) hosts: &'static [&'static str],
    /// Phrases that only it says, its hosts' names above all; ` | ` stands between two.
    pub(super) marks: &'static str,
    /// Its own page on what it refuses, and why.
    pub(super) page: &'static str,
    /// What it says. A rule without phrases fits only where the service is known to be the one that spoke.
    pub(super) rules: &'static [Rule],
}

impl Service {
    /// The one that a host belongs to.
    pub(super) fn of_host(host: &str) -> Option<&'static Self> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let is_in = |domain: &str| {
            host.strip_suffix(domain)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        ALL.iter()
            .find(|service| service.hosts.iter().any(|domain| is_in(domain)))
    }

    /// The one that a reply names itself as.
    pub(super) fn of_words(facts: &Facts) -> Option<&'static Self> {
        ALL.iter()
            .find(|service| facts.text.says_one_of(service.marks))
    }
}

/// All of them. Where two could be meant, the first is.
pub(super) static ALL: &[Service] = &[
    Service {
        name: "Outlook.com",
        hosts: &[
            "smtp-mail.outlook.com",
            "olc.protection.outlook.com",
            "hotmail.com",
            "live.com",
        ],
        marks: "*olc.protection.outlook.com | postmaster.live.com | *hotmail.com",
        page: "https://sendersupport.olc.protection.outlook.com/pm/troubleshooting.aspx",
        rules: microsoft::OUTLOOK,
    },
    Service {
        name: "Exchange Online",
        hosts: &[
            "office365.com",
            "outlook.com",
            "office.com",
            "onmicrosoft.com",
            "microsoft.com",
        ],
        marks: "*prod.outlook.com | *protection.outlook.com | sender.office.com | office 365 | *office365.com",
        page: "https://learn.microsoft.com/en-us/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online",
        rules: microsoft::EXCHANGE_ONLINE,
    },
    Service {
        name: "Gmail",
        hosts: &[
            "gmail.com",
            "google.com",
            "googlemail.com",
            "googleapis.com",
        ],
        marks: "gsmtp | support.google.com | mail.google.com | gmail | google*",
        page: "https://support.google.com/a/answer/3726730",
        rules: google::GMAIL,
    },
    Service {
        name: "Yahoo",
        hosts: &[
            "yahoo.com",
            "yahoodns.net",
            "aol.com",
            "verizon.net",
            "att.net",
            "yahoo.co.jp",
            "sbcglobal.net",
        ],
        marks: "*postmaster.yahooinc.com | *postmaster.aol.com* | *postmaster.verizonmedia.com | *yahoo.com | *yahoodns.net",
        page: "https://senders.yahooinc.com/smtp-error-codes/",
        rules: yahoo::YAHOO,
    },
    Service {
        name: "Apple iCloud",
        hosts: &["icloud.com", "me.com", "mac.com", "apple.com"],
        marks: "support.apple.com | *me.com error | *me.com esmtp | *icloud.com esmtp",
        page: "https://support.apple.com/en-us/102322",
        rules: yahoo::ICLOUD,
    },
    Service {
        name: "GoDaddy",
        hosts: &["secureserver.net", "godaddy.com"],
        marks: "*secureserver.net | x.co/* | ib0* | ib1* | ib2* | ib4* | ib5* | ib6* | ib7*",
        page: "https://www.godaddy.com/help/fix-rejected-email-with-a-bounce-error-40685",
        rules: godaddy::GODADDY,
    },
    Service {
        name: "Amazon SES",
        hosts: &["amazonaws.com", "amazonses.com"],
        marks: "*docs.aws.amazon.com | the following identities failed the check",
        page: "https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-smtp.html",
        rules: relays::SES,
    },
    Service {
        name: "SendGrid",
        hosts: &["sendgrid.net", "sendgrid.com"],
        marks: "*sendgrid.com | *sendgrid.net",
        page: "https://www.twilio.com/docs/sendgrid/for-developers/sending-email/smtp-errors-and-troubleshooting",
        rules: relays::SENDGRID,
    },
    Service {
        name: "Mailgun",
        hosts: &["mailgun.org", "mailgun.net", "mailgun.com"],
        marks: "*mailgun.com | *mailgun.org",
        page: "https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-smtp",
        rules: relays::MAILGUN,
    },
    Service {
        name: "Postmark",
        hosts: &["postmarkapp.com", "mtasv.net"],
        marks: "*postmarkapp.com | postmark",
        page: "https://postmarkapp.com/developer/user-guide/send-email-with-smtp",
        rules: &[],
    },
    Service {
        name: "Brevo",
        hosts: &["brevo.com", "sendinblue.com"],
        marks: "*brevo.com | *sendinblue.com",
        page: "https://developers.brevo.com/docs/smtp-integration",
        rules: &[],
    },
    Service {
        name: "Zoho Mail",
        hosts: &["zoho.com", "zoho.eu", "zoho.in", "zohomail.com"],
        marks: "zoho | *zoho.com",
        page: "https://www.zoho.com/mail/help/zoho-smtp.html",
        rules: relays::ZOHO,
    },
    Service {
        name: "Yandex",
        hosts: &["yandex.ru", "yandex.com", "yandex.net"],
        marks: "*yandex.ru | *yandex.net | *yandex.com | ya.cc*",
        page: "https://yandex.com/support/mail/mail-clients/others.html",
        rules: europe::YANDEX,
    },
    Service {
        name: "Mail.ru",
        hosts: &["mail.ru"],
        marks: "*mail.ru",
        page: "https://help.mail.ru/postmaster/errors",
        rules: europe::MAIL_RU,
    },
    Service {
        name: "GMX and WEB.DE",
        hosts: &[
            "gmx.net",
            "gmx.com",
            "gmx.de",
            "web.de",
            "mail.com",
            "1and1.com",
            "ionos.com",
            "ionos.de",
            "kundenserver.de",
        ],
        marks: "*postmaster.gmx.* | *postmaster.web.de | *postmaster.1und1.de | nemesis esmtp | postmaster.gmx.com*",
        page: "https://postmaster.gmx.net/en/error-messages",
        rules: europe::GMX,
    },
    Service {
        name: "T-Online",
        hosts: &["t-online.de"],
        marks: "*t-online.de | *telekom.de",
        page: "https://postmaster.t-online.de/",
        rules: europe::T_ONLINE,
    },
    Service {
        name: "Orange",
        hosts: &["orange.fr", "wanadoo.fr", "laposte.net"],
        marks: "ofr_* | ofr00* | lpn0* | lpn1*",
        page: "https://postmaster.orange.fr/",
        rules: europe::ORANGE,
    },
    Service {
        name: "OVH",
        hosts: &["ovh.net", "ovh.com"],
        marks: "*ovh.net | *ovh.com",
        page: "https://help.ovhcloud.com/csm/en-email-faq",
        rules: &[],
    },
    Service {
        name: "Fastmail",
        hosts: &["fastmail.com", "messagingengine.com"],
        marks: "*fastmail.com | *messagingengine.com",
        page: "https://www.fastmail.com/help/send/undeliverable.html",
        rules: &[],
    },
    Service {
        name: "Proton Mail",
        hosts: &["protonmail.ch", "proton.me"],
        marks: "*protonmail.ch | *proton.me",
        page: "https://proton.me/support/smtp-submission",
        rules: &[],
    },
    Service {
        name: "QQ Mail",
        hosts: &["qq.com"],
        marks: "*mail.qq.com* | *exmail.qq.com*",
        page: "https://service.mail.qq.com/",
        rules: asia::QQ,
    },
    Service {
        name: "NetEase (163, 126)",
        hosts: &["163.com", "126.com", "netease.com", "yeah.net"],
        marks: "*163.com* | *126.com* | *netease.com",
        page: "https://help.mail.163.com/faq.do?m=list&categoryID=90",
        rules: asia::NETEASE,
    },
    Service {
        name: "Mimecast",
        hosts: &["mimecast.com", "mimecast-offshore.com"],
        marks: "*mimecast.com | mcspamsignature*",
        page: "https://community.mimecast.com/docs/DOC-1369",
        rules: filters::MIMECAST,
    },
    Service {
        name: "Proofpoint",
        hosts: &["pphosted.com", "ppe-hosted.com", "proofpoint.com"],
        marks: "*support.proofpoint.com | *pphosted.com | *ppe-hosted.com",
        page: "https://ipcheck.proofpoint.com/",
        rules: filters::PROOFPOINT,
    },
    Service {
        name: "Barracuda",
        hosts: &["barracudanetworks.com", "cudasvc.com"],
        marks: "cuda_nsu | *barracudanetworks.com | *barracudacentral.org*",
        page: "https://www.barracudacentral.org/rbl/removal-request",
        rules: &[],
    },
    Service {
        name: "Spamhaus",
        hosts: &[],
        marks: "*spamhaus*",
        page: "https://check.spamhaus.org/",
        rules: &[],
    },
    Service {
        name: "Facebook",
        hosts: &["facebook.com"],
        marks: "*facebook.com/postmaster*",
        page: "https://www.facebook.com/postmaster/response_codes",
        rules: filters::FACEBOOK,
    },
    Service {
        name: "Cox",
        hosts: &["cox.net"],
        marks: "*cox.com* | cox * esmtp | aup#cx*",
        page: "https://www.cox.com/residential/support/email-error-codes.html",
        rules: filters::AUP,
    },
    Service {
        name: "Spectrum",
        hosts: &["charter.net", "spectrum.net", "rr.com", "twc.com"],
        marks: "charter.net | *spectrum.net* | aup#*",
        page: "https://www.spectrumbusiness.net/support/internet/understanding-email-error-codes",
        rules: filters::AUP,
    },
    Service {
        name: "Comcast",
        hosts: &["comcast.net"],
        marks: "*postmaster.comcast.net | comcast",
        page: "https://postmaster.xfinity.com/smtp-error-codes.php",
        rules: &[],
    },
];
