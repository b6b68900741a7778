//! What real servers say, and messages as they are sent.

/// The answer of Exchange Online to EHLO, before a login.
pub const EXCHANGE_EHLO: &[u8] = b"250-SY5P282CA0097.outlook.office365.com Hello [192.0.2.1]\r\n250-SIZE 157286400\r\n\
    250-PIPELINING\r\n250-DSN\r\n250-ENHANCEDSTATUSCODES\r\n250-AUTH LOGIN XOAUTH2\r\n250-8BITMIME\r\n\
    250-BINARYMIME\r\n250-CHUNKING\r\n250 SMTPUTF8\r\n";

/// The answer of Gmail to EHLO, before TLS.
pub const GMAIL_EHLO: &[u8] = b"250-smtp.gmail.com at your service, [192.0.2.1]\r\n250-SIZE 35882577\r\n\
    250-8BITMIME\r\n250-STARTTLS\r\n250-ENHANCEDSTATUSCODES\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 SMTPUTF8\r\n";

/// A refusal of Gmail's.
pub const GMAIL_550: &[u8] = b"550-5.7.26 This mail has been blocked because the sender is unauthenticated.\r\n\
    550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.\r\n550-5.7.26 \r\n\
    550-5.7.26  Authentication results:\r\n550-5.7.26  DKIM = did not pass\r\n\
    550-5.7.26  SPF [relay.example.com] with ip: [192.0.2.1] = did not pass\r\n550-5.7.26 \r\n\
    550-5.7.26  For instructions on setting up authentication, go to\r\n\
    550 5.7.26  https://support.google.com/mail/answer/81126#authentication c2-20020a170902.127 - gsmtp\r\n";

/// A reply of a thousand lines.
pub fn thousand_lines() -> Vec<u8> {
    format!(
        "{}250 2.0.0 the last of them\r\n",
        "250-2.0.0 one of many\r\n".repeat(999)
    )
    .into()
}

/// What a pipelining client gets for a list of recipients.
pub fn ten_thousand_replies() -> Vec<u8> {
    b"250 2.1.5 Recipient OK\r\n".repeat(10_000)
}

/// What fills a line of a message, its CRLF apart.
const COLUMNS: usize = 76;

/// Prose in lines of 76 columns.
pub fn text(octets: usize) -> Vec<u8> {
    const WORDS: [&str; 12] = [
        "the", "mail", "is", "on", "its", "way.", "Whoever", "waits", "for", "it", "waits", "well,",
    ];
    let mut words = scatter().map(|n| WORDS[n % WORDS.len()]);
    let mut line = || {
        let mut line = String::new();
        while line.len() < COLUMNS {
            line.push_str(words.next().unwrap_or_default());
            line.push(' ');
        }
        line.truncate(COLUMNS);
        line.into_bytes()
    };
    fill(octets, b"\r\n", &mut line)
}

/// An attachment: base64 in lines of 76 columns.
pub fn base64(octets: usize) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut letters = scatter().map(|n| ALPHABET[n % ALPHABET.len()]);
    fill(octets, b"\r\n", &mut || {
        letters.by_ref().take(COLUMNS).collect()
    })
}

/// Each line but the first begins with a dot: mail-send forgets about the first.
pub fn dots(octets: usize) -> Vec<u8> {
    let mut letters = scatter().map(|n| b"abcdefgh"[n % 8]);
    let mut first = std::iter::once(b'a').chain(std::iter::repeat(b'.'));
    fill(octets, b"\r\n", &mut || {
        first
            .next()
            .into_iter()
            .chain(letters.by_ref().take(COLUMNS - 1))
            .collect()
    })
}

/// Each line ends in LF alone, as a file on Unix has it.
pub fn bare_lf(octets: usize) -> Vec<u8> {
    let mut letters = scatter().map(|n| b"abcdefgh"[n % 8]);
    fill(octets, b"\n", &mut || {
        letters.by_ref().take(COLUMNS).collect()
    })
}

fn fill(octets: usize, end: &[u8], line: &mut dyn FnMut() -> Vec<u8>) -> Vec<u8> {
    let mut message = Vec::with_capacity(octets + COLUMNS + 2);
    while message.len() < octets {
        message.extend_from_slice(&line());
        message.extend_from_slice(end);
    }
    message
}

/// Numbers without a pattern that a branch predictor could learn, the same in every run.
fn scatter() -> impl Iterator<Item = usize> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    std::iter::from_fn(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).ok()
    })
}
