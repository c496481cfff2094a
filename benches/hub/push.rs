//! How long it takes from publishing to being told.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Mutex, mpsc},
};

use crate::{
    Outcome,
    http::{Connection, request},
    hub::{self, Credentials, Folder, Hub},
    peer::Peer,
    probe::{self, Times, USUAL},
    socket::Socket,
    table::{count, print, row},
};

const SUBSCRIBERS: usize = 50;
const CONNECTIONS: usize = 64;
const DATA_BYTES: usize = 1024;
const WARM_UP: Duration = Duration::from_secs(2);
const MEASURED: Duration = Duration::from_secs(10);

/// When each publish was to be sent, and when it was.
struct Plan {
    start: Instant,
    interval: Duration,
    warm_up: usize,
    written_ns: Vec<AtomicU64>,
    arrived: AtomicUsize,
}

impl Plan {
    fn new(per_s: u64) -> Outcome<Self> {
        let interval = Duration::from_nanos(1_000_000_000 / per_s.max(1));
        let publishes = |time: Duration| time.as_nanos() / interval.as_nanos();
        let all = usize::try_from(publishes(WARM_UP + MEASURED))?;
        Ok(Self {
            start: Instant::now() + Duration::from_millis(100),
            interval,
            warm_up: usize::try_from(publishes(WARM_UP))?,
            written_ns: (0..all).map(|_| AtomicU64::new(0)).collect(),
            arrived: AtomicUsize::new(0),
        })
    }

    fn planned(&self, number: usize) -> Instant {
        self.start + self.interval.saturating_mul(u32::try_from(number).unwrap_or(u32::MAX))
    }

    fn note_written(&self, number: usize) {
        let since = u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.written_ns[number].store(since, Ordering::Relaxed);
    }

    fn written(&self, number: usize) -> Instant {
        self.start + Duration::from_nanos(self.written_ns[number].load(Ordering::Relaxed))
    }
}

/// Publishes `per_s` a second and prints how long each took to arrive.
pub async fn run(per_s: u64) -> Outcome {
    let folder = Folder::new("push")?;
    let hub = Hub::start(folder.path(), &[])?;
    let agents = hub.agents(folder.path(), "agent", SUBSCRIBERS).await?;
    let plan = Arc::new(Plan::new(per_s)?);
    let mut subscribers = Vec::new();
    for (number, agent) in agents.iter().enumerate() {
        let mut socket = Socket::open(hub.port, number, Some(agent)).await?;
        socket.hello().await?;
        subscribers.push(tokio::spawn(subscribe(socket, Arc::clone(&plan))));
    }
    let peer = Peer::start("peer-echo")?;
    let echo = tokio::spawn(ping(peer.port));

    let cpu_before = probe::cpu_s(hub.pid())?;
    let late = publish_all(&hub, &agents, &plan).await?;
    let all = plan.written_ns.len();
    let patience = Instant::now() + Duration::from_secs(5);
    while plan.arrived.load(Ordering::Relaxed) < all && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let hub_cpu_s = probe::cpu_s(hub.pid())? - cpu_before;
    let arrived = plan.arrived.load(Ordering::Relaxed);
    drop(hub);
    drop(peer);
    let echoed = echo.await??;
    let (mut from_write, mut from_plan) = (Vec::new(), Vec::new());
    for subscriber in subscribers {
        let (written, planned) = subscriber.await?;
        from_write.push(written);
        from_plan.push(planned);
    }
    let rows = [
        row("from the write to the notify", Times::merge(from_write).describe(USUAL), "publish, commit, push"),
        row("from the planned moment", Times::merge(from_plan).describe(USUAL), "and the wait for a free connection"),
        row("plain TCP echo, meanwhile", echoed.describe(USUAL), "there and back, another process"),
        row("the load was late by", late.describe(USUAL), "its own timer"),
        row("arrived", format!("{arrived} of {all}"), "every one must"),
        row("CPU of the hub", format!("{hub_cpu_s:.1} s"), format!("of {} s", (WARM_UP + MEASURED).as_secs())),
    ];
    let how = format!(
        "{}/s of {DATA_BYTES} B by REST, evenly paced whatever the answers do, to {SUBSCRIBERS} agents that hold a socket;\n\
         {}; {} s after a warm-up of {} s.",
        count(f64::from(u32::try_from(per_s)?)),
        hub::database(),
        MEASURED.as_secs(),
        WARM_UP.as_secs()
    );
    print("push", &how, &rows);
    if arrived == all { Ok(()) } else { Err(format!("{} notifications never came", all - arrived).into()) }
}

