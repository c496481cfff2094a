//! Whether what is stored makes the hub slower: the same requests with ten thousand and with a million items.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{
    Outcome,
    fill::{self, DATA_BYTES, Fill},
    http::{Connection, request},
    hub::{Credentials, Folder, Hub},
    probe::{self, Times},
    table::{count, print, row},
};

const AGENTS: usize = 16;
const FEW: i64 = 10_000;
const REQUESTS: usize = 1_000;
/// Items whose time ends while the hub runs, whatever the size.
const EXPIRING: i64 = 10_000;
const EXPIRE_AFTER_MS: i64 = 30_000;
const WHAT: [&str; 4] = ["publish", "inbox, 100 entries", "retrieve", "status"];

/// What was found at one size.
struct Found {
    /// In the order of [`WHAT`].
    times: Vec<Times>,
    sweep_cpu_s: f64,
    sweep_s: f64,
}

/// Measures at 10^4 and at `many` items.
pub async fn run(many: u64) -> Outcome {
    let many = i64::try_from(many)?;
    let (small, large) = (measure(FEW).await?, measure(many).await?);
    let mut rows = vec![row("", format!("{FEW} items"), format!("{many} items: p50, p99, ratio of p50"))];
    for ((what, few), lots) in WHAT.iter().zip(&small.times).zip(&large.times) {
        let (few_p50, few_p99) = few.p50_p99_ms();
        let (lots_p50, lots_p99) = lots.p50_p99_ms();
        let ratio = lots_p50 / few_p50;
        let value = format!("p50 {few_p50:.3}  p99 {few_p99:.3} ms");
        rows.push(row(*what, value, format!("p50 {lots_p50:.3}  p99 {lots_p99:.3} ms  x {ratio:.2}")));
    }
    let cpu = |found: &Found| format!("{:.2} s of CPU, all done {:.1} s after", found.sweep_cpu_s, found.sweep_s);
    let ratio = large.sweep_cpu_s / small.sweep_cpu_s;
    rows.push(row(format!("sweep of {EXPIRING}"), cpu(&small), format!("{}  x {ratio:.2}", cpu(&large))));
    let how = format!(
        "Items of {DATA_BYTES} B, to {AGENTS} agents, at random places of the store; {REQUESTS} requests of each kind, one \
         after the other\non one connection. The peer is the hub itself with {} items. A ratio near 1: what is stored costs \
         nothing.",
        count(10_000.0)
    );
    print("scale", &how, &rows);
    Ok(())
}

async fn measure(items: i64) -> Outcome<Found> {
    let folder = Folder::new(&format!("scale-{items}"))?;
    let settings = ["--sweep-interval", "1"];
    let hub = Hub::start(folder.path(), &settings)?;
    let agents = hub.agents(folder.path(), "agent", AGENTS).await?;
    hub.stop()?;
    let started = Instant::now();
    let expire_at_ms = fill::now_ms()? + EXPIRE_AFTER_MS + items / 50;
    fill::fill(folder.path(), &Fill { items, expiring: EXPIRING, expire_at_ms }).await?;
    eprintln!("{items} items written in {:.1} s", started.elapsed().as_secs_f64());

    let hub = Hub::start(folder.path(), &settings)?;
    let mut client = Client::new(&hub, &agents, items).await?;
    let mut times: [Times; 4] = Default::default();
    for number in 0..REQUESTS {
        let (took, _) = client.publish(number).await?;
        times[0].add(took);
        let (took, answer) = client.inbox(number).await?;
        times[1].add(took);
        let token = answer["entries"][0]["token"].as_str().ok_or("an inbox without entries")?.to_owned();
        times[2].add(client.get(number % AGENTS, &format!("/secure/retrieve/{token}")).await?.0);
        times[3].add(client.get(0, &format!("/secure/status/{token}")).await?.0);
    }
    let (sweep_cpu_s, sweep_s) = sweep(&hub, &folder, expire_at_ms).await?;
    Ok(Found { times: times.into(), sweep_cpu_s, sweep_s })
}

/// CPU seconds of the hub, and seconds, from the moment at which the items expire until all are erased.
async fn sweep(hub: &Hub, folder: &Folder, expire_at_ms: i64) -> Outcome<(f64, f64)> {
    let ahead =
        u64::try_from(expire_at_ms - fill::now_ms()?).map_err(|_| "the items expired before the measurement")?;
    tokio::time::sleep(Duration::from_millis(ahead)).await;
    let (before, start) = (probe::cpu_s(hub.pid())?, Instant::now());
    let mut database = fill::open(folder.path()).await?;
    while fill::due(&mut database).await? > 0 {
        if start.elapsed() > Duration::from_secs(60) {
            return Err("the sweeper is not done after a minute".into());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok((probe::cpu_s(hub.pid())? - before, start.elapsed().as_secs_f64()))
}

/// One connection that speaks for all agents.
struct Client<'a> {
    connection: Connection,
    agents: &'a [Credentials],
    epoch: String,
    last_page: u64,
}

impl<'a> Client<'a> {
    async fn new(hub: &Hub, agents: &'a [Credentials], items: i64) -> Outcome<Self> {
        let last_page = (u64::try_from(items)? / AGENTS as u64).saturating_sub(100).max(1);
        let connection = Connection::open(hub.port).await?;
        let mut client = Self { connection, agents, epoch: String::new(), last_page };
        let (_, answer) = client.get(0, "/secure/inbox?limit=1").await?;
        client.epoch = answer["epoch"].as_str().ok_or("an inbox without an epoch")?.to_owned();
        Ok(client)
    }

    async fn publish(&mut self, number: usize) -> Outcome<(Duration, Value)> {
        let data = "x".repeat(usize::try_from(DATA_BYTES)?);
        let body = format!(r#"{{"name":"bench","data":"{data}","to":["agent{}"]}}"#, number % AGENTS);
        let publish = request("POST", "/secure/agent/publish", &self.agents[0].headers, &body);
        self.timed(&publish).await
    }

    /// A page of an inbox from a place that is spread over the whole stream.
    async fn inbox(&mut self, number: usize) -> Outcome<(Duration, Value)> {
        // A multiplicative hash: the same places in every run.
        let after = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) % self.last_page;
        let agent = number % AGENTS;
        let path = format!("/secure/inbox?stream=agent{agent}&after={after}&epoch={}&limit=100", self.epoch);
        self.get(agent, &path).await
    }

    async fn get(&mut self, agent: usize, path: &str) -> Outcome<(Duration, Value)> {
        let get = request("GET", path, &self.agents[agent].headers, "");
        self.timed(&get).await
    }

    async fn timed(&mut self, request: &[u8]) -> Outcome<(Duration, Value)> {
        let start = Instant::now();
        let (status, body) = self.connection.exchange(request).await?;
        let took = start.elapsed();
        if status != 200 {
            return Err(format!("{status}: {}", String::from_utf8_lossy(body)).into());
        }
        Ok((took, serde_json::from_slice(body)?))
    }
}
