//! What services in China say: QQ Mail, NetEase.

use crate::Cause;
use crate::knowledge::Who;
use crate::knowledge::rule::{ADVICE, Advice, BASE, Rule};

const AUTHORISATION_CODE: Advice = Advice {
    summary: "The login was refused: this service takes an authorisation code in the place of the password.",
    fix: &[
        "Switch SMTP on in the mailbox's settings on the web, make an authorisation code there, and use it as the password.",
        "The user name is the whole address.",
    ],
    who: Some(Who::Sender),
    ..ADVICE
};

/// QQ's own rules. Its words are often Chinese, in GBK: what remains is the code.
pub(in crate::knowledge) static QQ: &[Rule] = &[
    Rule {
        code: 535,
        cause: Cause::CredentialsRejected,
        advice: AUTHORISATION_CODE,
        example: "535 Login Fail. Please enter your authorization code to login. More information in https://service.mail.qq.com/detail/0/53",
        ..BASE
    },
    Rule {
        common: true,
        says: "mailbox unavailable or access deni*",
        cause: Cause::Throttled,
        advice: Advice {
            summary: "The recipient gets more mail at the moment than QQ lets through.",
            fix: &["Try again in some hours."],
            who: Some(Who::Recipient),
            ..ADVICE
        },
        example: "550 Mailbox unavailable or access denied. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000742",
        ..BASE
    },
    Rule {
        common: true,
        says: "suspected spam sender",
        cause: Cause::SenderRejected,
        example: "550 Suspected spam sender. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1001461",
        ..BASE
    },
    Rule {
        common: true,
        says: "frequency limited | frequency* limit* | too many*",
        cause: Cause::Throttled,
        example: "550 Sender frequency limited. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000723",
        ..BASE
    },
    Rule {
        common: true,
        says: "suspected spam* | suspected bounce attack* | connection denied | ip * is blocked | \
            sender ip * blacklist*",
        cause: Cause::IpReputation,
        example: "550 Suspected spam ip. http://service.mail.qq.com/cgi-bin/help?subtype=1&&id=20022&&no=1000725",
        ..BASE
    },
    Rule {
        says: "mail from address must be same as authorization user",
        cause: Cause::SendAsDenied,
        example: "501 mail from address must be same as authorization user",
        ..BASE
    },
    Rule {
        common: true,
        says: "domain may not exist or dns check failed | connection frequency*",
        cause: Cause::SenderRejected,
        example: "550 Domain may not exist or DNS check failed",
        ..BASE
    },
];

/// NetEase's own rules, named by a word behind `DT:` or `MI:`.
pub(in crate::knowledge) static NETEASE: &[Rule] = &[
    Rule {
        common: true,
        says: "authentication is required | user has no permission",
        code: 5,
        cause: Cause::SmtpAuthDisabled,
        advice: Advice {
            summary: "SMTP is switched off in the settings of this mailbox.",
            ..AUTHORISATION_CODE
        },
        example: "550 User has no permission",
        ..BASE
    },
    Rule {
        says: "hl:icc | hl:ifc | hl:ifq | hl:itc | hl:ict | hl:iml | mi:cel | mi:ccl | mi:dmc | mi:sfq | mi:stc | \
            mi:sal | rp:drc | rp:rcl | rp:trc | rp:qrc | rp:cel | rp:ccl | ma:ioc",
        cause: Cause::Throttled,
        example: "451 MI:SFQ 163 smtp5,D9GowABX, please see http://mail.163.com/help/help_spam_16.htm",
        ..BASE
    },
    Rule {
        says: "mi:spf | mi:dma | mi:dki* | mi:dkm",
        cause: Cause::SenderAuthentication,
        example: "550 MI:SPF 163 mx15, please see http://mail.163.com/help/help_spam_16.htm",
        ..BASE
    },
    Rule {
        says: "mi:imf | mi:spb | mi:nhd | wm:blu | ma:*",
        cause: Cause::SenderRejected,
        example: "550 MI:IMF 163 smtp1, please see http://mail.163.com/help/help_spam_16.htm",
        ..BASE
    },
    Rule {
        says: "rp:frl",
        cause: Cause::RelayDenied,
        example: "550 RP:FRL 163 smtp1, please see http://mail.163.com/help/help_spam_16.htm",
        ..BASE
    },
    Rule {
        says: "dt:sum",
        cause: Cause::SenderRejected,
        advice: Advice {
            summary: "The address in the message's From field is not the envelope's sender.",
            fix: &["Use the same address in the From field and in the envelope."],
            who: Some(Who::Sender),
            ..ADVICE
        },
        example: "554 DT:SUM 163 smtp4,DMKowABH, please see http://mail.163.com/help/help_spam_16.htm",
        ..BASE
    },
    Rule {
        says: "mi:* | rp:*",
        cause: Cause::Throttled,
        example: "451 MI:XYZ 163 smtp5, please see http://mail.163.com/help/help_spam_16.htm",
        ..BASE
    },
    Rule {
        says: "hl:* | wm:* | dt:rbl | ip is rejected",
        cause: Cause::IpReputation,
        example: "421 HL:REP 163 mx1, please see http://mail.163.com/help/help_spam_16.htm",
        ..BASE
    },
    Rule {
        says: "dt:*",
        cause: Cause::ContentRejected,
        example: "554 DT:SPM 163 smtp8,DMCowAA3, please see http://mail.163.com/help/help_spam_16.htm",
        ..BASE
    },
    Rule {
        says: "mail from must equal authorized user",
        cause: Cause::SendAsDenied,
        example: "553 Mail from must equal authorized user",
        ..BASE
    },
    Rule {
        common: true,
        code: 535,
        says: "error: authentication failed",
        cause: Cause::CredentialsRejected,
        advice: AUTHORISATION_CODE,
        example: "535 Error: authentication failed, see http://help.163.com/09/1224/17/5RAJ4LMH00753VB8.html",
        ..BASE
    },
];
