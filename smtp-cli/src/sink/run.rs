//! The command `smtp sink`.

use std::fs;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use mailwright_proto::reply::EscapedJson;
use serde_json::json;
use signal_hook::consts::{SIGINT, SIGTERM};
use zeroize::Zeroizing;

use crate::secrets::line;
use crate::whole_file::WholeFile;

use super::printer::Printer;
use super::{Account, ServerTls, Sink, SinkError, SinkOptions, SinkSecurity, Storage, Stored};

/// How soon a signal is noticed.
const SIGNAL_CHECK: Duration = Duration::from_millis(100);

/// The time to print the last lines after the sink is stopped.
const LAST_LINES: Duration = Duration::from_secs(2);

/// The number of messages that may wait for the reader. One with a thousand recipients takes a
/// quarter of a megabyte.
const QUEUE: usize = 64;

/// Options of `smtp sink`.
#[derive(Args, Clone, Debug)]
pub struct SinkArgs {
    /// Where to listen; port 0 takes any free port
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0", value_parser = address)]
    listen: SocketAddr,
    /// Keep the messages in this Maildir, which is made if it is not there
    #[arg(long, value_name = "DIR")]
    maildir: Option<PathBuf>,
    /// Demand a login as this user; without it any login is accepted, and none is needed
    #[arg(long, value_name = "NAME", requires = "password_file")]
    user: Option<String>,
    /// The user's password, which is also the OAuth 2.0 token
    #[arg(long, value_name = "FILE", requires = "user")]
    password_file: Option<PathBuf>,
    /// How connections are protected
    #[arg(long, value_enum, default_value = "starttls")]
    security: Protection,
    /// The server's certificate chain, instead of a throw-away one
    #[arg(long, value_name = "PEM", requires = "key")]
    cert: Option<PathBuf>,
    /// The certificate's private key
    #[arg(long, value_name = "PEM", requires = "cert")]
    key: Option<PathBuf>,
    /// Write the throw-away CA here, for clients to trust
    #[arg(long, value_name = "FILE", conflicts_with = "cert")]
    ca_out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Protection {
    #[value(name = "starttls")]
    StartTls,
    Tls,
    None,
}

/// Runs `smtp sink` until SIGINT, SIGTERM, or until nobody reads its output any more.
#[must_use]
pub fn run(args: &SinkArgs) -> ExitCode {
    match serve(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("smtp sink: {error}");
            ExitCode::from(error.exit_status())
        }
    }
}

fn serve(args: &SinkArgs) -> Result<(), SinkError> {
    let options = options(args)?;
    // Before the first line, so that whoever has read it may send a signal.
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).map_err(SinkError::System)?;
    }
    let mut sink = Sink::start(options)?;
    let outcome = report(&mut sink, &stop);
    sink.stop();
    match outcome {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) if error.kind() == ErrorKind::TimedOut => {
            eprintln!("smtp sink: {error}");
            Ok(())
        }
        other => other.map_err(SinkError::System),
    }
}

