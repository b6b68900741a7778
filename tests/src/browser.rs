//! A browser without a window, to look at a page as a reader's does: what it shows, where, and what it asks of whom.

use std::fs;
use std::io;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

/// Debian's browser. `cargo xtask test` installs it.
const PROGRAM: &str = "chromium";

/// Those of a new profile that shall not talk to anyone by itself, in a place that may be a container.
const FLAGS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
];

/// How long anything may take on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is asked of a page once it is there.
const SIGHT: &str = include_str!("browser/sight.js");

/// A running browser, with a profile that nobody has used.
pub struct Browser {
    process: Child,
    profile: TempDir,
    socket: WebSocket<TcpStream>,
    last_id: u64,
    /// What it told without being asked, since the page was begun.
    events: Vec<Value>,
    session: String,
}

/// The screen that a page is looked at on.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// Its width in CSS pixels.
    pub width: u32,
    /// Whether its owner wants dark pages.
    pub dark: bool,
}

/// What was seen.
#[derive(Debug)]
pub struct Sight {
    /// Every address that was asked for, the page's own file apart.
    pub requests: Vec<String>,
    /// Errors of scripts, of the policy, of the page's text.
    pub errors: Vec<String>,
    /// By how many pixels the page is wider than the screen, so that it has to be scrolled sideways.
    pub over: u64,
    /// Texts that are hard to read on what is behind them, with the contrast, from 1 to 21.
    pub faint: Vec<String>,
    /// Parts of pictures that stand out over their edge or over one another.
    pub misplaced: Vec<String>,
}

impl Browser {
    /// Starts one.
    ///
    /// # Panics
    /// Where there is none, which says what to install.
    pub fn start() -> Self {
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let process = Command::new(PROGRAM)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("cannot start {PROGRAM}: {error}; `cargo xtask test` installs it on Debian")
            });
        let socket = connect(profile.path()).expect("the browser's own door");
        let mut browser = Self {
            process,
            profile,
            socket,
            last_id: 0,
            events: Vec::new(),
            session: String::new(),
        };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", attach);
        browser.session = attached["sessionId"]
            .as_str()
            .expect("a session")
            .to_owned();
        for domain in [
            "Page.enable",
            "Network.enable",
            "Runtime.enable",
            "Log.enable",
        ] {
            browser.call(domain, json!({}));
        }
        browser
    }

    /// Opens a page from a file of its own, and looks at it.
    pub fn look(&mut self, html: &str, screen: Screen) -> Sight {
        let file = self.profile.path().join("page.html");
        fs::write(&file, html).expect("the page's file");
        let address = format!("file://{}", file.display());
        let metrics = json!({"width": screen.width, "height": 800, "deviceScaleFactor": 1, "mobile": screen.width < 600});
        self.call("Emulation.setDeviceMetricsOverride", metrics);
        let scheme = if screen.dark { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.call("Emulation.setEmulatedMedia", features);
        self.events.clear();
        self.call("Page.navigate", json!({"url": address}));
        self.await_event("Page.loadEventFired");
        let seen = self.evaluate(SIGHT);
        let texts = |key: &str| {
            seen[key]
                .as_array()
                .into_iter()
                .flatten()
                .map(as_text)
                .collect()
        };
        Sight {
            requests: self
                .requests()
                .into_iter()
                .filter(|asked| *asked != address)
                .collect(),
            errors: self.errors(),
            over: seen["over"].as_u64().unwrap_or(u64::MAX),
            faint: texts("faint"),
            misplaced: texts("misplaced"),
        }
    }

    /// What an expression of JavaScript comes to on the page.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let result = self.call("Runtime.evaluate", asked);
        assert!(
            result["exceptionDetails"].is_null(),
            "{expression}: {}",
            result["exceptionDetails"]
        );
        result["result"]["value"].clone()
    }

    /// A picture of the whole page, as PNG.
    pub fn picture(&mut self) -> Vec<u8> {
        let taken = self.call(
            "Page.captureScreenshot",
            json!({"captureBeyondViewport": true, "format": "png"}),
        );
        STANDARD
            .decode(taken["data"].as_str().unwrap_or_default())
            .expect("a picture")
    }

    fn requests(&self) -> Vec<String> {
        let asked = self
            .events
            .iter()
            .filter(|event| event["method"] == "Network.requestWillBeSent");
        asked
            .map(|event| as_text(&event["params"]["request"]["url"]))
            .collect()
    }

    fn errors(&self) -> Vec<String> {
        let told = |event: &Value| match event["method"].as_str()? {
            "Runtime.exceptionThrown" => Some(event["params"]["exceptionDetails"].to_string()),
            "Log.entryAdded" => Some(as_text(&event["params"]["entry"]["text"])),
            "Runtime.consoleAPICalled" => Some(event["params"]["args"].to_string()),
            _ => None,
        };
        self.events.iter().filter_map(told).collect()
    }

    fn call(&mut self, method: &str, params: Value) -> Value {
        self.last_id += 1;
        let mut asked = json!({"id": self.last_id, "method": method, "params": params});
        if !self.session.is_empty() {
            asked["sessionId"] = self.session.clone().into();
        }
        self.socket
            .send(Message::text(asked.to_string()))
            .expect("the browser listens");
        loop {
            let told = self.read();
            if told["id"] == self.last_id {
                assert!(told["error"].is_null(), "{method}: {}", told["error"]);
                return told["result"].clone();
            }
            self.events.push(told);
        }
    }

    fn await_event(&mut self, method: &str) {
        while !self.events.iter().any(|event| event["method"] == method) {
            let told = self.read();
            self.events.push(told);
        }
    }

    fn read(&mut self) -> Value {
        loop {
            if let Message::Text(text) = self.socket.read().expect("the browser answers in time") {
                return serde_json::from_str(&text).expect("JSON");
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Asked to end, it ends its helpers as well; one that does not hear is ended without its consent.
        let close = json!({"id": self.last_id + 1, "method": "Browser.close"});
        let asked = self.socket.send(Message::text(close.to_string()));
        let deadline = Instant::now() + Duration::from_secs(10);
        while asked.is_ok() && Instant::now() < deadline {
            if let Ok(Some(_)) = self.process.try_wait() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn as_text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// The browser writes into its profile where it can be talked to.
fn connect(profile: &Path) -> io::Result<WebSocket<TcpStream>> {
    let file = profile.join("DevToolsActivePort");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let text = fs::read_to_string(&file).unwrap_or_default();
        if let Some((port, path)) = text.split_once('\n') {
            let stream = TcpStream::connect(format!("127.0.0.1:{port}"))?;
            stream.set_read_timeout(Some(PATIENCE))?;
            let address = format!("ws://127.0.0.1:{port}{}", path.trim_end());
            let (socket, _) = tungstenite::client(address, stream).map_err(io::Error::other)?;
            return Ok(socket);
        }
        if Instant::now() > deadline {
            return Err(io::Error::other(format!(
                "{PROGRAM} did not say where it listens"
            )));
        }
        thread::sleep(Duration::from_millis(20));
    }
}
