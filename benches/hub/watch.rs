//! What watching costs: publishes a second with nobody watching, with five who watch everything, and without the audit log of
//! what agents do, by turns in one run.

use std::time::Duration;

use crate::{
    Outcome,
    hub::{Credentials, Folder, Hub},
    publish::{self, CONNECTIONS, Load},
    socket::Socket,
    table::{count, print, row},
};

const WATCHERS: usize = 5;
const ROUNDS: usize = 5;

/// Publishes for `seconds` in each round, and prints the medians.
pub async fn run(seconds: u64) -> Outcome {
    let length = Duration::from_secs(seconds);
    let (folder, plain_folder) = (Folder::new("watch")?, Folder::new("watch-plain")?);
    let hub = Hub::start(folder.path(), &[])?;
    let plain = Hub::start(plain_folder.path(), &["--audit", "administration"])?;
    let agents = hub.agents(folder.path(), "agent", CONNECTIONS).await?;
    let plain_agents = plain.agents(plain_folder.path(), "agent", CONNECTIONS).await?;
    let operator = hub.operator(folder.path()).await?;
    let (mut alone, mut watched, mut unlogged) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.push(Round::of(&publish::all_publish(&hub, &agents, length).await?));
        unlogged.push(Round::of(&publish::all_publish(&plain, &plain_agents, length).await?));
        let watching = watchers(&hub, &operator).await?;
        watched.push(Round::of(&publish::all_publish(&hub, &agents, length).await?));
        for watcher in watching {
            watcher.abort();
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let ratio = |of: &[Round], by: fn(&Round) -> f64| {
        median(of.iter().zip(&alone).map(|(one, other)| by(one) / by(other)).collect())
    };
    let line = |what: &str, rounds: &[Round]| {
        let rate = median(rounds.iter().map(|round| round.per_s).collect());
        let cpu = median(rounds.iter().map(|round| round.cpu_us).collect());
        let remark = format!("{cpu:.1} µs of the hub's CPU each");
        row(what, format!("{}/s", count(rate)), remark)
    };
    let rows = [
        line("publish, nobody watches", &alone),
        line("publish, five watch everything", &watched),
        line("publish, audit log of administration alone", &unlogged),
        row(
            "five watchers, throughput",
            format!("{:.3}", ratio(&watched, |r| r.per_s)),
            "of that without; at least 0.95",
        ),
        row("five watchers, CPU a publish", format!("{:.3}", ratio(&watched, |r| r.cpu_us)), "of that without"),
        row("without the audit log, throughput", format!("{:.3}", ratio(&unlogged, |r| r.per_s)), "of that with it"),
    ];
    let how = format!(
        "{CONNECTIONS} keep-alive connections that publish 1 KiB each, {ROUNDS} rounds of {seconds} s by turns; medians, and \
         medians of the ratios within a round."
    );
    print("watching", &how, &rows);
    Ok(())
}

/// What one round came to.
struct Round {
    per_s: f64,
    cpu_us: f64,
}

impl Round {
    fn of(load: &Load) -> Self {
        let per_s = load.per_s();
        Self { per_s, cpu_us: load.hub_cpu_s * 1e6 / (per_s * load.seconds) }
    }
}

/// Sockets that watch everything, each read to its end by a task.
async fn watchers(hub: &Hub, operator: &Credentials) -> Outcome<Vec<tokio::task::JoinHandle<()>>> {
    let mut reading = Vec::new();
    for number in 0..WATCHERS {
        let mut socket = Socket::open(hub.port, number, Some(operator)).await?;
        socket.hello().await?;
        socket.say(r#"{"type":"watch","events":true}"#).await?;
        reading.push(tokio::spawn(async move { while socket.next().await.is_ok() {} }));
    }
    Ok(reading)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
