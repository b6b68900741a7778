//! What Microsoft Entra ID means by its numbers, as far as there is something to do about it.
//!
//! Microsoft warns that numbers may change: they add advice here, and decide nothing else.
//! <https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes>

use mailwright::Cause;

/// What to do about some of the numbers.
pub(super) struct Advice {
    codes: &'static [u32],
    pub(super) cause: Cause,
    pub(super) fix: &'static [&'static str],
}

/// The advice on a number.
pub(super) fn advice(code: u32) -> Option<&'static Advice> {
    ALL.iter().find(|advice| advice.codes.contains(&code))
}

const fn row(codes: &'static [u32], fix: &'static [&'static str]) -> Advice {
    Advice {
        codes,
        cause: Cause::OAuthTokenRejected,
        fix,
    }
}

const ALL: [Advice; 18] = [
    row(
        &[70000, 70008, 700082, 700084, 50089],
        &[
            "Log in again: the refresh token is not good any more, as after 90 days without use (`smtp token login`).",
        ],
    ),
    row(
        &[50173, 50132, 50133],
        &[
            "Log in again: the password was changed, or somebody revoked the account's sessions (`smtp token login`).",
            "If it was not you, ask the administrator why.",
        ],
    ),
    Advice {
        codes: &[70043],
        cause: Cause::ConditionalAccess,
        fix: &[
            "Log in again: a Conditional Access policy limits how long a login lasts (`smtp token login`).",
            "For a service, ask the administrator for an application with its own login (SMTP.SendAsApp).",
        ],
    },
    Advice {
        codes: &[
            53000, 53001, 53002, 53003, 53004, 53010, 53011, 530032, 530035, 50005, 50097, 50129,
            50131, 50155,
        ],
        cause: Cause::ConditionalAccess,
        fix: &[
            "Ask the administrator which Conditional Access policy blocked the login: Entra's sign-in log names it.",
            "Many policies block the device flow: log in with the flow `browser` on a managed device.",
        ],
    },
    row(
        &[50072, 50074, 50076, 50078, 50079, 50158, 700020],
        &["Log in again, and confirm it with the second factor (`smtp token login`)."],
    ),
    row(
        &[65001, 90008, 9002341],
        &[
            "Log in again, and consent to what the application asks for (`smtp token login`).",
            "Or have the administrator grant the consent, in Entra under API permissions.",
        ],
    ),
    row(
        &[65004],
        &["Log in again, and accept the page that asks for consent (`smtp token login`)."],
    ),
    row(
        &[90094, 90095, 90099],
        &[
            "Ask the administrator to grant admin consent to the application, in Entra under API permissions.",
        ],
    ),
    row(
        &[
            65005, 650052, 650054, 650056, 650057, 500011, 50001, 70011, 28002, 700022, 700023,
        ],
        &[
            "Check the application's API permissions: SMTP.Send (delegated) or SMTP.SendAsApp (application) of Office 365 \
             Exchange Online.",
            "Check the scope: https://outlook.office.com/SMTP.Send for people, https://outlook.office365.com/.default for \
             applications.",
        ],
    ),
    row(
        &[700016, 700011, 70001, 7000112],
        &[
            "Check the client id, and that the application is registered in this tenant and not disabled.",
            "Check the tenant.",
        ],
    ),
    row(
        &[
            90002, 50059, 50128, 50194, 9001023, 90038, 90130, 9002332, 50020, 50034, 51004, 500208,
        ],
        &[
            "Check the tenant: the organisation's domain or id, not that of another directory or cloud.",
            "Check that the account belongs to it.",
        ],
    ),
    row(
        &[7000215, 70002],
        &[
            "Check the client secret: it is the secret's value, not its id (Entra, Certificates & secrets).",
        ],
    ),
    row(
        &[700024],
        &[
            "Check this machine's clock: the proof by certificate was too early or too late for the issuer.",
        ],
    ),
    row(
        &[700027],
        &[
            "Upload the certificate of --client-cert to the application (Entra, Certificates & secrets, Certificates).",
            "Check that --client-key is the key of that certificate, and that it has not expired.",
        ],
    ),
    row(
        &[7000222],
        &["Make a new client secret: this one has expired (Entra, Certificates & secrets)."],
    ),
    row(
        &[7000218, 700025],
        &[
            "For people: set \"Allow public client flows\" to Yes (Entra, Authentication), and give no client secret.",
            "For an application with its own login: give its client secret, and use the flow `client-credentials`.",
        ],
    ),
    row(
        &[50011, 70004, 900971],
        &[
            "Register the redirect URI http://localhost as a mobile and desktop application (Entra, Authentication).",
        ],
    ),
    Advice {
        codes: &[50057, 50053, 50105],
        cause: Cause::AccountBlocked,
        fix: &[
            "Ask the administrator: the account is disabled, locked, or not assigned to the application.",
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_stands_once_and_has_something_to_do() {
        let mut codes: Vec<u32> = ALL
            .iter()
            .flat_map(|advice| advice.codes)
            .copied()
            .collect();
        let all = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all);
        assert!(ALL.iter().all(
            |advice| advice.fix.iter().all(|fix| fix.ends_with('.')) && !advice.fix.is_empty()
        ));
    }
}
