//! The command's options for the settings of a client.

use mailwright::Setting;
use mailwright::check::Report;

/// Returns the sentence that names the options for these settings; `None` if there are none.
pub(crate) fn named(settings: &[Setting]) -> Option<String> {
    let options: Vec<&str> = settings
        .iter()
        .filter_map(|setting| option(*setting))
        .collect();
    let plural = if options.len() == 1 { "" } else { "s" };
    (!options.is_empty()).then(|| format!("The option{plural} for this: {}.", options.join(", ")))
}

/// Adds that sentence to the advice of a check.
pub(crate) fn name_in(report: &mut Report) {
    for failure in report
        .ports
        .iter_mut()
        .chain(&mut report.compared)
        .filter_map(|port| port.failure.as_mut())
    {
        failure.fix.extend(named(failure.settings));
    }
    report.verdict.fix.extend(named(report.verdict.settings));
}

fn option(setting: Setting) -> Option<&'static str> {
    Some(match setting {
        Setting::ClientCertificate => "--client-cert PEM with --client-key PEM",
        Setting::Roots => "--ca-file PEM",
        // The default build has no post-quantum key exchange.
        Setting::ClassicalKeyExchange => "this command, built without its feature `aws-lc-rs`",
        Setting::PlaintextAuth => "--dangerous-plaintext-auth",
        _ => return None,
    })
}
