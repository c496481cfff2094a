//! One hand-off, as two language models live it: alice gives bob a result of 2 KB, while ten notifications arrive that bob does
//! not need. Everything that either model writes (commands) or reads (their output, both streams) is counted with the o200k_base
//! vocabulary. The commands are run for real, by a shell, against a hub of their own.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tiktoken_rs::CoreBPE;

/// How long the hub may take to start.
const START_LIMIT: Duration = Duration::from_secs(30);
/// The other notifications: (from, name).
const OTHERS: [(&str, &str); 10] = [
    ("carol", "status-update"),
    ("dave", "build-log"),
    ("carol", "heartbeat"),
    ("erin", "price-feed"),
    ("dave", "lint-report"),
    ("carol", "status-update"),
    ("erin", "price-feed"),
    ("frank", "meeting-notes"),
    ("dave", "build-log"),
    ("erin", "weather"),
];

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// The line that wakes bob.
    pub wake: usize,
    /// The result itself.
    pub body: usize,
    /// Beyond the result written once and read once: bob waits for alice alone.
    pub filtered: usize,
    /// The same: bob waits for anything, and lists what there is.
    pub unfiltered: usize,
    /// The same by REST with curl, as the documentation shows it; logging in is not counted.
    pub rest: usize,
}

/// Runs the hand-off in its three forms.
pub fn measure(binary: &Path) -> Figures {
    let body = body();
    let bpe = tiktoken_rs::o200k_base().expect("the vocabulary is part of the crate");
    let count = |text: &str| bpe.encode_ordinary(text).len();
    let twice = 2 * count(&body);

    let stage = Stage::open(binary);
    let filtered = stage.command_line(&bpe, &body, "agent-hub wait --from alice", None);
    let wake = count(filtered.woken_by.trim_end());
    let stage = Stage::open(binary);
    let unfiltered = stage.command_line(&bpe, &body, "agent-hub wait", Some("agent-hub inbox"));
    let stage = Stage::open(binary);
    let rest = stage.rest(&bpe, &body);
    Figures {
        wake,
        body: count(&body),
        filtered: filtered.tokens - twice,
        unfiltered: unfiltered.tokens - twice,
        rest: rest - twice,
    }
}

/// A report of 2,048 bytes, as agents write them.
fn body() -> String {
    let row = |n: usize| {
        let (supplier, units, days) = (["Northwind", "Contoso", "Fabrikam", "Tailspin"][n % 4], 40 * n + 17, n % 9 + 1);
        format!(
            "| {supplier} {n} | {units} units | {days} days | {}.{:02} EUR | confirmed by phone |\n",
            11 + n % 3,
            n * 7 % 100
        )
    };
    let mut body = String::from("# Market report\n\nOffers for the second half of the year, best first.\n\n");
    (1..).map(row).find(|row| {
        body.push_str(row);
        body.len() >= 2048
    });
    body.truncate(2048);
    body
}

/// What a form of the hand-off cost.
struct Counted {
    tokens: usize,
    woken_by: String,
}

