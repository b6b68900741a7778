//! Each rule on its own example, and each phrase of it.

use mailwright_proto::reply::Reply;

use super::rule::{Facts, Rule};
use super::rules::logins;
use super::{Context, Explanation, Retry, explain, find, read, tables};
use crate::{Cause, Stage};

/// How a rule's own example is to be looked at: at its stage, and from its service where the rule needs to know it.
fn facts(rule: &Rule, reply: &Reply, is_login: bool) -> Facts {
    let stage = rule.at.first().copied().or(is_login.then_some(Stage::Auth));
    Facts::of(reply, stage)
}

fn parse(text: &str) -> Reply {
    read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn each_rule_decides_its_own_example() {
    let mut failures = Vec::new();
    for (service, rules) in tables() {
        let is_login = std::ptr::eq(rules, logins::LOGINS);
        for rule in rules {
            let spoke = service.filter(|_| !rule.tells_its_service());
            let found = find(&facts(rule, &parse(rule.example), is_login), spoke);
            if !found.rule.is_some_and(|found| std::ptr::eq(found, rule)) {
                let other = found.rule.map(|rule| (rule.cause.name(), rule.example));
                failures.push(format!(
                    "{}: {:?} is decided by {other:?}",
                    rule.cause, rule.example
                ));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The phrases of a list as a server could write them, or one empty phrase if there are none.
fn said(phrases: &str) -> Vec<String> {
    phrases
        .split(" | ")
        .map(|phrase| {
            phrase
                .replace(" * ", " ")
                .replace('*', "")
                .replace('~', "192.0.2.1")
        })
        .collect()
}

#[test]
fn no_phrase_is_hidden_behind_one_of_another_cause() {
    let mut failures = Vec::new();
    for (service, rules) in tables() {
        let is_login = std::ptr::eq(rules, logins::LOGINS);
        for rule in rules.iter().filter(|rule| !rule.says.is_empty()) {
            let code = rule.example.get(..3).unwrap_or_default();
            let status = rule
                .status
                .first()
                .map(|(subject, detail)| format!("{}.{subject}.{detail} ", &code[..1]))
                .unwrap_or_default();
            let decides = |subject: &String, verdict: &String| {
                let reply = parse(&format!("{code} {status}{subject} {verdict}"));
                let found = find(&facts(rule, &reply, is_login), service);
                found.rule.is_some_and(|found| found.cause == rule.cause)
            };
            // A verdict needs one subject with which it counts, and a subject one verdict.
            let (subjects, verdicts) = (said(rule.about), said(rule.says));
            let hidden_verdicts = verdicts
                .iter()
                .filter(|verdict| !subjects.iter().any(|subject| decides(subject, verdict)));
            let hidden_subjects = subjects
                .iter()
                .filter(|subject| !verdicts.iter().any(|verdict| decides(subject, verdict)));
            for hidden in hidden_verdicts.chain(hidden_subjects) {
                failures.push(format!("{}: {code} {status}{hidden}", rule.cause));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} phrases:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn every_table_is_well_formed() {
    let mut pages = Vec::new();
    for (service, rules) in tables() {
        pages.extend(service.map(|service| service.page));
        for rule in rules {
            assert_eq!(
                rule.says,
                rule.says.to_lowercase(),
                "phrases are in lower case"
            );
            assert!(
                rule.says.split(" | ").all(|phrase| phrase == phrase.trim()),
                "{}",
                rule.says
            );
            assert!(
                rule.advice.summary.is_empty() || rule.advice.summary.ends_with('.'),
                "{}",
                rule.advice.summary
            );
            assert!(
                rule.advice
                    .fix
                    .iter()
                    .all(|fix| !fix.is_empty() && !fix.contains("  ")),
                "{:?}",
                rule.advice.fix
            );
            pages.extend(rule.advice.source);
        }
    }
    assert!(
        pages.iter().all(|page| page.starts_with("https://")),
        "{pages:?}"
    );
}

#[test]
fn seven_meanings_of_one_code_are_told_apart() {
    let cases = [
        (
            "SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled",
            "smtp-auth-disabled",
        ),
        (
            "SmtpClientAuthentication is disabled for the Mailbox.",
            "smtp-auth-disabled",
        ),
        ("basic authentication is disabled.", "basic-auth-retired"),
        (
            "user is locked by your organization's security defaults policy.",
            "conditional-access",
        ),
        (
            "the request did not meet the criteria to be authenticated successfully.",
            "conditional-access",
        ),
        (
            "the user credentials were incorrect.",
            "credentials-rejected",
        ),
        (
            "federated STS service was unreachable.",
            "temporary-server-failure",
        ),
        ("something new.", "credentials-rejected"),
    ];
    for (words, cause) in cases {
        for at in [Context::default(), Context::at(Stage::Auth)] {
            let said = format!(
                "535 5.7.139 Authentication unsuccessful, {words} [A.PROD.OUTLOOK.COM 08DD3DD7D75D7743]"
            );
            let explanation = explain(&parse(&said), at);
            assert_eq!(
                (explanation.cause.name(), explanation.provider),
                (cause, Some("Exchange Online")),
                "{said}"
            );
            assert!(
                explanation
                    .source
                    .is_some_and(|page| page.starts_with("https://learn.microsoft.com/")),
                "{said}"
            );
        }
    }
}

#[test]
fn stage_code_and_enhanced_code_tell_the_cause_where_words_do_not() {
    let cases = [
        (
            Stage::Greeting,
            "554 No SMTP service here",
            Cause::ServiceUnavailable,
        ),
        (
            Stage::Greeting,
            "421 4.3.2 Closing",
            Cause::ServiceUnavailable,
        ),
        (
            Stage::StartTls,
            "454 4.7.0 TLS not available",
            Cause::StarttlsRejected,
        ),
        (
            Stage::StartTls,
            "500 Unsupported command.",
            Cause::StarttlsRejected,
        ),
        (
            Stage::Mail,
            "550 5.7.60 Not as this one",
            Cause::SendAsDenied,
        ),
        (Stage::Mail, "552 5.3.4 No", Cause::MessageTooLarge),
        (Stage::Rcpt, "550 No", Cause::RecipientRejected),
        (Stage::Rcpt, "551 Elsewhere", Cause::RelayDenied),
        (Stage::Body, "554 5.7.1 No", Cause::ContentRejected),
        (Stage::Body, "250 2.0.0 Ok", Cause::Ok),
        (Stage::Body, "571 Odd", Cause::ContentRejected),
        (Stage::Body, "560 Odd", Cause::Unknown),
        (Stage::Auth, "535 5.7.8 Bad", Cause::CredentialsRejected),
        (Stage::Auth, "501 5.5.2 Cannot decode", Cause::ProtocolError),
    ];
    for (stage, line, cause) in cases {
        assert_eq!(
            explain(&parse(line), Context::at(stage)).cause,
            cause,
            "{line}"
        );
    }
}

#[test]
fn what_is_known_besides_the_reply_changes_its_meaning() {
    let at = |stage| Context::at(stage);
    let of = |line: &str, context: Context<'_>| explain(&parse(line), context);
    let token = Context {
        token: true,
        ..at(Stage::Auth)
    };
    assert_eq!(of("535 5.7.8 Bad", token).cause, Cause::OAuthTokenRejected);
    assert_eq!(
        of("535 5.7.8 Bad", token).fix,
        Cause::OAuthTokenRejected.fix()
    );
    let stranger = Context {
        logged_in: Some(false),
        ..at(Stage::Mail)
    };
    assert_eq!(
        of("550 5.7.1 Not you", stranger).cause,
        Cause::SenderRejected
    );
    assert_eq!(
        of("550 5.7.1 Not you", at(Stage::Mail)).cause,
        Cause::SendAsDenied
    );
    let gmail = of("535 5.7.8 No", at(Stage::Auth).from_host("SMTP.Gmail.com."));
    assert_eq!(gmail.provider, Some("Gmail"));
    assert!(
        gmail.fix.iter().any(|fix| fix.contains("app password")),
        "{gmail:?}"
    );
    assert_eq!(
        of("535 5.7.8 No", at(Stage::Auth).from_host("notgmail.com")).provider,
        None
    );
}

#[test]
fn an_unknown_cause_tells_class_and_stage() {
    let of = |line: &str, context| explain(&parse(line), context);
    let never = of("560 Odd", Context::at(Stage::Body));
    assert_eq!(
        (never.cause, never.retry),
        (Cause::Unknown, Retry::AfterTheFix)
    );
    assert!(
        never.summary.contains("the message") && never.summary.contains("for good"),
        "{never:?}"
    );
    let unasked = of("599 Odd", Context::default());
    assert!(
        unasked.summary.contains("what it was asked for"),
        "{unasked:?}"
    );
}

#[test]
fn a_retry_helps_as_the_class_says_and_not_where_waiting_changes_nothing() {
    let retry = |line: &str| explain(&parse(line), Context::default()).retry;
    assert_eq!(retry("250 Ok"), Retry::NotNeeded);
    assert_eq!(
        retry("451 5.7.3 STARTTLS is required to send mail."),
        Retry::AfterTheFix
    );
    assert_eq!(retry("450 4.2.0 Greylisted"), Retry::InMinutes);
    assert_eq!(
        retry("550 5.4.5 Daily user sending quota exceeded. a1 - gsmtp"),
        Retry::Tomorrow
    );
    assert_eq!(retry("550 5.1.1 No such user"), Retry::AfterTheFix);
}

#[test]
fn a_cause_without_a_reply_has_all_that_one_with_a_reply_has() {
    let Explanation {
        summary,
        fix,
        provider,
        source,
        ..
    } = Explanation::of_cause(Cause::ConnectionTimeout);
    assert_eq!(
        (&*summary, fix),
        (
            Cause::ConnectionTimeout.summary(),
            Cause::ConnectionTimeout.fix()
        )
    );
    assert_eq!((provider, source), (None, None));
}

#[test]
fn phase_and_codes_count_before_loose_words() {
    let cases = [
        (
            Stage::Mail,
            "550 5.7.1 Mailbox unavailable",
            "sender-rejected",
        ),
        (Stage::Mail, "550 5.1.8 Domain not found", "sender-rejected"),
        (Stage::Mail, "517 Domain does not exist", "sender-rejected"),
        (Stage::Mail, "550 No such user here", "sender-rejected"),
        (
            Stage::Mail,
            "550 5.7.1 Account suspended",
            "account-blocked",
        ),
        (Stage::Mail, "552 5.2.2 Mailbox full", "account-blocked"),
        (
            Stage::Mail,
            "552 5.3.4 Too much for this user's account",
            "message-too-large",
        ),
        (
            Stage::Mail,
            "550 5.7.60 Client does not have permissions",
            "send-as-denied",
        ),
        (
            Stage::Body,
            "554 5.2.252 SendAsDenied; a@a.test",
            "send-as-denied",
        ),
        (Stage::Rcpt, "550 5.1.3 Bad address", "recipient-rejected"),
        (
            Stage::Rcpt,
            "501 <a@@a.test>: malformed address",
            "recipient-rejected",
        ),
        (
            Stage::Rcpt,
            "501 Syntax error in parameters or arguments",
            "recipient-rejected",
        ),
        (
            Stage::Rcpt,
            "556 5.1.10 Domain a.test does not accept mail (nullMX)",
            "recipient-unknown",
        ),
        (
            Stage::Rcpt,
            "550 5.7.134 RESOLVER.RST.SenderNotAuthenticatedForMailbox",
            "recipient-rejected",
        ),
        (
            Stage::Rcpt,
            "550 5.7.136 Sender was not authenticated for mail user",
            "recipient-rejected",
        ),
        (
            Stage::Rcpt,
            "450 Requested mail action not taken: try again later",
            "temporary-server-failure",
        ),
        (
            Stage::Rcpt,
            "451 4.7.1 Rejected by policy, please try again later",
            "temporary-server-failure",
        ),
        (
            Stage::Rcpt,
            "550 Domain a.test has an outgoing mail suspension",
            "account-blocked",
        ),
        (
            Stage::Rcpt,
            "501 5.7.1 DSN support is disabled",
            "unsupported",
        ),
        (
            Stage::Rcpt,
            "554 5.7.1 Rejected based on geographical location",
            "ip-reputation",
        ),
        (Stage::Body, "500 5.0.0 Line too long", "content-rejected"),
        (
            Stage::Body,
            "552 Message exceeds the limit of 10 MB",
            "message-too-large",
        ),
        (
            Stage::Body,
            "550 5.1.90 Your message can't be sent",
            "throttled",
        ),
        (
            Stage::Body,
            "550 5.7.367 Remote server returned not permitted to relay",
            "relay-denied",
        ),
        (
            Stage::Auth,
            "571 Delivery not authorized, message refused",
            "credentials-rejected",
        ),
        (
            Stage::Auth,
            "502 5.5.1 Command not implemented",
            "auth-not-offered",
        ),
        (
            Stage::Auth,
            "503 5.5.1 Bad sequence of commands",
            "auth-not-offered",
        ),
        (
            Stage::Auth,
            "504 5.5.4 Command parameter not implemented",
            "auth-mechanism",
        ),
        (Stage::Auth, "421 Too many bad auth attempts", "throttled"),
    ];
    for (stage, line, cause) in cases {
        assert_eq!(
            explain(&parse(line), Context::at(stage)).cause.name(),
            cause,
            "{line}"
        );
    }
}

#[test]
fn send_as_codes_are_certain_without_a_login() {
    for line in ["550 5.7.60 Not as this sender", "554 5.2.252 SendAsDenied"] {
        let context = Context {
            logged_in: Some(false),
            ..Context::at(Stage::Mail)
        };
        assert_eq!(
            explain(&parse(line), context).cause,
            Cause::SendAsDenied,
            "{line}"
        );
    }
}

#[test]
fn a_word_in_a_link_counts_only_without_other_words() {
    let of = |line: &str| explain(&parse(line), Context::at(Stage::Rcpt)).cause;
    assert_eq!(
        of("550 User unknown, see https://a.test/spam/ip?ip=192.0.2.1"),
        Cause::RecipientUnknown
    );
    assert_eq!(
        of("550 See https://a.test/help/blacklist.html"),
        Cause::IpReputation
    );
    assert_eq!(
        of("451 See http://pobox.com/~djb/docs/smtplf.html."),
        Cause::ContentRejected
    );
}
