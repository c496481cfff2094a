//! The hub under test: the real binary, on a folder of its own that goes away with it.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{
    Outcome,
    http::{Connection, request},
};

/// A folder that is removed when it is dropped. It lies in cargo's target folder, on a disk: on a `tmpfs`, where `/tmp`
/// often is, an fsync costs nothing.
pub struct Folder(PathBuf);

impl Folder {
    /// A new one.
    pub fn new(name: &str) -> Outcome<Self> {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{name}-{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// An empty database of MySQL or MariaDB for the hub, where `BENCH_DATABASE` names one; else it has the embedded one.
pub fn server_database() -> Option<String> {
    std::env::var("BENCH_DATABASE").ok()
}

/// What the hub stores in, for the heading of a table.
pub fn database() -> &'static str {
    if server_database().is_some() { "MySQL or MariaDB" } else { "SQLite, synchronous=FULL (the default)" }
}

/// A running hub. Dropped, it is killed.
pub struct Hub {
    child: Child,
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
}

/// Who asks: an agent's name and what it shows at each request.
#[derive(Clone)]
pub struct Credentials {
    /// Its name.
    pub name: String,
    /// `x-api-key` and `authorization`, as header lines.
    pub headers: String,
}

/// `agent-hub` with these arguments on this folder, without settings from outside.
fn command(folder: &Path, args: &[&str]) -> Command {
    let binary = std::env::var("BENCH_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_agent-hub").to_owned());
    let mut command = Command::new(binary);
    command.args(args).arg("--data-dir").arg(folder).current_dir(folder).env_clear();
    if let Some(url) = server_database() {
        command.env("DATABASE_URL", url).env("JWT_SECRET", "of a measurement, and of nothing else");
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

impl Hub {
    /// Starts one, and waits until it says where it listens. Its log goes to `hub.log` in the folder.
    pub fn start(folder: &Path, args: &[&str]) -> Outcome<Self> {
        let all: Vec<&str> = ["serve", "--listen", "127.0.0.1:0"].iter().chain(args).copied().collect();
        let log = File::options().create(true).append(true).open(folder.join("hub.log"))?;
        let mut child = command(folder, &all).stderr(log).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no stdout")?).lines();
        let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("listens on http://127.0.0.1:")?;
            port.trim().parse().ok()
        });
        let Some(port) = port else {
            let status = child.wait()?;
            let log = fs::read_to_string(folder.join("hub.log")).unwrap_or_default();
            return Err(format!("the hub did not start ({status}): {log}").into());
        };
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, port })
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as an operator would, and waits until it has.
    pub fn stop(mut self) -> Outcome {
        Command::new("kill").args(["-TERM", &self.pid().to_string()]).status()?;
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { Err(format!("the hub ended with {status}").into()) }
    }

    /// The operator that the first start made, logged in.
    pub async fn operator(&self, folder: &Path) -> Outcome<Credentials> {
        let profile: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(folder.join("profiles/operator.json"))?)?;
        let key = profile["api_key"].as_str().ok_or("no key in the profile")?;
        log_in(&mut Connection::open(self.port).await?, "operator".into(), key).await
    }

    /// Makes `count` agents and logs them in.
    pub async fn agents(&self, folder: &Path, prefix: &str, count: usize) -> Outcome<Vec<Credentials>> {
        let mut keys = Vec::with_capacity(count);
        for number in 0..count {
            let name = format!("{prefix}{number}");
            let added = command(folder, &["agent", "add", &name]).stderr(Stdio::piped()).output()?;
            if !added.status.success() {
                return Err(format!("agent add {name}: {}", String::from_utf8_lossy(&added.stderr)).into());
            }
            keys.push((name, String::from_utf8(added.stdout)?.trim().to_owned()));
        }
        let mut connection = Connection::open(self.port).await?;
        let mut credentials = Vec::with_capacity(count);
        for (name, key) in keys {
            credentials.push(log_in(&mut connection, name, &key).await?);
        }
        Ok(credentials)
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Logs in. What the command line did takes effect within a second, hence the patience.
async fn log_in(connection: &mut Connection, name: String, key: &str) -> Outcome<Credentials> {
    let login =
        request("POST", "/login", &format!("x-api-key: {key}\r\nusername: {name}\r\ncontent-length: 0\r\n"), "");
    for _ in 0..20 {
        let (status, body) = connection.exchange(&login).await?;
        if status == 200 {
            let answer: serde_json::Value = serde_json::from_slice(body)?;
            let jwt = answer["token"].as_str().ok_or("no token in the answer")?;
            return Ok(Credentials { name, headers: format!("x-api-key: {key}\r\nauthorization: Bearer {jwt}\r\n") });
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    Err(format!("{name} cannot log in").into())
}