/// A hub with its agents.
struct Stage {
    hub: Child,
    folder: PathBuf,
    url: String,
    path: String,
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(self.hub.kill());
        drop(self.hub.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

impl Stage {
    fn open(binary: &Path) -> Self {
        let folder = std::env::temp_dir().join(format!("agent-hub-tokens-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir(&folder).expect("a temporary folder");
        let programs = binary.parent().expect("a folder").display();
        let path = format!("{programs}:{}", std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new(binary);
        command.args(["serve", "--listen", "127.0.0.1:0"]).current_dir(&folder).env("AGENT_HUB_DATA_DIR", &folder);
        command.env_remove("DATABASE_URL").stdout(Stdio::null()).stderr(Stdio::null());
        let hub = command.spawn().expect("the hub starts");
        let begun = Instant::now();
        let url = loop {
            if let Ok(url) = std::fs::read_to_string(folder.join("hub.url")) {
                break url.trim().to_owned();
            }
            assert!(begun.elapsed() < START_LIMIT, "the hub did not start");
            std::thread::sleep(Duration::from_millis(20));
        };
        let stage = Self { hub, folder, url, path };
        for agent in ["alice", "bob", "carol", "dave", "erin", "frank"] {
            stage.run(agent, "agent-hub keys init", None);
        }
        stage
    }

    /// Runs what an agent's model wrote; what it reads. Standard input is for the shell's own use.
    fn run(&self, agent: &str, written: &str, variables: Option<&[(&str, String)]>) -> String {
        let mut shell = Command::new("bash");
        shell.args(["-c", &format!("exec 2>&1\n{written}")]).current_dir(&self.folder);
        shell.env("PATH", &self.path).env("AGENT_HUB_DATA_DIR", &self.folder).env("AGENT_HUB_AS", agent);
        shell.env_remove("DATABASE_URL").envs(variables.unwrap_or_default().iter().map(|(name, value)| (*name, value)));
        let output = shell.output().expect("bash runs");
        let read = String::from_utf8(output.stdout).expect("text");
        assert!(output.status.success(), "{written}: {read}");
        read
    }

    fn others(&self) {
        for (from, name) in OTHERS {
            self.run(from, &format!("agent-hub send bob \"for your information\" -n {name}"), None);
        }
    }

    /// The documented way on the command line: wait, perhaps list, get, done.
    fn command_line(&self, bpe: &CoreBPE, body: &str, wait: &str, list: Option<&str>) -> Counted {
        let mut tokens = 0;
        let mut live = |agent: &str, written: &str| {
            let read = self.run(agent, written, None);
            tokens += bpe.encode_ordinary(written).len() + bpe.encode_ordinary(&read).len();
            read
        };
        self.others();
        // A body of lines has to end with one.
        let sent = live("alice", &format!("agent-hub send bob -n market-report <<'END'\n{body}\nEND"));
        let number = sent.trim().rsplit('/').next().expect("a number").to_owned();
        let woken_by = live("bob", wait);
        if let Some(list) = list {
            assert!(live("bob", list).contains(&format!("{number} alice market-report")));
        }
        assert_eq!(
            live("bob", &format!("agent-hub get {number} --ack")).split("passed").next().map(str::trim),
            Some(body.trim())
        );
        Counted { tokens, woken_by }
    }

    /// The documented way by REST: publish; inbox, retrieve, ack. Keys and JWTs are in variables.
    fn rest(&self, bpe: &CoreBPE, body: &str) -> usize {
        self.others();
        let mut tokens = 0;
        let mut live = |agent: &str, written: &str| {
            let read = self.run(agent, written, Some(&self.credentials(agent)));
            tokens += bpe.encode_ordinary(written).len() + bpe.encode_ordinary(&read).len();
            serde_json::from_str::<serde_json::Value>(&read).expect("JSON")
        };
        let headers = r#"-H "x-api-key: $KEY" -H "authorization: Bearer $JWT""#;
        let json = "-H 'content-type: application/json' -d";
        let item = serde_json::json!({"name": "market-report", "data": body, "to": ["bob"]});
        live("alice", &format!("curl -s $HUB/secure/agent/publish {headers} {json} '{item}'"));
        let inbox = live("bob", &format!("curl -s $HUB/secure/inbox {headers}"));
        let entry = inbox["entries"].as_array().and_then(|entries| entries.last()).expect("an entry");
        let token = entry["token"].as_str().expect("a token");
        assert_eq!(live("bob", &format!("curl -s $HUB/secure/retrieve/{token} {headers}"))["data"], body);
        live("bob", &format!("curl -s $HUB/secure/inbox/ack {headers} {json} '{{\"seq\":{}}}'", entry["seq"]));
        tokens
    }

    fn credentials(&self, agent: &str) -> [(&'static str, String); 3] {
        let profile = std::fs::read(self.folder.join(format!("profiles/{agent}.json"))).expect("a profile");
        let profile: serde_json::Value = serde_json::from_slice(&profile).expect("JSON");
        let key = profile["api_key"].as_str().expect("a key").to_owned();
        let login = format!("curl -s -X POST {}/login -H 'username: {agent}' -H 'x-api-key: {key}'", self.url);
        let answer: serde_json::Value = serde_json::from_str(&self.run(agent, &login, None)).expect("JSON");
        let jwt = answer["token"].as_str().expect("a JWT").to_owned();
        [("HUB", self.url.clone()), ("KEY", key), ("JWT", jwt)]
    }
}
