//! What mail services ask their customers to publish, as data, each row with the service's own pages.

/// A mail service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Service {
    /// What people call it.
    pub(super) title: &'static str,
    /// The hosts that one sends through, or what their names end in.
    pub(super) servers: &'static [&'static str],
    /// The domains of its own, whose senders everybody has to be a customer for.
    pub(super) domains: &'static [&'static str],
    /// How its servers get into an SPF record.
    pub(super) spf: Spf,
    /// How its signatures get a key.
    pub(super) dkim: Dkim,
}

/// How a service's servers get into an SPF record.
#[derive(Debug, Clone, Copy)]
pub(super) enum Spf {
    /// Any of these has to be included; the first is the one to advise, with how the record has to end.
    Include {
        any: &'static [&'static str],
        all: &'static str,
        source: &'static str,
    },
    /// It sends with an envelope sender of its own, so that the sender's SPF record does not matter.
    OwnEnvelope { source: &'static str },
}

/// How a service's signatures get a key. In a value, `{domain}` is the domain, `{dashes}` it with dashes for dots.
#[derive(Debug, Clone, Copy)]
pub(super) enum Dkim {
    /// Under these selectors, by an alias or a text of this value.
    Selectors {
        names: &'static [(&'static str, &'static str)],
        kind: &'static str,
        source: &'static str,
    },
    /// Under selectors that are each customer's own.
    Secret { source: &'static str },
}

/// The one that this host belongs to.
pub(super) fn of_host(host: &str) -> Option<&'static Service> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    SERVICES.iter().find(|service| {
        service
            .servers
            .iter()
            .any(|server| is_within(&host, server))
    })
}

/// The one that this domain belongs to.
pub(super) fn owner_of(domain: &str) -> Option<&'static Service> {
    SERVICES
        .iter()
        .find(|service| service.domains.contains(&domain))
}

