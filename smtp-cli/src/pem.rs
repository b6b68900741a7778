//! Files with certificates and keys: reads PEM, and identifies other files with the command that
//! converts them.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

/// The certificates of all public authorities take a tenth of this.
const LARGEST: u64 = 16 * 1024 * 1024;

const UTF_8_MARK: &[u8] = b"\xef\xbb\xbf";
const UTF_16_MARKS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// Why a file cannot be used.
#[derive(Debug)]
pub(crate) enum Unusable {
    Unreadable(io::Error),
    /// What the file is instead, and what to do.
    Wrong(String),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "it cannot be read: {error}"),
            Self::Wrong(what) => f.write_str(what),
        }
    }
}

/// Returns all certificates in a file, at least one.
pub(crate) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Unusable> {
    let file = read(path)?;
    let text = without_mark(&file);
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    let malformed = match found {
        Ok(found) if !found.is_empty() => return Ok(found),
        found => found.is_err(),
    };
    Err(Unusable::Wrong(match of_other_form(text, path) {
        Some(told) => told,
        None => not_certificates(text, path, malformed),
    }))
}

/// Returns the first private key in a file.
pub(crate) fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, Unusable> {
    let file = read(path)?;
    let text = without_mark(&file);
    let is_encrypted = labels(text).any(|label| label == "ENCRYPTED PRIVATE KEY")
        || has_line(text, "Proc-Type: 4,ENCRYPTED");
    if is_encrypted {
        return Err(Unusable::Wrong(encrypted(path, "")));
    }
    PrivateKeyDer::from_pem_slice(text).map_err(|_| {
        Unusable::Wrong(match of_other_form(text, path) {
            Some(told) => told,
            None => not_a_key(text, path),
        })
    })
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Unusable> {
    let mut file = Zeroizing::new(Vec::new());
    let read = File::open(path).and_then(|opened| opened.take(LARGEST + 1).read_to_end(&mut file));
    match read {
        Err(error) => Err(Unusable::Unreadable(error)),
        Ok(_) if file.len() as u64 > LARGEST => Err(Unusable::Wrong(format!(
            "it has more than {LARGEST} bytes, which no certificates and keys have"
        ))),
        Ok(_) => Ok(file),
    }
}

/// Removes the mark that editors of Windows put before a text.
fn without_mark(file: &[u8]) -> &[u8] {
    file.strip_prefix(UTF_8_MARK).unwrap_or(file)
}

/// Returns the labels of the sections: `CERTIFICATE` for `-----BEGIN CERTIFICATE-----`.
fn labels(text: &[u8]) -> impl Iterator<Item = &str> {
    let lines = text
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .filter_map(|line| std::str::from_utf8(line).ok());
    lines.filter_map(|line| {
        line.trim()
            .strip_prefix("-----BEGIN ")?
            .strip_suffix("-----")
    })
}

fn has_line(text: &[u8], wanted: &str) -> bool {
    text.split(|byte| matches!(byte, b'\r' | b'\n'))
        .any(|line| line.trim_ascii() == wanted.as_bytes())
}

/// Identifies a file that is not PEM.
fn of_other_form(file: &[u8], path: &Path) -> Option<String> {
    if file.is_empty() {
        return Some("it is empty".to_owned());
    }
    if UTF_16_MARKS.iter().any(|mark| file.starts_with(mark)) {
        return Some(format!(
            "it is text in UTF-16; {}",
            by(&["iconv -f UTF-16 -t UTF-8", &quoted(path), ">", &out(path)])
        ));
    }
    if file.starts_with(b"\xfe\xed\xfe\xed") {
        return Some(format!(
            "it is a Java key store; {}, which is then converted by `openssl pkcs12`",
            by(&[
                "keytool -importkeystore -deststoretype PKCS12 -srckeystore",
                &quoted(path),
                "-destkeystore FILE.p12"
            ])
        ));
    }
    match Der::of(file)? {
        Der::Certificate => Some(format!(
            "it is a certificate in DER, the binary form; {}",
            openssl("x509 -inform DER", path)
        )),
        Der::Key => Some(format!(
            "it is a key in DER, the binary form; {}",
            openssl("pkey -inform DER", path)
        )),
        Der::EncryptedKey => Some(encrypted(path, "-inform DER ")),
        Der::PublicKey => Some(
            "it is a public key in DER: the private key is needed, or the certificate".to_owned(),
        ),
        Der::Request => Some(REQUEST.to_owned()),
        Der::Pkcs12 => Some(format!(
            "it is a PKCS#12 file (.p12, .pfx), which has certificate and key in one; {}, which then serves as both \
             (with `-legacy` where an old program made it)",
            openssl("pkcs12 -nodes", path)
        )),
        Der::Pkcs7 => Some(format!(
            "it is a PKCS#7 file (.p7b), which holds certificates; {}",
            openssl("pkcs7 -inform DER -print_certs", path)
        )),
    }
}

const REQUEST: &str = "it is a certificate request (CSR): an authority makes the certificate from it, and that certificate is needed";

fn not_certificates(text: &[u8], path: &Path, malformed: bool) -> String {
    let has = |word: &str| labels(text).any(|label| label.ends_with(word));
    if has("CERTIFICATE REQUEST") {
        REQUEST.to_owned()
    } else if has("TRUSTED CERTIFICATE") {
        format!(
            "it is a certificate in OpenSSL's own form; {}",
            openssl("x509", path)
        )
    } else if has("PKCS7") || has("CMS") {
        format!(
            "it is a PKCS#7 file (.p7b), which holds certificates; {}",
            openssl("pkcs7 -print_certs", path)
        )
    } else if has("CERTIFICATE") && malformed {
        "a certificate in it is damaged: its PEM section is cut short, or is no base64".to_owned()
    } else if has("PRIVATE KEY") {
        "it holds a private key, and no certificate: certificate and key may be swapped".to_owned()
    } else {
        nothing_of("certificate", "CERTIFICATE")
    }
}

fn not_a_key(text: &[u8], path: &Path) -> String {
    let has = |word: &str| labels(text).any(|label| label.ends_with(word));
    if has("OPENSSH PRIVATE KEY") {
        let convert = by(&["ssh-keygen -p -N '' -m PKCS8 -f", &quoted(path)]);
        format!(
            "it is a key in OpenSSH's own form; {convert} converts it in its place: work on a copy"
        )
    } else if has("PRIVATE KEY") {
        "the key in it is damaged: its PEM section is cut short, or is no base64".to_owned()
    } else if has("CERTIFICATE REQUEST") {
        "it is a certificate request (CSR), and holds no private key".to_owned()
    } else if has("CERTIFICATE") {
        "it holds a certificate, and no private key: certificate and key may be swapped".to_owned()
    } else if has("PUBLIC KEY") {
        "it holds a public key: the private key is needed".to_owned()
    } else {
        nothing_of("private key", "PRIVATE KEY")
    }
}

fn nothing_of(what: &str, label: &str) -> String {
    format!("there is no {what} in it: in PEM one begins with the line `-----BEGIN {label}-----`")
}

fn encrypted(path: &Path, form: &str) -> String {
    let decrypt = by(&[
        "openssl pkey",
        &format!("{form}-in"),
        &quoted(path),
        "-out",
        &out(path),
    ]);
    format!(
        "the key in it is encrypted with a passphrase, which is not asked for; {decrypt} decrypts it: let nobody else \
         read the result"
    )
}

fn openssl(command: &str, path: &Path) -> String {
    format!(
        "{} converts it",
        by(&["openssl", command, "-in", &quoted(path), "-out", &out(path)])
    )
}

fn by(words: &[&str]) -> String {
    format!("`{}`", words.join(" "))
}

/// Quotes a path for a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte);
    if text.bytes().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn out(path: &Path) -> String {
    let mut name = path.as_os_str().to_owned();
    name.push(".converted.pem");
    quoted(Path::new(&name))
}

/// The contents of a file in DER, identified by its first fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Der {
    Certificate,
    Key,
    EncryptedKey,
    PublicKey,
    Request,
    Pkcs12,
    Pkcs7,
}

