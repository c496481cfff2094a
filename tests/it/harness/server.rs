//! A MariaDB of a test's own, that the test may stop, kill and start again. Tests that only need a database use the shared
//! one.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

/// A private server; it is killed and its data removed when dropped.
pub struct MariaDbServer {
    folder: PathBuf,
    port: u16,
    server: Option<Child>,
    options: Vec<String>,
}

fn program(name: &str) -> PathBuf {
    if name == "mariadbd"
        && let Some(path) = std::env::var_os("AGENT_HUB_TEST_MARIADBD")
    {
        return path.into();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|file| file.exists()).unwrap_or_else(|| {
        panic!("{name} is not installed: run the tests with tests/run, which installs it");
    })
}

/// The user that runs this: a server started by root must be told that it may be root.
fn user() -> String {
    let id = Command::new("id").arg("-un").output().expect("id -un");
    String::from_utf8(id.stdout).expect("a user name").trim().to_owned()
}

impl MariaDbServer {
    /// Creates the data and starts the server on a free port.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// As `start`, with options of the test's own.
    pub async fn start_with(options: &[&str]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let unique = format!("agent-hub-mariadb-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(unique);
        std::fs::create_dir(&folder).expect("a folder for MariaDB");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
        let mut database =
            Self { folder, port, server: None, options: options.iter().map(ToString::to_string).collect() };
        database.install().await;
        database.run().await;
        database
    }

    async fn install(&self) {
        let mut command = tokio::process::Command::new(program("mariadb-install-db"));
        command.args(["--no-defaults", "--skip-test-db", "--auth-root-authentication-method=normal"]);
        command.arg(format!("--user={}", user())).arg(format!("--datadir={}", self.data().display()));
        // Two installations at a time would take each other's temporary tables away.
        command.env("TMPDIR", &self.folder);
        let output = command.output().await.expect("mariadb-install-db");
        assert!(output.status.success(), "mariadb-install-db: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Starts the server (again) on the same data and port, and waits until it answers.
    pub async fn run(&mut self) {
        assert!(self.server.is_none(), "MariaDB runs already");
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log()).expect("MariaDB's log");
        let mut command = Command::new(program("mariadbd"));
        command.args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-name-resolve", "--skip-log-bin"]);
        command.args(["--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=32M", "--max-connections=200"]);
        command.arg(format!("--user={}", user())).arg(format!("--port={}", self.port));
        command.arg(format!("--datadir={}", self.data().display()));
        command.arg(format!("--socket={}", self.folder.join("sock").display()));
        command.arg(format!("--pid-file={}", self.folder.join("pid").display()));
        command.args(&self.options);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.server = Some(command.spawn().expect("mariadbd"));
        self.wait_until_it_answers().await;
    }

    async fn wait_until_it_answers(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            if greets(self.port).await {
                return;
            }
            let ended = self.server.as_mut().is_some_and(|server| !matches!(server.try_wait(), Ok(None)));
            assert!(!ended && Instant::now() < deadline, "MariaDB did not start: {}", read(&self.log()));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// `127.0.0.1:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The URL of a database on this server.
    pub fn url(&self, database: &str) -> String {
        format!("mysql://root@{}/{database}", self.address())
    }

    /// Stops the server as an administrator would.
    pub fn stop(&mut self) {
        self.signal("-TERM");
    }

    /// Kills the server in the middle of whatever it does.
    pub fn kill(&mut self) {
        self.signal("-KILL");
    }

    /// Signals this one process and waits for its end.
    fn signal(&mut self, signal: &str) {
        let Some(mut server) = self.server.take() else { return };
        let sent = Command::new("kill").arg(signal).arg(server.id().to_string()).status().expect("kill");
        assert!(sent.success(), "kill {signal} of MariaDB");
        server.wait().expect("the end of MariaDB");
    }
}

impl Drop for MariaDbServer {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.kill().ok();
            server.wait().ok();
        }
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

/// Whether a server on `port` sends its greeting: a port that accepts is not yet one that answers.
async fn greets(port: u16) -> bool {
    let greeting = async {
        let mut socket = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
        tokio::io::AsyncReadExt::read(&mut socket, &mut [0; 5]).await
    };
    matches!(tokio::time::timeout(Duration::from_secs(2), greeting).await, Ok(Ok(5)))
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_default()
}
