//! A hub as a process of its own, with a folder and a database of its own.

use std::{
    fs::{File, OpenOptions},
    net::SocketAddr,
    os::unix::process::ExitStatusExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    agent::TestAgent,
    database::{Database, TestDatabase},
    http::{self, Connection, Request, Response},
    mariadb::MariaDb,
};

const START_LIMIT: Duration = Duration::from_secs(30);
/// A hub that should have refused to start, and serves, is found after this time.
const COMMAND_LIMIT: Duration = Duration::from_secs(20);
const BINARY: &str = env!("CARGO_BIN_EXE_agent-hub");

/// How a hub is to be started.
pub struct Builder {
    database: Database,
    flags: Vec<(String, Option<String>)>,
    env: Vec<(String, String)>,
    dotenv: bool,
    without: Vec<String>,
}

impl Builder {
    /// A flag with a value, instead of one set before.
    pub fn flag(mut self, name: &str, value: impl ToString) -> Self {
        self.flags.retain(|(known, _)| known != name);
        self.flags.push((name.into(), Some(value.to_string())));
        self
    }

    /// A flag without a value.
    pub fn switch(mut self, name: &str) -> Self {
        self.flags.push((name.into(), None));
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Leaves a variable out that is set otherwise.
    pub fn without(mut self, name: &str) -> Self {
        self.without.push(name.into());
        self
    }

    /// Everything that `env` was told goes into a `.env` file in the working folder instead.
    pub fn settings_in_dotenv(mut self) -> Self {
        self.dotenv = true;
        self
    }

    /// Starts it; panics with its log if it does not listen in time.
    pub async fn start(self) -> TestHub {
        let mut hub = self.prepare().await;
        hub.launch().await;
        hub
    }

    /// Makes folder and database, and starts nothing yet: `cli` and `launch` work on it.
    pub async fn prepare(self) -> TestHub {
        let folder = tempfile::Builder::new().prefix("agent-hub-test").tempdir().expect("a temporary folder");
        let data_dir = folder.path().join("data");
        std::fs::create_dir(&data_dir).expect("a data folder");
        let database = Arc::new(TestDatabase::create(self.database).await);
        let mut env = database.env();
        env.retain(|(name, _)| self.env.iter().all(|(own, _)| own != name));
        env.extend(self.env);
        env.retain(|(name, _)| !self.without.contains(name));
        if self.dotenv {
            let lines: Vec<_> = env.drain(..).map(|(name, value)| format!("{name}={value}\n")).collect();
            std::fs::write(folder.path().join(".env"), lines.concat()).expect("a .env file");
        }
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        TestHub { flags: self.flags, env, folder, data_dir, database, address, child: None }
    }
}

/// What a command of the binary answered.
#[derive(Debug)]
pub struct Output {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

/// A running hub (or one between two runs).
pub struct TestHub {
    flags: Vec<(String, Option<String>)>,
    env: Vec<(String, String)>,
    folder: TempDir,
    data_dir: PathBuf,
    database: Arc<TestDatabase>,
    address: SocketAddr,
    child: Option<Child>,
}

impl TestHub {
    pub fn builder(database: Database) -> Builder {
        Builder { database, flags: Vec::new(), env: Vec::new(), dotenv: false, without: Vec::new() }
            .flag("--sweep-interval", 1)
    }

    /// A hub with nothing out of the ordinary, except a sweeper that comes every second.
    pub async fn start(database: Database) -> Self {
        Self::builder(database).start().await
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().expect("a running hub").id()
    }

