//! A headless Chromium, driven through chromedriver by plain HTTP.
//!
//! It talks to chromedriver on this machine alone; the browser is started so that it asks nobody for anything.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Names under which systems install them.
const DRIVERS: [&str; 2] = ["chromedriver", "/usr/lib/chromium/chromedriver"];
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// One browser with one page; it ends when it goes out of scope.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// Starts one, or says in one line why there is none.
    #[expect(clippy::print_stdout, reason = "a test that is skipped says why")]
    pub(crate) fn start() -> Option<Self> {
        let found = |names: &[&'static str]| {
            names.iter().copied().find(|name| {
                let tried =
                    Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
                tried.is_ok_and(|status| status.success())
            })
        };
        let (Some(driver), Some(browser)) = (found(&DRIVERS), found(&BROWSERS)) else {
            println!(
                "skipped: no chromium with chromedriver here (Debian: apt-get install chromium chromium-driver)"
            );
            return None;
        };
        let mut driver = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let port = port_of(&mut driver);
        let profile = tempfile::tempdir().unwrap();
        let mut started = Self { driver, port, session: String::new(), _profile: profile };
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ];
        let mut arguments: Vec<String> = arguments.map(str::to_owned).into();
        arguments.push(format!("--user-data-dir={}", started._profile.path().display()));
        let path = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
            .map(|folder| folder.join(browser))
            .find(|path| path.exists());
        let session = started.ask(
            "POST",
            "/session",
            &json!({"capabilities": {"alwaysMatch": {
                "browserName": "chrome",
                "goog:chromeOptions": {"binary": path, "args": arguments},
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            }}}),
        );
        session["sessionId"].as_str().unwrap().clone_into(&mut started.session);
        Some(started)
    }

    /// Sets width and theme, and opens a file with what stands behind its name.
    pub(crate) fn open(&self, file: &Path, behind: &str, width: u32, theme: &str) {
        self.protocol(
            "Emulation.setEmulatedMedia",
            &json!({"features": [{"name": "prefers-color-scheme", "value": theme}]}),
        );
        self.protocol(
            "Emulation.setDeviceMetricsOverride",
            &json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": false}),
        );
        // Another fragment alone would not load the page again.
        self.of_session("url", &json!({"url": "about:blank"}));
        self.of_session("url", &json!({"url": format!("file://{}{behind}", file.display())}));
    }

    /// What a piece of JavaScript returns.
    pub(crate) fn evaluate(&self, script: &str) -> Value {
        self.of_session("execute/sync", &json!({"script": script, "args": []}))
    }

    /// What it hands to its last argument, a function.
    pub(crate) fn evaluate_later(&self, script: &str) -> Value {
        self.of_session("execute/async", &json!({"script": script, "args": []}))
    }

    /// A command of the browser's own protocol.
    pub(crate) fn protocol(&self, command: &str, parameters: &Value) -> Value {
        self.of_session("goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    /// Presses keys in the element that has the focus.
    pub(crate) fn press(&self, keys: &str) {
        let presses: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
            })
            .collect();
        self.of_session(
            "actions",
            &json!({"actions": [{"type": "key", "id": "keyboard", "actions": presses}]}),
        );
    }

    /// What the console has said since it was asked last.
    pub(crate) fn console(&self) -> Vec<Value> {
        self.of_session("se/log", &json!({"type": "browser"})).as_array().unwrap().clone()
    }

    /// Addresses that were asked for since that was asked last.
    pub(crate) fn requests(&self) -> Vec<String> {
        let log = self.of_session("se/log", &json!({"type": "performance"}));
        let events = log.as_array().unwrap().iter();
        events
            .map(|entry| {
                serde_json::from_str::<Value>(entry["message"].as_str().unwrap()).unwrap()["message"].clone()
            })
            .filter(|message| message["method"] == "Network.requestWillBeSent")
            .map(|message| message["params"]["request"]["url"].as_str().unwrap().to_owned())
            .collect()
    }

    fn of_session(&self, what: &str, body: &Value) -> Value {
        self.ask("POST", &format!("/session/{}/{what}", self.session), body)
    }

    /// One request; panics with the driver's words where it refuses.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer).unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert!(answer["value"]["error"].is_null(), "{method} {path}: {}", answer["value"]);
        answer["value"].clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A panic on the way must not be hidden by another one.
        if !self.session.is_empty() && !std::thread::panicking() {
            self.ask("DELETE", &format!("/session/{}", self.session), &json!({}));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// chromedriver says on which port it listens.
fn port_of(driver: &mut Child) -> u16 {
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let said = lines.find_map(|line| {
        let line = line.unwrap();
        line.split_once("successfully on port ").map(|(_, port)| port.trim_end_matches('.').to_owned())
    });
    // Whatever it says later must not block it.
    std::thread::spawn(move || lines.for_each(drop));
    said.expect("chromedriver names its port").parse().unwrap()
}
