//! What to do about Microsoft's refusals: where in its admin pages, and by which cmdlet.

use crate::knowledge::rule::{ADVICE, Advice};
use crate::knowledge::{Retry, Who};

const SMTP_AUTH_PAGE: Option<&str> = Some(
    "https://learn.microsoft.com/en-us/exchange/clients-and-mobile-in-exchange-online/authenticated-client-smtp-submission",
);

pub(super) const SMTP_AUTH_OFF: Advice = Advice {
    summary: "Logins over SMTP (authenticated SMTP) are switched off for this mailbox or its whole organisation.",
    fix: &[
        "For this mailbox, in https://admin.microsoft.com: Users, Active users, the user, Mail, Manage email apps, \
         Authenticated SMTP. Or in PowerShell: Set-CASMailbox -Identity user@example.com \
         -SmtpClientAuthenticationDisabled $false",
        "For the whole organisation, in https://admin.exchange.microsoft.com: Settings, Mail flow, \"Turn off SMTP AUTH \
         protocol for your organization\". Or in PowerShell: Set-TransportConfig -SmtpClientAuthenticationDisabled $false",
        "Security defaults and authentication policies switch it off as well, whatever the mailbox says.",
        "A change can take an hour to reach every server.",
    ],
    who: Some(Who::Admin),
    retry: Some(Retry::AfterTheFix),
    source: SMTP_AUTH_PAGE,
};

pub(super) const BASIC_AUTH_RETIRED: Advice = Advice {
    summary: "Exchange Online does not take passwords here any more (basic authentication); an access token it does.",
    fix: &[
        "Log in with an access token (XOAUTH2): the scope is https://outlook.office.com/SMTP.Send, or \
         https://outlook.office365.com/.default with the permission SMTP.SendAsApp for a program without a user.",
        "An administrator may be able to switch passwords on again for a time: authentication policies \
         (Get-AuthenticationPolicy), and the settings of SMTP AUTH.",
        "What cannot do either may send through High Volume Email, Azure Communication Services, or a relay.",
    ],
    who: Some(Who::Admin),
    retry: Some(Retry::AfterTheFix),
    source: Some(
        "https://learn.microsoft.com/en-us/exchange/clients-and-mobile-in-exchange-online/deprecation-of-basic-authentication-exchange-online",
    ),
};

pub(super) const SECURITY_DEFAULTS: Advice = Advice {
    summary: "The organisation's security defaults keep programs out that log in with a password.",
    fix: &[
        "Log in with an access token (XOAUTH2) instead of a password.",
        "Or let an administrator replace the security defaults by Conditional Access, with an exception for this user: \
         https://entra.microsoft.com, Overview, Properties, Manage security defaults.",
    ],
    who: Some(Who::Admin),
    retry: Some(Retry::AfterTheFix),
    source: Some("https://learn.microsoft.com/en-us/entra/fundamentals/security-defaults"),
};

pub(super) const CONDITIONAL_ACCESS: Advice = Advice {
    summary: "A Conditional Access policy of the organisation, or multi-factor login, stands in the way of this login.",
    fix: &[
        "Let an administrator find the policy: https://entra.microsoft.com, Sign-in logs, the failed sign-in, \
         Conditional Access.",
        "Log in with an access token (XOAUTH2), or let the policy leave this user or this address out.",
        "Check with the same user in Outlook on the web that the account is not locked.",
    ],
    who: Some(Who::Admin),
    retry: Some(Retry::AfterTheFix),
    source: Some("https://learn.microsoft.com/en-us/entra/identity/conditional-access/overview"),
};

pub(super) const STS: Advice = Advice {
    summary: "The organisation logs its users in by a federation server of its own (AD FS), which could not be used.",
    fix: &[
        "Let an administrator check that the federation server answers from the internet, over HTTPS with TLS 1.2.",
        "Try again later: it may be down for now.",
    ],
    who: Some(Who::Admin),
    retry: Some(Retry::InMinutes),
    source: SMTP_AUTH_PAGE,
};

pub(super) const WRONG_PASSWORD: Advice = Advice {
    fix: &[
        "Sign in to https://outlook.office.com with the same user name and password. It has to be the user's principal \
         name, not another address of the mailbox.",
        "With multi-factor login the password alone does not do: use an access token (XOAUTH2).",
        "Let an administrator look at the sign-in log in https://entra.microsoft.com, and check that authenticated SMTP \
         is on: Get-CASMailbox -Identity user@example.com | Format-List SmtpClientAuthenticationDisabled",
    ],
    source: SMTP_AUTH_PAGE,
    ..ADVICE
};

