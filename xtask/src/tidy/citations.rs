//! RFCs are cited in one form, so that one search finds them all.

use super::{File, Place, Rule, Tree};

pub(super) const RULE: Rule = Rule {
    name: "citations-in-one-form",
    why: "the form is `RFC 5321 section 4.2.1`: one search has to find every citation of a section",
    scope: |file| file.is_rust() || file.is_prose() || is_dialogue(file),
    check,
};

fn is_dialogue(file: &File) -> bool {
    file.path.starts_with("tests/dialogues/") && file.path.ends_with(".txt")
}

fn check(_: &Tree, files: &[&File]) -> Vec<Place> {
    let mut places = Vec::new();
    for file in files {
        let comments = file
            .rust
            .comments
            .iter()
            .map(|(line, text)| (*line, text.as_str()));
        let prose = file
            .lines()
            .filter(|(_, line)| file.is_prose() || (is_dialogue(file) && line.starts_with('#')));
        for (line, text) in comments.chain(prose) {
            places.extend(other_form(text).map(|what| Place::new(file, line, what)));
        }
    }
    places
}

/// What is wrong with the first citation of another form in a line.
fn other_form(line: &str) -> Option<String> {
    // An address spells it as it must.
    let words: Vec<&str> = line
        .split_whitespace()
        .filter(|word| !word.contains("://"))
        .collect();
    let line = words.join(" ");
    if line.contains('§') {
        return Some("`§` stands for `section`".into());
    }
    let lower = line.to_ascii_lowercase();
    lower
        .match_indices("rfc")
        .find_map(|(at, _)| wrong_at(&line, &lower, at))
}

fn wrong_at(line: &str, lower: &str, at: usize) -> Option<String> {
    let is_word = !lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let behind = &lower[at + 3..];
    let number = behind.trim_start_matches([' ', '-', '_', '.']);
    let digits = number
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(number.len());
    if !is_word || digits == 0 || behind.starts_with(". ") {
        return None;
    }
    let end = line.len() - number.len() + digits;
    let cited = &line[at..end];
    // The address type of RFC 3461 and the media type of RFC 2046 are words, not citations.
    if cited == "rfc822" {
        return None;
    }
    if cited != format!("RFC {}", &number[..digits]) {
        return Some(format!("`{cited}` is no `RFC {}`", &number[..digits]));
    }
    let rest = &line[end..];
    if lower[..at].ends_with(" of ")
        && names_section(lower[..at].trim_end_matches(" of ").rsplit(' ').nth(1))
    {
        return Some(format!("the section stands ahead of `{cited}`"));
    }
    let place = rest.trim_start_matches([' ', ',', ';', ':', '(']);
    let word = place.split(' ').next().unwrap_or_default();
    let is_number = word.starts_with(|c: char| c.is_ascii_digit())
        && word.trim_end_matches(['.', ',']).contains('.');
    let is_good = rest
        .strip_prefix(" section ")
        .is_some_and(|at| at.starts_with(|c: char| c.is_ascii_alphanumeric()));
    let is_section = is_number || names_section(Some(word)) || word.starts_with('#');
    let shown: String = rest.chars().take(12).collect();
    (is_section && !is_good).then(|| format!("`{cited}{shown}` is no `{cited} section …`"))
}

fn names_section(word: Option<&str>) -> bool {
    let word = word.unwrap_or_default().to_ascii_lowercase();
    matches!(
        word.as_str(),
        "section" | "sections" | "sec" | "sec." | "sect" | "sect." | "s." | "chapter"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_forms_are_told_from_the_one() {
        for line in [
            "RFC 5321 section 4.2.1",
            "RFC 5321 section 4.2.1, and RFC 3207",
            "RFC 5321, 2008",
            "a name of RFC 3339",
            "the RFCs' own",
            "an RFC. 4954 is one",
            "https://www.rfc-editor.org/rfc/rfc5321#section-4.2.1",
            "ORCPT=rfc822;a@example.test",
            "fn rfc_number",
            "RFC 6531 appendix A",
        ] {
            assert_eq!(other_form(line), None, "{line}");
        }
        for line in [
            "RFC5321",
            "rfc 5321",
            "rfc5321",
            "Rfc 5321",
            "RFC-5321",
            "RFC  5321 Section 4",
            "RFC 5321 Section 4.2.1",
            "RFC 5321, section 4.2.1",
            "RFC 5321 sections 3 and 4",
            "RFC 5321 sec. 4.2.1",
            "RFC 5321 § 4.2.1",
            "RFC 5321 4.2.1",
            "RFC 5321 (section 4.2.1)",
            "section 4.2.1 of RFC 5321",
            "RFC 3207 and rfc5321 section 4",
        ] {
            assert!(other_form(line).is_some(), "{line}");
        }
    }
}