/// Whether a name is that domain, or one below it.
pub(super) fn is_within(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

const MICROSOFT_SPF: Spf = Spf::Include {
    any: &[
        "spf.protection.outlook.com",
        "spf.protection.office365.us",
        "spf.protection.partner.outlook.cn",
    ],
    all: "-all",
    source: "https://learn.microsoft.com/en-us/defender-office-365/email-authentication-spf-configure",
};

const SERVICES: &[Service] = &[
    Service {
        title: "Microsoft 365 (Exchange Online)",
        servers: &[
            "smtp.office365.com",
            "smtp-hve.office365.com",
            "mail.protection.outlook.com",
            "mx.microsoft",
        ],
        domains: &[],
        spf: MICROSOFT_SPF,
        dkim: Dkim::Selectors {
            names: &[
                (
                    "selector1",
                    "selector1-{dashes}._domainkey.<tenant>.<letter>-v1.dkim.mail.microsoft",
                ),
                (
                    "selector2",
                    "selector2-{dashes}._domainkey.<tenant>.<letter>-v1.dkim.mail.microsoft",
                ),
            ],
            kind: "CNAME",
            source: "https://learn.microsoft.com/en-us/defender-office-365/email-authentication-dkim-configure",
        },
    },
    Service {
        title: "Azure Communication Services Email",
        servers: &["smtp.azurecomm.net"],
        domains: &["azurecomm.net"],
        spf: MICROSOFT_SPF,
        dkim: Dkim::Selectors {
            names: &[
                (
                    "selector1-azurecomm-prod-net",
                    "selector1-azurecomm-prod-net._domainkey.azurecomm.net",
                ),
                (
                    "selector2-azurecomm-prod-net",
                    "selector2-azurecomm-prod-net._domainkey.azurecomm.net",
                ),
            ],
            kind: "CNAME",
            source: "https://learn.microsoft.com/en-us/azure/communication-services/quickstarts/email/\
                     add-custom-verified-domains",
        },
    },
    Service {
        title: "Outlook.com",
        servers: &["smtp-mail.outlook.com"],
        domains: &["outlook.com", "hotmail.com", "live.com", "msn.com"],
        spf: MICROSOFT_SPF,
        dkim: Dkim::Secret {
            source: "https://support.microsoft.com/en-us/office/\
                     pop-imap-and-smtp-settings-for-outlook-com-d088b986-291d-42b8-9564-9c414e2aa040",
        },
    },
    Service {
        title: "Google (Gmail, Google Workspace)",
        servers: &[
            "smtp.gmail.com",
            "smtp-relay.gmail.com",
            "aspmx.l.google.com",
        ],
        domains: &["gmail.com", "googlemail.com"],
        spf: Spf::Include {
            any: &["_spf.google.com"],
            all: "~all",
            source: "https://support.google.com/a/answer/33786",
        },
        dkim: Dkim::Selectors {
            names: &[("google", "v=DKIM1; k=rsa; p=<key>")],
            kind: "TXT",
            source: "https://support.google.com/a/answer/174124",
        },
    },
    Service {
        title: "GoDaddy",
        servers: &["secureserver.net"],
        domains: &[],
        spf: Spf::Include {
            any: &["secureserver.net"],
            all: "-all",
            source: "https://www.godaddy.com/help/add-an-spf-record-19218",
        },
        dkim: Dkim::Secret {
            source: "https://www.godaddy.com/help/add-an-spf-record-19218",
        },
    },
    Service {
        title: "Amazon SES",
        servers: &["amazonaws.com"],
        domains: &[],
        spf: Spf::OwnEnvelope {
            source: "https://docs.aws.amazon.com/ses/latest/dg/mail-from.html",
        },
        dkim: Dkim::Secret {
            source: "https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim.html",
        },
    },
    Service {
        title: "Twilio SendGrid",
        servers: &["smtp.sendgrid.net"],
        domains: &[],
        spf: Spf::OwnEnvelope {
            source: "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/how-to-set-up-domain-authentication",
        },
        dkim: Dkim::Selectors {
            names: &[
                ("s1", "s1.domainkey.<account>.wl.sendgrid.net"),
                ("s2", "s2.domainkey.<account>.wl.sendgrid.net"),
            ],
            kind: "CNAME",
            source: "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/how-to-set-up-domain-authentication",
        },
    },
    Service {
        title: "Mailgun",
        servers: &["smtp.mailgun.org", "smtp.eu.mailgun.org"],
        domains: &[],
        spf: Spf::Include {
            any: &["mailgun.org", "eu.mailgun.org"],
            all: "~all",
            source: "https://documentation.mailgun.com/docs/mailgun/user-manual/domains/domains-verify",
        },
        dkim: Dkim::Secret {
            source: "https://documentation.mailgun.com/docs/mailgun/user-manual/domains/domains-verify",
        },
    },
    Service {
        title: "Postmark",
        servers: &["postmarkapp.com"],
        domains: &[],
        spf: Spf::OwnEnvelope {
            source: "https://postmarkapp.com/support/article/1092-how-do-i-set-up-spf-for-postmark",
        },
        dkim: Dkim::Secret {
            source: "https://postmarkapp.com/support/article/1091-how-do-i-set-up-dkim-for-postmark",
        },
    },
    Service {
        title: "Brevo",
        servers: &["smtp-relay.brevo.com"],
        domains: &[],
        spf: Spf::OwnEnvelope {
            source: "https://help.brevo.com/hc/en-us/articles/12163873383186-Authenticate-your-domain-with-Brevo",
        },
        dkim: Dkim::Secret {
            source: "https://help.brevo.com/hc/en-us/articles/12163873383186-Authenticate-your-domain-with-Brevo",
        },
    },
    Service {
        title: "Yahoo Mail",
        servers: &["smtp.mail.yahoo.com"],
        domains: &["yahoo.com", "ymail.com", "rocketmail.com"],
        spf: Spf::Include {
            any: &["_spf.mail.yahoo.com"],
            all: "~all",
            source: "https://senders.yahooinc.com/best-practices/",
        },
        dkim: Dkim::Secret {
            source: "https://senders.yahooinc.com/best-practices/",
        },
    },
    Service {
        title: "iCloud Mail",
        servers: &["smtp.mail.me.com"],
        domains: &["icloud.com", "me.com", "mac.com"],
        spf: Spf::Include {
            any: &["icloud.com"],
            all: "~all",
            source: "https://support.apple.com/en-us/102374",
        },
        dkim: Dkim::Selectors {
            names: &[("sig1", "sig1.dkim.{domain}.at.icloudmailadmin.com")],
            kind: "CNAME",
            source: "https://support.apple.com/en-us/102374",
        },
    },
    Service {
        title: "Zoho Mail",
        servers: &[
            "smtp.zoho.com",
            "smtppro.zoho.com",
            "smtp.zoho.eu",
            "smtppro.zoho.eu",
            "smtp.zoho.in",
        ],
        domains: &["zohomail.com"],
        // Which one depends on the region of the account.
        spf: Spf::Include {
            any: &[
                "zohomail.com",
                "zoho.com",
                "zohomail.eu",
                "zoho.eu",
                "zohomail.in",
                "zoho.in",
            ],
            all: "~all",
            source: "https://www.zoho.com/mail/help/adminconsole/spf-configuration.html",
        },
        dkim: Dkim::Selectors {
            names: &[("zmail", "v=DKIM1; k=rsa; p=<key>")],
            kind: "TXT",
            source: "https://www.zoho.com/mail/help/adminconsole/dkim-configuration.html",
        },
    },
    Service {
        title: "Yandex Mail",
        servers: &["smtp.yandex.ru", "smtp.yandex.com"],
        domains: &["yandex.ru", "yandex.com", "ya.ru"],
        spf: Spf::Include {
            any: &["_spf.yandex.net"],
            all: "~all",
            source: "https://yandex.com/support/yandex-360/business/admin/en/mail/mail-dns",
        },
        dkim: Dkim::Selectors {
            names: &[("mail", "v=DKIM1; k=rsa; t=s; p=<key>")],
            kind: "TXT",
            source: "https://yandex.com/support/yandex-360/business/admin/en/mail/mail-dns",
        },
    },
    Service {
        title: "Fastmail",
        servers: &["smtp.fastmail.com"],
        domains: &["fastmail.com", "fastmail.fm"],
        spf: Spf::Include {
            any: &["spf.messagingengine.com"],
            all: "~all",
            source: "https://www.fastmail.help/hc/en-us/articles/360060591153",
        },
        dkim: Dkim::Selectors {
            names: &[
                ("fm1", "fm1.{domain}.dkim.fmhosted.com"),
                ("fm2", "fm2.{domain}.dkim.fmhosted.com"),
                ("fm3", "fm3.{domain}.dkim.fmhosted.com"),
            ],
            kind: "CNAME",
            source: "https://www.fastmail.help/hc/en-us/articles/360060591153",
        },
    },
    Service {
        title: "Proton Mail",
        servers: &["smtp.protonmail.ch"],
        domains: &["proton.me", "protonmail.com", "pm.me"],
        spf: Spf::Include {
            any: &["_spf.protonmail.ch"],
            all: "~all",
            source: "https://proton.me/support/anti-spoofing-custom-domain",
        },
        dkim: Dkim::Selectors {
            names: &[
                (
                    "protonmail",
                    "protonmail.domainkey.<account>.domains.proton.ch",
                ),
                (
                    "protonmail2",
                    "protonmail2.domainkey.<account>.domains.proton.ch",
                ),
                (
                    "protonmail3",
                    "protonmail3.domainkey.<account>.domains.proton.ch",
                ),
            ],
            kind: "CNAME",
            source: "https://proton.me/support/anti-spoofing-custom-domain",
        },
    },
];
