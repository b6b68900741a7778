//! The servers, a folder of logins, and the command between them.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use smtp_canary::{leaks, register};
use smtp_tests::person::Person;
use smtp_tests::servers::{Door, Message, Servers, USER, program};
use tempfile::TempDir;
use ureq::Agent;

/// A run of the command that has ended.
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().expect("an exit status"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

impl Run {
    /// The one JSON object on standard output.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }
}

/// A command that waits for a person, and is ended where none comes.
struct Running(Option<Child>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// How an application is registered.
#[derive(Default)]
pub(crate) struct Registration {
    pub(crate) is_service: bool,
    pub(crate) access_ttl: Option<u64>,
    pub(crate) refresh_ttl: Option<u64>,
    /// Its authentication method, instead of the usual one of its kind
    /// (OpenID Connect Registration section 2).
    pub(crate) method: Option<&'static str>,
    /// Its public key, as a JSON Web Key.
    pub(crate) key: Option<Value>,
    /// Whether it gets a refresh token for the scope offline_access only.
    pub(crate) strict_offline: bool,
}

/// A registered application.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// The servers, and one user's folder of logins.
pub(crate) struct Site {
    pub(crate) servers: Servers,
    folder: TempDir,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self {
            servers: Servers::running(),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// Somebody who logs in as the user of the mail server.
    pub(crate) fn person(&self) -> Person {
        Person::new(USER, &self.servers.ca_file())
    }

    /// Registers an application of the test's own (RFC 7591).
    pub(crate) fn register(&self, registration: &Registration) -> Client {
        let mut asked = match registration.is_service {
            true => json!({
                "grant_types": ["client_credentials"],
                "redirect_uris": [],
                "response_types": [],
                "token_endpoint_auth_method": "client_secret_post",
                "mailbox": USER,
            }),
            false => json!({
                "application_type": "native",
                "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
                "redirect_uris": ["http://localhost", "http://127.0.0.1"],
                "response_types": ["code"],
                "token_endpoint_auth_method": "none",
            }),
        };
        if let Some(method) = registration.method {
            asked["token_endpoint_auth_method"] = method.into();
        }
        if let Some(key) = &registration.key {
            asked["jwks"] = json!({"keys": [key]});
        }
        if registration.strict_offline {
            asked["strict_offline"] = true.into();
        }
        for (name, seconds) in [
            ("access_ttl", registration.access_ttl),
            ("refresh_ttl", registration.refresh_ttl),
        ] {
            if let Some(seconds) = seconds {
                asked[name] = seconds.into();
            }
        }
        let agent: Agent = smtp_tests::person::agent(&self.servers.ca_file());
        let answer = agent
            .post(format!("{}/register", self.servers.oauth()))
            .content_type("application/json")
            .send(asked.to_string());
        let text = answer
            .expect("an answer")
            .body_mut()
            .read_to_string()
            .expect("a text");
        let answer: Value = serde_json::from_str(&text).expect("JSON");
        let secret = answer["client_secret"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        if !secret.is_empty() {
            register(&secret);
        }
        Client {
            id: answer["client_id"]
                .as_str()
                .unwrap_or_else(|| panic!("{text}"))
                .to_owned(),
            secret,
        }
    }

    /// The command, with this site's folder of logins.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.command_of(program(), arguments)
    }

    /// Another program, which may run the command.
    pub(crate) fn command_of(&self, program: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env("SMTP_TOKEN_DIR", self.folder.path());
        command.env_remove("SMTP_PASSWORD").env_remove("SMTP_TOKEN");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().expect("the command")
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.command(arguments)
            .output()
            .expect("the command")
            .into()
    }

    /// What a login says of the issuer: a cloud of Microsoft's, but here.
    pub(crate) fn issuer_options(&self) -> Vec<String> {
        let (oauth, tenant) = (self.servers.oauth(), self.servers.oauth_tenant());
        let ca_file = self.servers.ca_file();
        let revocation = format!("{oauth}/{tenant}/oauth2/v2.0/revoke");
        [
            "--provider",
            "microsoft",
            "--authority",
            oauth,
            "--tenant",
            tenant,
            "--revocation-endpoint",
            &revocation,
        ]
        .into_iter()
        .chain(["--ca-file", &ca_file.to_string_lossy()])
        .map(str::to_owned)
        .collect()
    }

    /// Returns the options that describe the same issuer by its endpoints only.
    pub(crate) fn own_issuer_options(&self) -> Vec<String> {
        let root = format!(
            "{}/{}/oauth2/v2.0",
            self.servers.oauth(),
            self.servers.oauth_tenant()
        );
        let endpoints = [
            ("--token-endpoint", "token"),
            ("--authorization-endpoint", "authorize"),
            ("--device-endpoint", "devicecode"),
            ("--revocation-endpoint", "revoke"),
        ];
        let ca_file = self.servers.ca_file().to_string_lossy().into_owned();
        let endpoints = endpoints
            .into_iter()
            .flat_map(|(option, path)| [option.to_owned(), format!("{root}/{path}")]);
        endpoints.chain(["--ca-file".to_owned(), ca_file]).collect()
    }

    /// Logs in under this name by this flow; a person does the rest.
    pub(crate) fn log_in(
        &self,
        client: &Client,
        profile: &str,
        flow: &str,
        person: &mut Person,
    ) -> Run {
        if flow == "client-credentials" {
            let secret = self.secret_file(&client.secret);
            return self.finish(
                self.login(client, profile, flow, &["--client-secret-file", &secret]),
                None,
            );
        }
        self.finish(self.login(client, profile, flow, &[]), Some(person))
    }

    /// Logs in as an application with this secret, under the name `service`.
    pub(crate) fn service_login(&self, client: &Client, secret: &str, more: &[&str]) -> Run {
        let file = self.secret_file(secret);
        let options = [&["--client-secret-file", &file][..], more].concat();
        self.finish(
            self.login(client, "service", "client-credentials", &options),
            None,
        )
    }

    fn login(&self, client: &Client, profile: &str, flow: &str, more: &[&str]) -> Command {
        let mut command = self.command(&["token", "login", profile, "--json", "--user", USER]);
        if !more.contains(&"--flow") {
            command.args(["--flow", flow]);
        }
        command
            .args(["--client-id", &client.id, "--wait", "60"])
            .args(self.issuer_options())
            .args(more);
        command
    }

    /// Creates a file with this secret.
    pub(crate) fn secret_file(&self, secret: &str) -> String {
        let path = self.folder.path().join("client-secret");
        fs::write(&path, format!("{secret}\n")).expect("written");
        path.to_string_lossy().into_owned()
    }

    /// Runs a login; a person opens the first page that it names.
    pub(crate) fn finish(&self, command: Command, person: Option<&mut Person>) -> Run {
        let open = person.map(|person| |page: &str| drop(person.log_in(page)));
        self.finish_with(command, open)
    }

    /// Runs a login; the first page that it names is given to `open`.
    pub(crate) fn finish_with(
        &self,
        mut command: Command,
        mut open: Option<impl FnOnce(&str)>,
    ) -> Run {
        let mut running = Running(Some(command.spawn().expect("the command")));
        let mut stderr = BufReader::new(
            running
                .0
                .as_mut()
                .and_then(|child| child.stderr.take())
                .expect("a pipe"),
        );
        let mut told = String::new();
        let mut line = String::new();
        while stderr.read_line(&mut line).expect("a line") > 0 {
            told += &line;
            // The page with the code in it is named last, and the page of a browser is the only one.
            let page = line
                .split_whitespace()
                .find(|word| word.starts_with("http") && word.contains('?'));
            if let (Some(page), Some(open)) = (page, open.take_if(|_| page.is_some())) {
                open(page);
            }
            line.clear();
        }
        let output = running
            .0
            .take()
            .expect("a child")
            .wait_with_output()
            .expect("its end");
        Run {
            stderr: told,
            ..Run::from(output)
        }
    }

    /// Sends through the submission port, by STARTTLS.
    pub(crate) fn send(&self, profile: &str, message: &Message, more: &[&str]) -> Run {
        let file = self.folder.path().join("message");
        fs::write(&file, message.bytes()).expect("written");
        let (host, port) = self.servers.address(Door::Submission);
        let server = format!("{host}:{port}");
        let ca_file = self.servers.ca_file();
        let mut command = self.command(&[
            "send", "--json", "-v", "--server", &server, "--oauth", profile,
        ]);
        command
            .arg("--ca-file")
            .arg(ca_file)
            .args(["--from", USER, "--to", USER])
            .args(more)
            .arg(file);
        command.output().expect("the command").into()
    }

    /// Looks whether the submission port can be used with a login.
    pub(crate) fn check(&self, profile: &str) -> Run {
        let (host, port) = self.servers.address(Door::Submission);
        let ca_file = self.servers.ca_file();
        let mut command = self.command(&[
            "check",
            "--json",
            "--server",
            &format!("{host}:{port}"),
            "--oauth",
            profile,
        ]);
        command
            .arg("--ca-file")
            .arg(ca_file)
            .output()
            .expect("the command")
            .into()
    }

    /// The folder of logins.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where a login is kept.
    pub(crate) fn file(&self, profile: &str) -> PathBuf {
        self.folder.path().join(format!("{profile}.json"))
    }

    /// Keeps these octets as a login, for its owner alone.
    pub(crate) fn put_back(&self, profile: &str, octets: &[u8]) {
        use std::os::unix::fs::PermissionsExt;
        fs::write(self.file(profile), octets).expect("written");
        fs::set_permissions(self.file(profile), fs::Permissions::from_mode(0o600)).expect("a mode");
    }

    /// As if the token of a login were about to expire.
    pub(crate) fn make_stale(&self, profile: &str) {
        let mut kept = self.kept(profile);
        let obtained = kept["obtained"].as_u64().expect("a time");
        kept["expires"] = (obtained + 1).into();
        kept["obtained"] = (obtained - 3600).into();
        self.put_back(profile, kept.to_string().as_bytes());
    }

    /// How often the server granted an application something this way.
    pub(crate) fn granted(&self, client: &Client, grant: &str) -> usize {
        let log = self.servers.oauth_log();
        let lines = log
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let wanted = json!({"event": "granted", "grant": grant, "client": client.id});
        lines.filter(|line| *line == wanted).count()
    }

    /// A failure of the login itself, with the error's name, and something to do.
    pub(crate) fn assert_refused(&self, run: &Run, error: &str, fix: &str) {
        let object = run.json();
        let failure = &object["failure"];
        assert_eq!(
            (run.status, &failure["cause"]),
            (77, &json!("oauth-token-rejected")),
            "{}",
            run.stderr
        );
        assert_eq!(
            (&failure["phase"], &object["expires"]),
            (&json!("auth"), &json!(null)),
            "{object}"
        );
        assert!(
            failure["detail"]
                .as_str()
                .is_some_and(|detail| detail.contains(error)),
            "{object}"
        );
        assert!(failure["fix"].to_string().contains(fix), "{object}");
        assert!(
            run.stderr
                .contains(failure["summary"].as_str().expect("a summary")),
            "{}",
            run.stderr
        );
    }

    /// That no token of a login, nor its client's secret, shows in what was printed.
    pub(crate) fn assert_no_secret(&self, profile: &str, runs: &[&Run]) {
        let kept = self.kept(profile);
        let secrets = ["access_token", "refresh_token", "client_secret"]
            .map(|key| kept[key].as_str().map(str::to_owned));
        for secret in secrets.into_iter().flatten() {
            register(&secret);
            for run in runs {
                assert!(
                    !leaks(&run.stdout, &secret) && !leaks(&run.stderr, &secret),
                    "a secret shows"
                );
            }
        }
    }

    fn kept(&self, profile: &str) -> Value {
        let text = fs::read_to_string(self.file(profile)).expect("a file");
        serde_json::from_str(&text).expect("JSON")
    }
}