/// Hands each publish, when its moment has come, to a connection that is free. Answers how late the pacing was.
async fn publish_all(hub: &Hub, agents: &[Credentials], plan: &Arc<Plan>) -> Outcome<Times> {
    let (send, receive) = mpsc::unbounded_channel();
    let receive = Arc::new(Mutex::new(receive));
    let mut workers = Vec::new();
    for number in 0..CONNECTIONS {
        let connection = Connection::open(hub.port).await?;
        let who = agents[number % agents.len()].clone();
        workers.push(tokio::spawn(publish_some(connection, who, Arc::clone(&receive), Arc::clone(plan))));
    }
    let pacing = {
        let plan = Arc::clone(plan);
        std::thread::spawn(move || pace(&plan, &send))
    };
    for worker in workers {
        worker.await??;
    }
    pacing.join().map_err(|_| "the pacing thread panicked".into())
}

/// On a thread of its own, whose sleep is exact to some 50 µs; a timer of tokio is exact to 1 ms.
fn pace(plan: &Plan, send: &mpsc::UnboundedSender<usize>) -> Times {
    let mut late = Times::default();
    for number in 0..plan.written_ns.len() {
        let planned = plan.planned(number);
        std::thread::sleep(planned.saturating_duration_since(Instant::now()));
        late.add(planned.elapsed());
        if send.send(number).is_err() {
            break;
        }
    }
    late
}

async fn publish_some(
    mut connection: Connection,
    who: Credentials,
    receive: Arc<Mutex<mpsc::UnboundedReceiver<usize>>>,
    plan: Arc<Plan>,
) -> Outcome {
    let data = "x".repeat(DATA_BYTES);
    loop {
        let Some(number) = receive.lock().await.recv().await else { return Ok(()) };
        let body = format!(r#"{{"name":"{number}","data":"{data}","to":["agent{}"]}}"#, number % SUBSCRIBERS);
        let publish = request("POST", "/secure/agent/publish", &who.headers, &body);
        plan.note_written(number);
        let (status, answer) = connection.exchange(&publish).await?;
        if status != 200 {
            return Err(format!("{status}: {}", String::from_utf8_lossy(answer)).into());
        }
    }
}

/// Reads notifications until the hub is gone: the times since they were written, and since they were to be.
async fn subscribe(mut socket: Socket, plan: Arc<Plan>) -> (Times, Times) {
    let (mut from_write, mut from_plan) = (Times::default(), Times::default());
    while let Ok(frame) = socket.next().await {
        let now = Instant::now();
        let Some(number) = number_of(&frame) else { continue };
        plan.arrived.fetch_add(1, Ordering::Relaxed);
        if number >= plan.warm_up {
            from_write.add(now.saturating_duration_since(plan.written(number)));
            from_plan.add(now.saturating_duration_since(plan.planned(number)));
        }
    }
    (from_write, from_plan)
}

/// The number that the publish carried as its name.
fn number_of(frame: &str) -> Option<usize> {
    let (_, rest) = frame.split_once(r#""name":""#)?;
    rest.split_once('"')?.0.parse().ok()
}

/// The round trip of 64 bytes, 200 times a second, until the peer is gone.
async fn ping(port: u16) -> Outcome<Times> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let (mut times, mut buffer) = (Times::default(), [b'x'; 64]);
    loop {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let start = Instant::now();
        if stream.write_all(&buffer).await.is_err() || stream.read_exact(&mut buffer).await.is_err() {
            return Ok(times);
        }
        times.add(start.elapsed());
    }
}