fn report(sink: &mut Sink, stop: &AtomicBool) -> io::Result<()> {
    let printer = Printer::start(io::stdout())?;
    let is_stopped = || stop.load(Ordering::Relaxed);
    let mut next = Some(format!("listening on {}", sink.local_addr()));
    while !is_stopped() {
        // While a line waits for the reader, messages stay in the queue, and with a full queue clients wait, too.
        next = next
            .take()
            .and_then(|line| printer.print(line, is_stopped).err());
        if next.is_some() {
            break;
        }
        match sink.messages().recv_timeout(SIGNAL_CHECK) {
            Ok(message) => next = Some(line(&message)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    sink.stop();
    let until = Instant::now() + LAST_LINES;
    let mut rest = next
        .into_iter()
        .chain(sink.messages().try_iter().map(|message| line(&message)));
    // `finish` reports lines that were not printed.
    let _ = rest.try_for_each(|line| printer.print(line, || Instant::now() >= until));
    printer.finish(until)
}

fn line(message: &Stored) -> String {
    let object = json!({
        "from": message.from,
        "to": message.to,
        "size": message.size,
        "file": message.file.as_deref().map(Path::to_string_lossy),
        "tls": message.tls,
        "auth": message.auth,
    });
    EscapedJson(&object.to_string()).to_string()
}

fn options(args: &SinkArgs) -> Result<SinkOptions, SinkError> {
    let account = match (&args.user, &args.password_file) {
        (Some(user), Some(file)) => Some(Account::new(user, password(file)?.to_vec())),
        _ => None,
    };
    // Nobody reads a message's content out of this process's memory.
    let storage = args
        .maildir
        .clone()
        .map_or(Storage::Discard, Storage::Maildir);
    Ok(SinkOptions {
        listen: args.listen,
        storage,
        account,
        security: security(args)?,
        queue: QUEUE,
        ..SinkOptions::default()
    })
}

fn security(args: &SinkArgs) -> Result<SinkSecurity, SinkError> {
    if matches!(args.security, Protection::None) {
        if args.cert.is_some() || args.ca_out.is_some() {
            return Err(SinkError::Usage(
                "--security none has no certificate: leave out --cert, --key and --ca-out"
                    .to_owned(),
            ));
        }
        return Ok(SinkSecurity::None);
    }
    let tls = match (&args.cert, &args.key) {
        (Some(certificate), Some(key)) => ServerTls::from_pem_files(certificate, key)?,
        _ => ServerTls::throw_away()?,
    };
    if let (Some(path), Some(authority)) = (&args.ca_out, tls.authority()) {
        let written = WholeFile::open(path).and_then(|file| file.write(authority.pem()));
        written.map_err(|source| SinkError::Unwritable {
            path: path.clone(),
            source,
        })?;
    }
    Ok(match args.security {
        Protection::Tls => SinkSecurity::Tls(tls),
        Protection::StartTls | Protection::None => SinkSecurity::StartTls(tls),
    })
}

/// Reads the password, which is the one line of the file.
fn password(file: &Path) -> Result<Zeroizing<Vec<u8>>, SinkError> {
    let mut content =
        fs::read(file)
            .map(Zeroizing::new)
            .map_err(|error| SinkError::Unreadable {
                path: file.to_owned(),
                detail: error.to_string(),
            })?;
    line::only(&mut content).map_err(|fault| {
        SinkError::Usage(format!("--password-file {}: {fault}", file.display()))
    })?;
    Ok(content)
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.to_socket_addrs()
        .map_err(|error| format!("{error}; use an address and a port, like 127.0.0.1:2525"))?
        .next()
        .ok_or_else(|| "the name has no address".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        sink: SinkArgs,
    }

    fn parse(args: &[&str]) -> Result<SinkArgs, clap::Error> {
        Cli::try_parse_from([&["sink"], args].concat()).map(|cli| cli.sink)
    }

    #[test]
    fn a_password_is_the_one_line_of_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        let cases: [(&[u8], Option<&[u8]>); 8] = [
            (b"secret", Some(b"secret")),
            (b"secret\n", Some(b"secret")),
            (b"secret\r\n", Some(b"secret")),
            (b"secret\n\n", None),
            (b"secret\r", None),
            (b" \xff \n", Some(b" \xff ")),
            (b"sec\0ret", None),
            (b"\n", None),
        ];
        for (content, expected) in cases {
            fs::write(&file, content).unwrap();
            let read = password(&file).ok();
            assert_eq!(read.as_deref().map(Vec::as_slice), expected, "{content:?}");
        }
        let missing = password(&folder.path().join("missing")).unwrap_err();
        assert_eq!(missing.exit_status(), 66);
    }

    #[test]
    fn a_message_is_one_line_of_json_with_the_keys_in_order() {
        let message = Stored {
            from: String::new(),
            to: vec!["a@b.test".to_owned(), "\"x\n\u{202e}\"@c.test".to_owned()],
            size: 12,
            file: Some(PathBuf::from("/mail/new/1")),
            tls: true,
            auth: None,
            content: None,
        };
        let expected = r#"{"from":"","to":["a@b.test","\"x\n\u202e\"@c.test"],"size":12,"file":"/mail/new/1","tls":true,"auth":null}"#;
        assert_eq!(line(&message), expected);
    }

    #[test]
    fn options_that_do_not_go_together_are_refused() {
        let alone = [
            &["--user", "bob"][..],
            &["--password-file", "p"],
            &["--cert", "c"],
            &["--key", "k"],
            &["--cert", "c", "--key", "k", "--ca-out", "o"],
            &["--listen", "127.0.0.1"],
            &["--security", "opportunistic"],
        ];
        for args in alone {
            assert!(parse(args).is_err(), "{args:?}");
        }
        for rest in [&["--ca-out", "o"][..], &["--cert", "c", "--key", "k"]] {
            let args = parse(&[&["--security", "none"], rest].concat()).unwrap();
            assert_eq!(options(&args).unwrap_err().exit_status(), 64);
        }
    }

    #[test]
    fn the_throw_away_ca_is_written_where_it_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let args = parse(&["--ca-out", file.to_str().unwrap()]).unwrap();
        let SinkSecurity::StartTls(tls) = options(&args).unwrap().security else {
            panic!("STARTTLS is the default");
        };
        assert_eq!(
            fs::read_to_string(file).unwrap(),
            tls.authority().unwrap().pem()
        );
    }
}
