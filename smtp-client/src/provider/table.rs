//! The presets themselves.
//!
//! A number stands here only if the service's own pages or its server's answer to EHLO give it, and is `None` otherwise.
//! Mechanisms are what those pages and that answer name. Of several ports it is the one that the page recommends.

use std::borrow::Cow;

use mailwright_proto::Security::{ImplicitTls, None as NoTls, StartTls};

use super::{Provider, ProviderLimits};

/// What a row leaves out: it has no region, takes no tokens, and gives no numbers.
const BASE: Provider = Provider {
    name: "",
    title: "",
    server: Cow::Borrowed(""),
    region: None,
    port: 0,
    security: StartTls,
    auth: &[],
    oauth: None,
    limits: None,
    notes: &[],
    source: "",
};

const NO_LIMITS: ProviderLimits = ProviderLimits {
    connections: None,
    messages_per_minute: None,
    message_size: None,
};

pub(super) const ALL: &[Provider] = &[
    Provider {
        name: "office365",
        title: "Microsoft 365 (Exchange Online)",
        server: Cow::Borrowed("smtp.office365.com"),
        port: 587,
        security: StartTls,
        auth: &["XOAUTH2", "LOGIN"],
        oauth: Some("microsoft"),
        // The size is what the server announces to everyone.
        limits: Some(ProviderLimits {
            connections: Some(3),
            messages_per_minute: Some(30),
            message_size: Some(157_286_400),
        }),
        notes: &[
            "Authenticated SMTP must be switched on, for the organisation or for the mailbox alone; it is off in \
             organisations made since January 2020, and security defaults switch it off.",
            "Exchange Online switches logins with a password off by default at the end of December 2026; \
             administrators can switch them on again for a time. Use OAuth 2.0 (XOAUTH2).",
            "The sender must be the mailbox that logs in, or one that it has the Send As permission for.",
            "Connections and messages a minute are counted by mailbox, as are 10,000 recipients a day. A mailbox's \
             own limit for a message's size is often lower than the server's.",
        ],
        source: "https://learn.microsoft.com/en-us/exchange/troubleshoot/send-emails/smtp-submission-improvements",
        ..BASE
    },
    Provider {
        name: "outlook",
        title: "Outlook.com, Hotmail, Live",
        server: Cow::Borrowed("smtp-mail.outlook.com"),
        port: 587,
        security: StartTls,
        auth: &["XOAUTH2"],
        oauth: Some("microsoft"),
        notes: &[
            "Only OAuth 2.0 logs in here: passwords and app passwords are refused.",
            "It is for personal accounts; work and school accounts use office365.",
        ],
        source: "https://support.microsoft.com/en-us/office/\
                 pop-imap-and-smtp-settings-for-outlook-com-d088b986-291d-42b8-9564-9c414e2aa040",
        ..BASE
    },
    Provider {
        name: "microsoft365-hve",
        title: "Microsoft 365 High Volume Email",
        server: Cow::Borrowed("smtp-hve.office365.com"),
        port: 587,
        security: StartTls,
        auth: &["XOAUTH2", "LOGIN"],
        oauth: Some("microsoft"),
        notes: &[
            "It delivers to recipients within the same organisation alone; for others there is azure-communication.",
            "It needs an HVE account, which an administrator makes in the Exchange admin centre, and a billing policy.",
            "Passwords work here until September 2028, also where they are switched off for office365.",
            "Microsoft is moving it to smtp.hve.mx.microsoft: if this name no longer answers, try that by --server.",
        ],
        source: "https://learn.microsoft.com/en-us/exchange/mail-flow-best-practices/high-volume-mails-m365",
        ..BASE
    },
    Provider {
        name: "azure-communication",
        title: "Azure Communication Services Email",
        server: Cow::Borrowed("smtp.azurecomm.net"),
        port: 587,
        security: StartTls,
        auth: &["XOAUTH2", "LOGIN"],
        oauth: Some("microsoft"),
        limits: Some(ProviderLimits {
            connections: Some(250),
            messages_per_minute: Some(30),
            message_size: Some(10_000_000),
        }),
        notes: &[
            "The user is an SMTP username of the Communication Services resource; the password is a client secret \
             of the Entra application that is linked to it.",
            "A token is one of that application's, for the scope https://communication.azure.com/.default.",
            "The sender must be a MailFrom address of a domain that is connected to the resource.",
            "The limits are those that a subscription begins with; Azure raises them on request.",
        ],
        source: "https://learn.microsoft.com/en-us/azure/communication-services/quickstarts/email/\
                 send-email-smtp/smtp-authentication",
        ..BASE
    },
    Provider {
        name: "gmail",
        title: "Gmail",
        server: Cow::Borrowed("smtp.gmail.com"),
        port: 587,
        security: StartTls,
        auth: &["XOAUTH2", "OAUTHBEARER", "PLAIN", "LOGIN"],
        oauth: Some("google"),
        notes: &[
            "A password works only if it is an app password, which needs 2-Step Verification; \
             the account's own password is refused.",
            "A token needs the scope https://mail.google.com/.",
            "Another sender than the account or one of its aliases is replaced by the account's address.",
            "Recipients a day are limited, for a free account more than for one of Workspace.",
        ],
        source: "https://developers.google.com/workspace/gmail/imap/imap-smtp",
        ..BASE
    },
    Provider {
        name: "google-workspace-relay",
        title: "Google Workspace SMTP relay",
        server: Cow::Borrowed("smtp-relay.gmail.com"),
        port: 587,
        security: StartTls,
        auth: &["XOAUTH2", "OAUTHBEARER", "PLAIN", "LOGIN"],
        oauth: Some("google"),
        notes: &[
            "An administrator switches it on under Gmail, Routing, SMTP relay service; it may take hours to work.",
            "That setting decides who may send: addresses of your IP range, a login, or both. Leave --user out where \
             the IP address is enough.",
            "A user may relay 10,000 messages in 24 hours; an organisation has a limit of recipients besides.",
        ],
        source: "https://support.google.com/a/answer/2956491",
        ..BASE
    },
    Provider {
        name: "godaddy-relay",
        title: "GoDaddy hosting relay",
        server: Cow::Borrowed("relay-hosting.secureserver.net"),
        port: 25,
        security: NoTls,
        auth: &[],
        notes: &[
            "It answers only to machines within GoDaddy's own hosting, and takes neither a login nor TLS: \
             the message travels in the clear within their network.",
            "From GoDaddy's web hosting other servers' SMTP ports are blocked, or redirected to this relay.",
            "The sender should be of a domain whose SPF record includes secureserver.net; mail from gmail.com, \
             yahoo.com and the like is rejected further on.",
            "Messages a day are limited by the hosting plan.",
        ],
        source: "https://www.godaddy.com/help/send-form-mail-using-an-smtp-relay-server-953",
        ..BASE
    },
    Provider {
        name: "godaddy",
        title: "GoDaddy Workspace and Professional Email",
        server: Cow::Borrowed("smtpout.secureserver.net"),
        port: 465,
        security: ImplicitTls,
        auth: &["PLAIN", "LOGIN"],
        notes: &[
            "The user is the whole address of the mailbox.",
            "Mailboxes of Microsoft 365 from GoDaddy use office365.",
            "Scripts on GoDaddy's own hosting often cannot reach this server; they use godaddy-relay.",
        ],
        source: "https://www.godaddy.com/help/server-and-port-settings-for-workspace-email-6949",
        ..BASE
    },
    Provider {
        name: "amazon-ses",
        title: "Amazon SES",
        server: Cow::Borrowed("email-smtp.us-east-1.amazonaws.com"),
        region: Some(Cow::Borrowed("us-east-1")),
        port: 587,
        security: StartTls,
        auth: &["PLAIN", "LOGIN"],
        limits: Some(ProviderLimits {
            message_size: Some(40_000_000),
            ..NO_LIMITS
        }),
        notes: &[
            "The server goes by region: amazon-ses:eu-west-1 is the one in Ireland. Identities, credentials and \
             limits belong to one region.",
            "User and password are SMTP credentials, made in the SES console: an access key of IAM does not log in.",
            "The sender must be a verified address or of a verified domain; in the sandbox the recipients, too, \
             with 200 messages a day.",
            "From EC2, port 25 is throttled; 587 is not.",
        ],
        source: "https://docs.aws.amazon.com/ses/latest/dg/smtp-connect.html",
        ..BASE
    },
    Provider {
        name: "sendgrid",
        title: "Twilio SendGrid",
        server: Cow::Borrowed("smtp.sendgrid.net"),
        port: 587,
        security: StartTls,
        auth: &["PLAIN", "LOGIN"],
        limits: Some(ProviderLimits {
            connections: Some(10_000),
            ..NO_LIMITS
        }),
        notes: &[
            "The user is the word apikey for everyone; the password is an API key with the permission to send mail.",
            "The sender must be a verified single sender, or of an authenticated domain.",
            "A connection takes 5,000 messages.",
        ],
        source: "https://www.twilio.com/docs/sendgrid/for-developers/sending-email/integrating-with-the-smtp-api",
        ..BASE
    },
    Provider {
        name: "mailgun",
        title: "Mailgun (US)",
        server: Cow::Borrowed("smtp.mailgun.org"),
        port: 587,
        security: StartTls,
        auth: &["PLAIN", "LOGIN"],
        notes: &[
            "User and password are SMTP credentials of one sending domain: an API key does not log in.",
            "Domains in the European region use mailgun-eu; neither region knows the other's credentials.",
            "A sandbox domain sends to authorised recipients alone.",
        ],
        source: "https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-smtp",
        ..BASE
    },
    Provider {
        name: "mailgun-eu",
        title: "Mailgun (EU)",
        server: Cow::Borrowed("smtp.eu.mailgun.org"),
        port: 587,
        security: StartTls,
        auth: &["PLAIN", "LOGIN"],
        notes: &[
            "User and password are SMTP credentials of one sending domain: an API key does not log in.",
            "It is for domains that were made in the European region; all others use mailgun.",
        ],
        source: "https://documentation.mailgun.com/docs/mailgun/user-manual/sending-messages/send-smtp",
        ..BASE
    },
    Provider {
        name: "postmark",
        title: "Postmark",
        server: Cow::Borrowed("smtp.postmarkapp.com"),
        port: 587,
        security: StartTls,
        auth: &["CRAM-MD5", "PLAIN"],
        limits: Some(ProviderLimits {
            message_size: Some(10_000_000),
            ..NO_LIMITS
        }),
        notes: &[
            "User and password are both the server API token, or the two halves of an SMTP token of one stream.",
            "The sender must be a confirmed sender signature, or of a verified domain.",
            "With the server token a message goes to the transactional stream, unless its header \
             X-PM-Message-Stream names another; broadcasts go to smtp-broadcasts.postmarkapp.com.",
            "A message may have 50 recipients.",
        ],
        source: "https://postmarkapp.com/developer/user-guide/send-email-with-smtp",
        ..BASE
    },
    Provider {
        name: "brevo",
        title: "Brevo",
        server: Cow::Borrowed("smtp-relay.brevo.com"),
        port: 465,
        security: ImplicitTls,
        auth: &["PLAIN", "LOGIN"],
        notes: &[
            "The password is an SMTP key, from SMTP & API in the settings: neither an API key nor the account's \
             password logs in. The user stands beside it.",
            "The sender must be a verified one, or of an authenticated domain.",
            "Of its ports Brevo documents encryption for 465 alone.",
        ],
        source: "https://developers.brevo.com/docs/smtp-integration",
        ..BASE
    },
    Provider {
        name: "yahoo",
        title: "Yahoo Mail",
        server: Cow::Borrowed("smtp.mail.yahoo.com"),
        port: 465,
        security: ImplicitTls,
        auth: &["OAUTHBEARER", "XOAUTH2", "PLAIN", "LOGIN"],
        oauth: Some("yahoo"),
        notes: &[
            "A password works only if it is an app password, from the account's security page; \
             the account's own password is refused.",
            "Yahoo gives the mail scope for tokens only to applications that it has approved.",
            "The sender must be the account's address or one that it has confirmed.",
        ],
        source: "https://help.yahoo.com/kb/SLN4075.html",
        ..BASE
    },
    Provider {
        name: "icloud",
        title: "iCloud Mail",
        server: Cow::Borrowed("smtp.mail.me.com"),
        port: 587,
        security: StartTls,
        auth: &["PLAIN", "LOGIN"],
        limits: Some(ProviderLimits {
            message_size: Some(20_000_000),
            ..NO_LIMITS
        }),
        notes: &[
            "The password is an app-specific one, which needs two-factor authentication; \
             the Apple Account's own is refused.",
            "The user is the whole iCloud Mail address, also where the sender is of a domain of your own.",
            "1,000 messages and 1,000 recipients a day, 500 recipients a message: it is for personal mail.",
        ],
        source: "https://support.apple.com/en-us/102525",
        ..BASE
    },
    Provider {
        name: "zoho",
        title: "Zoho Mail",
        server: Cow::Borrowed("smtp.zoho.com"),
        port: 465,
        security: ImplicitTls,
        auth: &["PLAIN", "LOGIN"],
        notes: &[
            "Paid organisations with a domain of their own use smtppro.zoho.com instead.",
            "Accounts of another data centre have their own server, such as smtp.zoho.eu or smtp.zoho.in: name it \
             by --server. The wrong one refuses the login.",
            "With two-factor authentication the password is an application-specific one.",
            "The sender must be the account's address or one of its aliases.",
        ],
        source: "https://www.zoho.com/mail/help/zoho-smtp.html",
        ..BASE
    },
    Provider {
        name: "yandex",
        title: "Yandex Mail",
        server: Cow::Borrowed("smtp.yandex.com"),
        port: 465,
        security: ImplicitTls,
        auth: &["XOAUTH2", "PLAIN", "LOGIN"],
        oauth: Some("yandex"),
        notes: &[
            "Mail programs must be allowed in the mailbox's settings, under Email clients.",
            "The password is an app password for mail, from the account's security page.",
            "The sender must be the account's address or one of its aliases.",
        ],
        source: "https://yandex.com/support/mail/mail-clients/others.html",
        ..BASE
    },
    Provider {
        name: "fastmail",
        title: "Fastmail",
        server: Cow::Borrowed("smtp.fastmail.com"),
        port: 465,
        security: ImplicitTls,
        auth: &["PLAIN"],
        notes: &[
            "The password is an app password, from Privacy & Security in the settings; the account's own is refused.",
            "The user is the whole Fastmail address; the sender may be any identity of the account.",
        ],
        source: "https://www.fastmail.com/help/technical/servernamesandports.html",
        ..BASE
    },
    Provider {
        name: "proton",
        title: "Proton Mail SMTP submission",
        server: Cow::Borrowed("smtp.protonmail.ch"),
        port: 587,
        security: StartTls,
        auth: &["PLAIN", "LOGIN"],
        notes: &[
            "It is for paid plans that include SMTP submission, and for addresses of a domain of your own.",
            "The password is an SMTP token, made for one address in the settings; that address is user and sender.",
            "Mail that is sent so is not end-to-end encrypted. Proton Mail Bridge on your own machine is the other \
             way: it says its address, port and password itself.",
        ],
        source: "https://proton.me/support/smtp-submission",
        ..BASE
    },
    Provider {
        name: "localhost",
        title: "The mail server of this machine",
        server: Cow::Borrowed("localhost"),
        port: 25,
        security: NoTls,
        auth: &[],
        notes: &[
            "Postfix and its kind take mail from their own machine without a login; nothing leaves it unencrypted \
             by this, as the connection is a loopback one.",
            "Whether such a machine's mail is accepted elsewhere depends on its address, reverse DNS and SPF.",
            "In a container, localhost is the container itself.",
        ],
        source: "https://www.postfix.org/BASIC_CONFIGURATION_README.html",
        ..BASE
    },
];