impl Der {
    fn of(file: &[u8]) -> Option<Self> {
        const INTEGER: u8 = 0x02;
        const BIT_STRING: u8 = 0x03;
        const OCTET_STRING: u8 = 0x04;
        const OBJECT_IDENTIFIER: u8 = 0x06;
        const SEQUENCE: u8 = 0x30;
        const VERSION: u8 = 0xa0;
        let (SEQUENCE, content, _) = take(file)? else {
            return None;
        };
        let (tag, first, rest) = take(content)?;
        let next = take(rest).map(|(tag, ..)| tag);
        match (tag, next) {
            // RFC 7292 section 4: the version of a PFX is 3.
            (INTEGER, Some(SEQUENCE)) if first == [3] => Some(Self::Pkcs12),
            // RFC 5958, RFC 8017 and RFC 5915.
            (INTEGER, Some(SEQUENCE | INTEGER | OCTET_STRING)) => Some(Self::Key),
            (OBJECT_IDENTIFIER, _) => Some(Self::Pkcs7),
            (SEQUENCE, next) => {
                let (tag, inner, _) = take(first)?;
                match (tag, next) {
                    (OBJECT_IDENTIFIER, Some(OCTET_STRING)) => Some(Self::EncryptedKey),
                    (OBJECT_IDENTIFIER, Some(BIT_STRING)) => Some(Self::PublicKey),
                    // RFC 2986: the version of a request is 0. A certificate of version 1 begins with a serial number.
                    (INTEGER, _) if inner == [0] => Some(Self::Request),
                    (VERSION | INTEGER, _) => Some(Self::Certificate),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// Returns the tag of the first value, its content as far as present, and the rest.
fn take(input: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = input.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        // An indefinite length, which files of PKCS#12 and PKCS#7 may have.
        0x80 => (rest.len(), rest),
        0x81..=0x84 => {
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
    let (content, rest) = rest.split_at(length.min(rest.len()));
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    /// Returns the errors for a file with this content, as a certificate and as a key.
    fn told(content: &[u8]) -> (String, String) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        std::fs::write(&path, content).expect("a file");
        let told = |error: Option<Unusable>| {
            error.map_or_else(String::new, |error| {
                error
                    .to_string()
                    .replace(&path.display().to_string(), "FILE")
            })
        };
        (
            told(certificates(&path).err()),
            told(private_key(&path).err()),
        )
    }

    fn assert_told(content: &[u8], words: &[&str]) {
        let (certificate, key) = told(content);
        for word in words {
            assert!(
                certificate.contains(word) && key.contains(word),
                "{word}: {certificate} | {key}"
            );
        }
    }

    #[test]
    fn certificate_and_key_are_read_with_a_mark_and_crlf() {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(["a.test".to_owned()]).expect("parameters");
        let certificate = params.self_signed(&key).expect("a certificate");
        let both =
            format!("\u{feff}{}{}", key.serialize_pem(), certificate.pem()).replace('\n', "\r\n");
        assert_eq!(told(both.as_bytes()), (String::new(), String::new()));
    }

    #[test]
    fn binary_files_are_told_by_what_they_hold() {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(["a.test".to_owned()]).expect("parameters");
        let certificate = params.self_signed(&key).expect("a certificate");
        let request = params.serialize_request(&key).expect("a request");
        assert_told(
            certificate.der(),
            &["a certificate in DER", "`openssl x509 -inform DER -in FILE"],
        );
        assert_told(
            &key.serialize_der(),
            &["a key in DER", "`openssl pkey -inform DER -in FILE"],
        );
        assert_told(request.der(), &["certificate request"]);
        // The first fields of each, as OpenSSL writes them; lengths as of the whole file.
        let pkcs12 = b"\x30\x82\x0a\x07\x02\x01\x03\x30\x82\x09\xbd\x06\x09";
        assert_told(pkcs12, &["PKCS#12", "`openssl pkcs12 -nodes -in FILE"]);
        let pkcs7 = b"\x30\x82\x06\x0e\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x82";
        assert_told(
            pkcs7,
            &["PKCS#7", "`openssl pkcs7 -inform DER -print_certs -in FILE"],
        );
        let encrypted = b"\x30\x12\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d\x04\x03abc";
        assert_told(
            encrypted,
            &["encrypted", "`openssl pkey -inform DER -in FILE"],
        );
        assert_told(
            "\u{feff}a"
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect::<Vec<_>>()
                .as_slice(),
            &["UTF-16"],
        );
        assert_told(b"", &["empty"]);
        assert_told(b"neither", &["there is no "]);
    }

    #[test]
    fn sections_of_another_kind_are_told() {
        let section = |label: &str, more: &str| {
            format!("-----BEGIN {label}-----\n{more}AAAA\n-----END {label}-----\n")
        };
        let certificate = |label: &str| told(section(label, "").as_bytes()).0;
        let key = |label: &str, more: &str| told(section(label, more).as_bytes()).1;
        assert!(certificate("PRIVATE KEY").contains("may be swapped"));
        assert!(certificate("CERTIFICATE REQUEST").contains("an authority makes the certificate"));
        assert!(
            certificate("NEW CERTIFICATE REQUEST").contains("an authority makes the certificate")
        );
        assert!(certificate("TRUSTED CERTIFICATE").contains("`openssl x509 -in FILE"));
        assert!(certificate("PKCS7").contains("`openssl pkcs7 -print_certs -in FILE"));
        assert!(key("CERTIFICATE", "").contains("may be swapped"));
        assert!(key("PUBLIC KEY", "").contains("private key is needed"));
        assert!(key("OPENSSH PRIVATE KEY", "").contains("OpenSSH"));
        assert!(key("ENCRYPTED PRIVATE KEY", "").contains("`openssl pkey -in FILE"));
        let header = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n";
        assert!(key("RSA PRIVATE KEY", header).contains("encrypted with a passphrase"));
        let cut = "-----BEGIN CERTIFICATE-----\nAAAA\n";
        assert!(told(cut.as_bytes()).0.contains("damaged"));
    }

    #[test]
    fn a_path_is_quoted_as_a_shell_takes_it() {
        assert_eq!(
            quoted(Path::new("/etc/mail-1/a_b.pem")),
            "/etc/mail-1/a_b.pem"
        );
        assert_eq!(quoted(Path::new("it's mine.pem")), r"'it'\''s mine.pem'");
    }
}
