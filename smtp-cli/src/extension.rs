//! Advice about extensions that a server offers but does not implement correctly.

use mailwright::{Cause, ConnectionInfo, Stage};
use mailwright_proto::ehlo::Keyword;

use crate::dialogue::Dialogue;
use crate::failure::Failure;

/// Returns what to do about a failure that an offered extension may have caused.
pub(crate) fn advice(
    failure: &Failure,
    facts: &ConnectionInfo,
    dialogue: &Dialogue,
) -> Vec<String> {
    let offers = |keyword: &Keyword| {
        facts
            .capabilities
            .as_ref()
            .is_some_and(|offered| offered.offers(*keyword))
    };
    let command = match failure.phase {
        Stage::Mail => dialogue.last_command("MAIL"),
        Stage::Rcpt => dialogue.last_command("RCPT"),
        Stage::Body => dialogue.last_command("BDAT"),
        _ => None,
    };
    let code = failure.reply.as_ref().map(|reply| reply.code().get());
    let suspects = suspects(
        failure.phase,
        failure.cause,
        code,
        &command.unwrap_or_default(),
    );
    suspects.into_iter().filter(offers).map(words).collect()
}

/// Returns the extensions that explain a failure. `command` is the last one of its phase.
fn suspects(phase: Stage, cause: Cause, code: Option<u16>, command: &str) -> Vec<Keyword> {
    let is_in_group = matches!(phase, Stage::Rcpt | Stage::Data);
    match code {
        // Commands were lost, so no reply arrives, or one out of order.
        None if is_in_group && cause == Cause::Timeout => vec![Keyword::Pipelining],
        Some(503) if is_in_group => vec![Keyword::Pipelining],
        Some(500..=504) if command.starts_with("BDAT") => vec![Keyword::Chunking],
        Some(500 | 501 | 502 | 504 | 555) => parameters(command),
        _ => Vec::new(),
    }
}

/// Returns the extensions of the parameters of MAIL or RCPT, each once.
fn parameters(command: &str) -> Vec<Keyword> {
    let mut found = Vec::new();
    for word in command.split(' ') {
        let keyword = match word.split('=').next().unwrap_or_default() {
            "SIZE" => Keyword::Size,
            "BODY" if word.ends_with("=BINARYMIME") => Keyword::BinaryMime,
            "BODY" => Keyword::EightBitMime,
            "SMTPUTF8" => Keyword::SmtpUtf8,
            "RET" | "ENVID" | "NOTIFY" | "ORCPT" => Keyword::Dsn,
            "REQUIRETLS" => Keyword::RequireTls,
            "MT-PRIORITY" => Keyword::MtPriority,
            "BY" => Keyword::DeliverBy,
            "HOLDFOR" | "HOLDUNTIL" => Keyword::FutureRelease,
            _ => continue,
        };
        if !found.contains(&keyword) {
            found.push(keyword);
        }
    }
    found
}

fn words(keyword: Keyword) -> String {
    let name = keyword.as_str();
    let why = match keyword {
        Keyword::Pipelining => {
            "The commands were sent together, as the server offers PIPELINING. If it loses some of them, send one at a \
             time"
                .to_owned()
        }
        _ => format!("If the server does not have the {name} that it offers, do without it"),
    };
    format!("{why}: --ignore-extension {name}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_commands_and_refused_parameters_name_extensions() {
        let mail = "MAIL FROM:<a@b.test> SIZE=12 BODY=8BITMIME RET=FULL ENVID=x";
        let cases = [
            (
                Stage::Rcpt,
                Cause::Timeout,
                None,
                "RCPT TO:<c@d.test>",
                "PIPELINING",
            ),
            (Stage::Data, Cause::Timeout, None, "", "PIPELINING"),
            (Stage::Mail, Cause::Timeout, None, mail, ""),
            (
                Stage::Rcpt,
                Cause::ProtocolError,
                Some(503),
                "RCPT TO:<c@d.test>",
                "PIPELINING",
            ),
            (
                Stage::Mail,
                Cause::ProtocolError,
                Some(501),
                mail,
                "SIZE 8BITMIME DSN",
            ),
            (
                Stage::Mail,
                Cause::Unsupported,
                Some(555),
                "MAIL FROM:<a@b.test> SIZE=12",
                "SIZE",
            ),
            (Stage::Mail, Cause::SenderRejected, Some(550), mail, ""),
            (
                Stage::Body,
                Cause::ProtocolError,
                Some(502),
                "BDAT 12 LAST",
                "CHUNKING",
            ),
            (
                Stage::Rcpt,
                Cause::RecipientUnknown,
                Some(550),
                "RCPT TO:<c@d.test> NOTIFY=NEVER",
                "",
            ),
        ];
        for (phase, cause, code, command, expected) in cases {
            let suspects: Vec<_> = suspects(phase, cause, code, command)
                .iter()
                .map(|one| one.as_str())
                .collect();
            assert_eq!(suspects.join(" "), expected, "{phase} {code:?} {command}");
        }
    }
}
