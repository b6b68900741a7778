//! Configuration files from templates: `@NAME@` is replaced, everything else stays.

use crate::failure::Failure;

/// Fills every placeholder of `template`. One that `values` does not know is a failure.
pub(super) fn fill(template: &str, values: &[(&str, String)]) -> Result<String, Failure> {
    let text = values
        .iter()
        .fold(template.to_owned(), |text, (name, value)| {
            text.replace(&format!("@{name}@"), value)
        });
    match left_over(&text) {
        None => Ok(text),
        Some(name) => Err(Failure::Work(format!(
            "the template's @{name}@ has no value"
        ))),
    }
}

fn left_over(text: &str) -> Option<&str> {
    text.split('@').skip(1).find(|part| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_stay_and_placeholders_go() {
        let values = [("PORT", "2525".to_owned())];
        let text = fill("127.0.0.1:@PORT@ user@example.test\n", &values).unwrap();
        assert_eq!(text, "127.0.0.1:2525 user@example.test\n");
    }

    #[test]
    fn a_placeholder_without_a_value_is_named() {
        let failure = fill("listen @PORT@ @SPOOL_DIR@\n", &[("PORT", "1".into())]).unwrap_err();
        assert!(failure.to_string().contains("@SPOOL_DIR@"));
    }
}