    /// The binary with this hub's environment, in its folder, and nothing of the developer's own settings.
    pub fn command(&self) -> Command {
        let mut command = Command::new(BINARY);
        command.current_dir(self.folder.path()).env_clear().env("HOME", self.folder.path());
        command.env("AGENT_HUB_DATA_DIR", &self.data_dir).envs(self.env.iter().map(|(k, v)| (k, v)));
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path))).stdin(Stdio::null());
        command
    }

    fn spawn(&mut self) {
        let open = |name| OpenOptions::new().create(true).append(true).open(self.folder.path().join(name));
        let mut command = self.command();
        command.arg("serve").args(["--listen", &self.address.to_string()]);
        for (name, value) in &self.flags {
            command.arg(name).args(value);
        }
        command.stdout(open("stdout").expect("a file")).stderr(open("stderr").expect("a file"));
        self.child = Some(command.spawn().expect("the hub's binary runs"));
    }

    /// Starts the process and waits for its listening line. A port that was taken in the meantime is tried again.
    pub async fn launch(&mut self) {
        let deadline = Instant::now() + START_LIMIT;
        while !self.try_launch(deadline).await {
            let again = self.address.port() != 0 && self.log_text().contains("in use") && Instant::now() < deadline;
            assert!(again, "the hub did not start:\n{}", self.log_tail());
        }
    }

    async fn try_launch(&mut self, deadline: Instant) -> bool {
        let before = self.stdout_text().len();
        self.spawn();
        loop {
            let said = self.stdout_text().split_off(before);
            if let Some(address) = said.lines().find_map(listening_address).filter(|_| said.ends_with('\n')) {
                self.address = address;
                return true;
            }
            let ended = self.child.as_mut().expect("just spawned").try_wait().expect("its status");
            if ended.is_some() || Instant::now() > deadline {
                self.stop_now();
                return false;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// What it said on standard output, over all its runs.
    pub fn stdout_text(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("stdout")).unwrap_or_default()
    }

    /// What it logged, over all its runs.
    pub fn log_text(&self) -> String {
        let log = std::fs::read(self.folder.path().join("stderr")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    fn log_tail(&self) -> String {
        let log = self.log_text();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }

    fn stop_now(&mut self) -> Option<ExitStatus> {
        let mut child = self.child.take()?;
        drop(child.kill());
        child.wait().ok()
    }

    /// Kills it, as a power cut would.
    pub fn sigkill(&mut self) {
        self.stop_now();
    }

    /// Sends it a signal by name: `TERM`, `INT`, `STOP`, `CONT`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.pid())]).status();
        assert!(sent.expect("a shell").success(), "the signal {name} was not sent");
    }

    /// Asks it to end; tells how it did and how long that took.
    pub async fn sigterm(&mut self) -> (ExitStatus, Duration) {
        let begin = Instant::now();
        self.signal("TERM");
        self.wait_for_exit(begin).await
    }

    /// Waits until the process has ended.
    pub async fn wait_for_exit(&mut self, begin: Instant) -> (ExitStatus, Duration) {
        loop {
            let child = self.child.as_mut().expect("a running hub");
            if let Some(status) = child.try_wait().expect("its status") {
                self.child = None;
                return (status, begin.elapsed());
            }
            assert!(begin.elapsed() < Duration::from_secs(20), "it has not ended:\n{}", self.log_tail());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Starts it again on the same database and the same port; kills it first if it still runs.
    pub async fn restart(&mut self) {
        self.stop_now();
        self.launch().await;
    }

    /// As `restart`, at an address that it had not before.
    pub async fn restart_elsewhere(&mut self) {
        self.stop_now();
        self.address.set_port(0);
        self.launch().await;
    }

    /// As `restart`, with another value of a flag.
    pub async fn restart_with(&mut self, name: &str, value: impl ToString) {
        self.flags.retain(|(known, _)| known != name);
        self.flags.push((name.into(), Some(value.to_string())));
        self.restart().await;
    }

    /// As `restart`, with another value in the environment.
    pub async fn restart_with_env(&mut self, name: &str, value: &str) {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.into(), value.into()));
        self.restart().await;
    }

    /// Runs another command of the binary on the same database.
    pub async fn cli(&self, args: &[&str]) -> Output {
        let mut command = tokio::process::Command::from(self.command());
        let output = tokio::time::timeout(COMMAND_LIMIT, command.args(args).kill_on_drop(true).output()).await;
        let output = output.unwrap_or_else(|_| panic!("{args:?} did not end")).expect("the binary runs");
        assert!(output.status.signal().is_none(), "{args:?} was killed by a signal");
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        Output { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Sends a request on a connection of its own.
    pub async fn send(&self, request: &Request) -> Response {
        http::send(self.address, request).await
    }

    pub async fn connection(&self) -> Connection {
        Connection::open(self.address).await
    }

    /// The operator that the first start made, logged in.
    pub async fn operator(&self) -> TestAgent {
        let path = self.data_dir.join("profiles/operator.json");
        let profile = std::fs::read(&path).expect("the operator's profile");
        let profile: Value = serde_json::from_slice(&profile).expect("a profile is JSON");
        TestAgent::login(self.address, "operator", profile["api_key"].as_str().expect("a key")).await
    }

    /// Makes an agent through the hub and logs it in.
    pub async fn add_agent(&self, name: &str) -> TestAgent {
        self.add_agents(&[name]).await.remove(0)
    }

    /// Makes several agents through the hub and logs them in.
    pub async fn add_agents(&self, names: &[&str]) -> Vec<TestAgent> {
        let operator = self.operator().await;
        let mut agents = Vec::new();
        for name in names {
            let made = operator.send(Request::post("/admin/agents").json(&json!({ "name": name }))).await.ok();
            agents.push(TestAgent::login(self.address, name, made["api_key"].as_str().expect("a key")).await);
        }
        agents
    }

    /// Makes exactly `N` agents through the hub and logs them in.
    pub async fn agents<const N: usize>(&self, names: [&str; N]) -> [TestAgent; N] {
        self.add_agents(&names).await.try_into().unwrap_or_else(|_| unreachable!("one agent a name"))
    }

    /// Makes an agent with `agent-hub agent add`, whether the hub runs or not, and tells its key.
    pub async fn add_by_command_line(&self, name: &str) -> String {
        let output = self.cli(&["agent", "add", name]).await;
        assert_eq!(output.code, Some(0), "{}", output.stderr);
        output.stdout.trim_end().to_owned()
    }

    /// What this hub signs its JWTs with.
    pub fn jwt_secret(&self) -> String {
        let set = self.env.iter().rev().find(|(name, _)| name == "JWT_SECRET");
        set.map(|(_, secret)| secret.clone()).unwrap_or_else(|| {
            let path = self.data_dir.join("hub.db.jwt-secret");
            std::fs::read_to_string(path).expect("the secret beside the database").trim().to_owned()
        })
    }

    /// How many rows a table of the database has.
    pub async fn count(&self, table: &str) -> i64 {
        self.database.count(table, &self.data_dir).await
    }

    /// Changes its database behind its back.
    pub async fn execute(&self, statement: &str) {
        self.database.execute(statement, &self.data_dir).await;
    }

    /// The MariaDB database behind it; panics on SQLite.
    pub fn mariadb(&self) -> &MariaDb {
        match &*self.database {
            TestDatabase::MariaDb(mariadb) => mariadb,
            TestDatabase::Sqlite => panic!("this hub is on SQLite"),
        }
    }
}

impl Drop for TestHub {
    fn drop(&mut self) {
        self.stop_now();
        if std::thread::panicking() {
            eprintln!("--- the end of the hub's log ---\n{}\n---", self.log_tail());
        }
    }
}

/// The address in `agent-hub <version> listens on http://…`.
fn listening_address(line: &str) -> Option<SocketAddr> {
    let (_, address) = line.strip_prefix("agent-hub ")?.split_once(" listens on http://")?;
    address.trim_end().parse().ok()
}

/// For tests that measure or load the machine: holds others of their kind back while the file is held.
pub async fn shared_lock() -> File {
    let path = std::env::temp_dir().join("agent-hub-tests.lock");
    tokio::task::spawn_blocking(move || {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).expect("a lock file");
        file.lock().expect("the lock");
        file
    })
    .await
    .expect("the lock")
}
