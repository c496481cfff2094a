//! How many publishes a second are acknowledged, that is: are on disk.

use std::time::{Duration, Instant};

use crate::{
    Outcome,
    http::{Connection, request},
    hub::{self, Credentials, Folder, Hub},
    peer,
    probe::{self, Times, USUAL},
    table::{count, print, row},
};

pub const CONNECTIONS: usize = 64;
const AGENTS: usize = 64;
const DATA_BYTES: usize = 1024;
const WARM_UP: Duration = Duration::from_secs(2);

/// What is measured between two moments, after the warm-up.
#[derive(Clone, Copy)]
struct Window {
    from: Instant,
    to: Instant,
}

impl Window {
    fn after_warm_up(length: Duration) -> Self {
        let from = Instant::now() + WARM_UP;
        Self { from, to: from + length }
    }
}

/// What one load did and cost within its window.
pub struct Load {
    times: Times,
    /// How long the window was.
    pub seconds: f64,
    /// CPU time of the hub within it.
    pub hub_cpu_s: f64,
    own_cpu_s: f64,
}

impl Load {
    /// Requests answered in a second.
    pub fn per_s(&self) -> f64 {
        f64::from(u32::try_from(self.times.count()).unwrap_or(u32::MAX)) / self.seconds
    }
}

/// Publishes for `seconds` and prints what was acknowledged.
pub async fn run(seconds: u64) -> Outcome {
    let folder = Folder::new("publish")?;
    let appends = peer::synced_appends_per_s(folder.path(), Duration::from_secs(3))?;
    let hub = Hub::start(folder.path(), &[])?;
    let agents = hub.agents(folder.path(), "agent", AGENTS).await?;

    let health = vec![vec![request("GET", "/health", "", "")]; CONNECTIONS];
    let ceiling = load(&hub, health, Duration::from_secs(seconds.min(5))).await?;
    let published = all_publish(&hub, &agents, Duration::from_secs(seconds)).await?;
    let inserts = match hub::server_database() {
        Some(url) => Some(peer::inserts_per_s(&url, CONNECTIONS, Duration::from_secs(seconds.min(5))).await?),
        None => None,
    };

    let per_s = published.per_s();
    let mut rows = vec![
        row("publish, acknowledged", format!("{}/s", count(per_s)), "each answered after its commit"),
        row(
            "GET /health, same load",
            format!("{}/s", count(ceiling.per_s())),
            "what the load and the HTTP edge can do",
        ),
        row("write + fdatasync, one file", format!("{}/s", count(appends)), "the disk, one record a sync"),
        row("publishes a disk sync", format!("{:.1}", per_s / appends), "above 1: commits are shared"),
        row("CPU of the hub", format!("{:.1} s", published.hub_cpu_s), format!("of {:.0} s", published.seconds)),
        row("CPU of the load", format!("{:.1} s", published.own_cpu_s), "on the same cores"),
        row("latency of a publish", "", published.times.describe(USUAL)),
    ];
    if let Some(inserts) = inserts {
        let what = format!("INSERT of one row, {CONNECTIONS} connections");
        rows.push(row(what, format!("{}/s", count(inserts)), "the database by itself, each a transaction"));
    }
    let how = format!(
        "{DATA_BYTES} B of data to one of {AGENTS} agents in turn, {CONNECTIONS} keep-alive connections, each waits for its \
         answer;\n{}; {seconds} s after a warm-up of {} s.",
        hub::database(),
        WARM_UP.as_secs()
    );
    print("publish", &how, &rows);
    Ok(())
}

/// Each agent publishes to every other in turn, on a connection of its own.
pub async fn all_publish(hub: &Hub, agents: &[Credentials], length: Duration) -> Outcome<Load> {
    let requests = agents.iter().take(CONNECTIONS).map(|agent| publishes(agent, agents)).collect();
    load(hub, requests, length).await
}

/// The requests with which `agent` publishes to every agent.
fn publishes(agent: &Credentials, all: &[Credentials]) -> Vec<Vec<u8>> {
    let data = "x".repeat(DATA_BYTES);
    all.iter()
        .map(|other| {
            let body = format!(r#"{{"name":"bench","data":"{data}","to":["{}"]}}"#, other.name);
            request("POST", "/secure/agent/publish", &agent.headers, &body)
        })
        .collect()
}

/// Sends each connection's requests round and round: a closed loop.
async fn load(hub: &Hub, requests: Vec<Vec<Vec<u8>>>, length: Duration) -> Outcome<Load> {
    let mut connections = Vec::new();
    for _ in &requests {
        connections.push(Connection::open(hub.port).await?);
    }
    let window = Window::after_warm_up(length);
    let loops: Vec<_> = connections
        .into_iter()
        .zip(requests)
        .enumerate()
        .map(|(number, (connection, requests))| tokio::spawn(repeat(connection, requests, number, window)))
        .collect();
    tokio::time::sleep_until(window.from.into()).await;
    let before = (probe::cpu_s(hub.pid())?, probe::cpu_s(std::process::id())?);
    tokio::time::sleep_until(window.to.into()).await;
    let after = (probe::cpu_s(hub.pid())?, probe::cpu_s(std::process::id())?);
    let mut times = Vec::new();
    for one in loops {
        times.push(one.await??);
    }
    Ok(Load {
        times: Times::merge(times),
        seconds: length.as_secs_f64(),
        hub_cpu_s: after.0 - before.0,
        own_cpu_s: after.1 - before.1,
    })
}

async fn repeat(mut connection: Connection, requests: Vec<Vec<u8>>, number: usize, window: Window) -> Outcome<Times> {
    let mut times = Times::default();
    // Each begins elsewhere, so that the connections do not address the same agent all at once.
    for request in requests.iter().cycle().skip(number) {
        let start = Instant::now();
        if start >= window.to {
            break;
        }
        let (status, body) = connection.exchange(request).await?;
        if status != 200 {
            return Err(format!("{status}: {}", String::from_utf8_lossy(body)).into());
        }
        let end = Instant::now();
        if start >= window.from && end <= window.to {
            times.add(end - start);
        }
    }
    Ok(times)
}