pub(super) const TOKEN: Advice = Advice {
    fix: &[
        "Get a new token, with the scope https://outlook.office.com/SMTP.Send, or https://outlook.office365.com/.default \
         and the permission SMTP.SendAsApp.",
        "For a program without a user, an administrator has to give its service principal full access to the mailbox \
         (New-ServicePrincipal, Add-MailboxPermission), and authenticated SMTP has to be on.",
        "The user name must be the address of the mailbox that the token is for.",
    ],
    source: Some(
        "https://learn.microsoft.com/en-us/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth",
    ),
    ..ADVICE
};

pub(super) const SEND_AS: Advice = Advice {
    fix: &[
        "Send as the mailbox that logs in: the envelope sender and the From field both count.",
        "Or let an administrator give it the right: Add-RecipientPermission sender@example.com -Trustee \
         login@example.com -AccessRights SendAs",
    ],
    who: Some(Who::Admin),
    source: Some(
        "https://learn.microsoft.com/en-us/exchange/recipients-in-exchange-online/manage-permissions-for-recipients",
    ),
    ..ADVICE
};

pub(super) const NOT_LOGGED_IN: Advice = Advice {
    fix: &[
        "Log in after STARTTLS: give a user name, and a password or an access token.",
        "If a login was tried and failed, that is the failure to look at.",
        "A device that cannot log in sends through the organisation's MX host, by Direct Send or a connector.",
    ],
    source: Some(
        "https://learn.microsoft.com/en-us/exchange/mail-flow-best-practices/how-to-set-up-a-multifunction-device-or-application-to-send-email-using-microsoft-365-or-office-365",
    ),
    ..ADVICE
};

pub(super) const DIRECT_SEND: Advice = Advice {
    summary: "This organisation takes no mail in its own name from senders that do not log in: Direct Send is off.",
    fix: &[
        "Log in at smtp.office365.com, port 587, and send from there.",
        "Or let an administrator add an inbound connector for the sending host's address or certificate.",
        "Or, at its own risk, switch Direct Send on again: Set-OrganizationConfig -RejectDirectSend $false",
    ],
    who: Some(Who::Admin),
    source: Some(
        "https://learn.microsoft.com/en-us/exchange/mail-flow-best-practices/how-to-set-up-a-multifunction-device-or-application-to-send-email-using-microsoft-365-or-office-365",
    ),
    ..ADVICE
};

pub(super) const CONNECTOR: Advice = Advice {
    fix: &[
        "Let an administrator check the inbound connector: the sending host's address or certificate has to be in it, \
         and the sender's domain has to be an accepted one.",
        "Or log in at smtp.office365.com, port 587.",
    ],
    who: Some(Who::Admin),
    source: Some(
        "https://learn.microsoft.com/en-us/exchange/mail-flow-best-practices/use-connectors-to-configure-mail-flow/set-up-connectors-to-route-mail",
    ),
    ..ADVICE
};

pub(super) const BLOCKED_SENDER: Advice = Advice {
    fix: &[
        "Let an administrator find out who sends: the account may be in other hands. Change its password, and remove it \
         from Restricted entities in https://security.microsoft.com.",
        "If a whole organisation is blocked, its administrator has to ask Microsoft's support.",
    ],
    who: Some(Who::Admin),
    source: Some(
        "https://learn.microsoft.com/en-us/defender-office-365/outbound-spam-restore-restricted-users",
    ),
    ..ADVICE
};

pub(super) const DELIST: Advice = Advice {
    fix: &[
        "Ask for the address to be removed: https://sender.office.com",
        "Or send through a submission server with a login, not from this address.",
    ],
    who: Some(Who::Network),
    source: Some(
        "https://learn.microsoft.com/en-us/defender-office-365/use-the-delist-portal-to-remove-yourself-from-the-office-365-blocked-senders-lis",
    ),
    ..ADVICE
};

pub(super) const LIMITS: Advice = Advice {
    fix: &[
        "Wait, and send more slowly: three connections at once, 30 messages a minute and 10,000 recipients a day are \
         the most for a mailbox.",
        "Give many messages to one connection.",
    ],
    source: Some(
        "https://learn.microsoft.com/en-us/office365/servicedescriptions/exchange-online-service-description/exchange-online-limits",
    ),
    ..ADVICE
};

pub(super) const RESTRICTED: Advice = Advice {
    summary: "The recipient takes mail only from certain senders, and this one is not among them.",
    fix: &[
        "Ask the recipient, or its administrator, to let this sender in.",
        "If it is your own organisation: log in before sending.",
    ],
    who: Some(Who::Recipient),
    ..ADVICE
};
