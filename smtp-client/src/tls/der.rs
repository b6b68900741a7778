//! The fields of a certificate that rustls does not expose: RFC 5280 section 4.1.

use crate::utc::Utc;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// `rsaEncryption`, 1.2.840.113549.1.1.1.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// Returns the validity of a certificate: its first and its last time.
pub(super) fn validity(certificate: &[u8]) -> Option<(Utc, Utc)> {
    let (certificate, _) = take(SEQUENCE, certificate)?;
    let (fields, _) = take(SEQUENCE, certificate)?;
    let fields = take(VERSION, fields).map_or(fields, |(_, rest)| rest);
    let (_serial_number, fields) = take(INTEGER, fields)?;
    let (_signature, fields) = take(SEQUENCE, fields)?;
    let (_issuer, fields) = take(SEQUENCE, fields)?;
    let (validity, _) = take(SEQUENCE, fields)?;
    let (not_before, rest) = time(validity)?;
    let (not_after, rest) = time(rest)?;
    rest.is_empty().then_some((not_before, not_after))
}

/// Returns the number of bits of an RSA key; `None` for a key of another kind.
pub(super) fn rsa_bits(subject_public_key_info: &[u8]) -> Option<usize> {
    let (info, _) = take(SEQUENCE, subject_public_key_info)?;
    let (algorithm, rest) = take(SEQUENCE, info)?;
    let (kind, _) = take(OBJECT_IDENTIFIER, algorithm)?;
    let (bits, _) = take(BIT_STRING, rest)?;
    // The first octet of a bit string is the number of bits that its last one does not use.
    let (key, _) = take(SEQUENCE, bits.strip_prefix(&[0])?)?;
    let (modulus, _) = take(INTEGER, key)?;
    let significant = modulus.iter().position(|&octet| octet != 0)?;
    let first = modulus.get(significant)?;
    let octets = modulus.len() - significant;
    (kind == RSA).then_some(octets * 8 - first.leading_zeros() as usize)
}

fn time(input: &[u8]) -> Option<(Utc, &[u8])> {
    let (text, century, rest) = match take(UTC_TIME, input) {
        // RFC 5280 section 4.1.2.5.1: two-digit years are those of 1950 to 2049.
        Some((text, rest)) => (text, if text.first()? >= &b'5' { "19" } else { "20" }, rest),
        None => take(GENERALIZED_TIME, input).map(|(text, rest)| (text, "", rest))?,
    };
    let digits = format!(
        "{century}{}",
        std::str::from_utf8(text.strip_suffix(b"Z")?).ok()?
    );
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = |at: std::ops::Range<usize>| digits.get(at)?.parse::<i64>().ok();
    let month = usize::try_from(number(4..6)?.checked_sub(1)?)
        .ok()
        .filter(|month| *month < 12)?;
    let date = Utc::of_date(number(0..4)?, month, number(6..8)?);
    let seconds = number(8..10)? * 3_600 + number(10..12)? * 60 + number(12..14)?;
    Some((Utc(date.0 + seconds), rest))
}

/// Reads one value with this tag, and returns its content and the rest.
fn take(tag: u8, input: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = input.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        // No length in a certificate takes more than three octets.
        0x81..=0x83 => {
            let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (
                octets
                    .iter()
                    .fold(0, |length, &octet| length << 8 | usize::from(octet)),
                rest,
            )
        }
        _ => return None,
    };
    (found == tag)
        .then(|| rest.split_at_checked(length))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_both_forms() {
        let utc_time = |text: &str| [&[UTC_TIME, 13], text.as_bytes()].concat();
        let generalized_time = |text: &str| [&[GENERALIZED_TIME, 15], text.as_bytes()].concat();
        for (der, expected) in [
            (utc_time("491231235959Z"), Some("2049-12-31T23:59:59Z")),
            (utc_time("500101000000Z"), Some("1950-01-01T00:00:00Z")),
            (
                generalized_time("20500101000000Z"),
                Some("2050-01-01T00:00:00Z"),
            ),
            (utc_time("4912312359590"), None),
            (utc_time("491331235959Z"), None),
            (utc_time("49123123595+Z"), None),
            (generalized_time("2050010100000ZZ"), None),
            (vec![UTC_TIME, 14], None),
            (Vec::new(), None),
        ] {
            let read = time(&der).map(|(time, _)| time.to_string());
            assert_eq!(read.as_deref(), expected, "{der:?}");
        }
    }

    #[test]
    fn an_rsa_key_has_the_bits_of_its_modulus() {
        let modulus = [&[INTEGER, 0x81, 129, 0, 0x80][..], &[1; 127]].concat();
        let key = [&[SEQUENCE, 0x81, modulus.len() as u8][..], &modulus].concat();
        let bits = [&[BIT_STRING, 0x81, key.len() as u8 + 1, 0][..], &key].concat();
        let algorithm = [&[SEQUENCE, 11, OBJECT_IDENTIFIER, 9][..], RSA].concat();
        let info = [
            &[SEQUENCE, 0x81, (algorithm.len() + bits.len()) as u8][..],
            &algorithm,
            &bits,
        ]
        .concat();
        assert_eq!(rsa_bits(&info), Some(1024));
        assert_eq!(rsa_bits(&info[..info.len() - 1]), None);
    }
}
