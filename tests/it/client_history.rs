//! The Rust client under fire: the hub is killed and started again under load, and a proxy cuts, delays, mutes and half-closes.
//! Nothing that was acknowledged is lost, nothing is told twice, nothing out of order.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use agent_hub_client::Hub;
use tokio::{task::JoinSet, time::sleep};

use crate::{harness::*, model::rng::Rng};

on_both! { limit = 150; random_faults_cost_the_caller_nothing }

/// How long faults happen.
const FAULTS_FOR: Duration = Duration::from_secs(12);
/// How long everything may take to arrive afterwards.
const SETTLE: Duration = Duration::from_secs(60);

/// What was acknowledged to the publishers: token by name.
type Acknowledged = Arc<Mutex<BTreeMap<String, String>>>;

async fn random_faults_cost_the_caller_nothing(db: Database) {
    let seed = std::env::var("AGENT_HUB_MODEL_SEED").map_or(7, |seed| seed.parse().expect("a number"));
    println!("client history: seed {seed}, {db:?}");
    let mut hub = TestHub::builder(db).flag("--ping-interval", 2).start().await;
    let [ann, ben, steady, shaken, restless] = hub.agents(["ann", "ben", "steady", "shaken", "restless"]).await;
    let proxy = Proxy::to(&hub.address().to_string()).await;
    let steady = hub.client_of(&steady).open().await.unwrap();
    let shaken = hub.client_through(&shaken, &proxy.address()).open().await.unwrap();
    let restless = hub.client_of(&restless).open().await.unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let acknowledged = Acknowledged::default();
    let mut publishers = JoinSet::new();
    for (agent, through_proxy) in [(&ann, false), (&ben, true)] {
        let connect = if through_proxy { hub.client_through(agent, &proxy.address()) } else { hub.client_of(agent) };
        publishers.spawn(publish(connect.open().await.unwrap(), over.clone(), acknowledged.clone()));
    }
    let heard: Vec<_> = [steady, shaken]
        .into_iter()
        .map(|hub| {
            let heard = Heard::default();
            (heard.clone(), tokio::spawn(listen(hub, heard)))
        })
        .collect();
    let again = Heard::default();
    let coming_and_going = tokio::spawn(come_and_go(restless, again.clone(), Rng::new(seed, 2)));
    torment(&mut hub, &proxy, Rng::new(seed, 1)).await;
    over.store(true, Ordering::SeqCst);
    publishers.join_all().await;
    let wanted = acknowledged.lock().unwrap().clone();
    assert!(wanted.len() > 50, "only {} were published: no test of anything", wanted.len());
    for heard in heard.iter().map(|(heard, _)| heard).chain([&again]) {
        let missing = async || wanted.keys().filter(|name| !heard.names().contains_key(*name)).count();
        let begun = Instant::now();
        while missing().await > 0 && begun.elapsed() < SETTLE {
            sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(missing().await, 0, "of {} acknowledged", wanted.len());
        let names = heard.names();
        assert!(wanted.iter().all(|(name, token)| names[name] == *token), "one item has one token");
    }
    for (_, task) in heard {
        task.abort();
        assert!(task.await.is_err_and(|ended| ended.is_cancelled()), "a listener ended by itself");
    }
    coming_and_going.abort();
    assert!(coming_and_going.await.is_err_and(|ended| ended.is_cancelled()), "the restless one ended by itself");
    println!("client history: {} acknowledged", wanted.len());
}

/// What a listener was told.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<BTreeMap<String, String>>>);

impl Heard {
    fn names(&self) -> BTreeMap<String, String> {
        self.0.lock().unwrap().clone()
    }

    /// Whether this name is new.
    fn note(&self, name: &str, token: &str) -> bool {
        self.0.lock().unwrap().insert(name.into(), token.into()).is_none()
    }
}

async fn publish(hub: Hub, over: Arc<AtomicBool>, acknowledged: Acknowledged) {
    let mut number = 0;
    while !over.load(Ordering::SeqCst) {
        number += 1;
        let name = format!("{}-{number:05}", hub.agent());
        let send = hub.send(["steady", "shaken", "restless"], format!("the body of {name}")).name(&name);
        if let Ok(sent) = send.await {
            acknowledged.lock().unwrap().insert(name, sent.token);
        }
    }
}

/// Is told everything in order and once, reads it, and acknowledges.
async fn listen(hub: Hub, heard: Heard) {
    let mut notes = hub.notifications().await.expect("notifications");
    let (mut last_seq, mut last_of) = (0, BTreeMap::<String, String>::new());
    while let Some(note) = notes.next().await.expect("no fault ends a session for good") {
        assert!(note.seq > last_seq, "{} after {last_seq}", note.seq);
        last_seq = note.seq;
        let before = last_of.insert(note.from.clone(), note.name.clone()).unwrap_or_default();
        assert!(note.name > before, "{} after {before}", note.name);
        assert!(heard.note(&note.name, &note.token), "{} was told twice", note.name);
        if let Ok(message) = note.read().await {
            assert!(message.sealed && message.text() == format!("the body of {}", note.name));
        }
        if note.seq % 3 == 0 {
            // Not on disk for sure, if the hub is away for too long; the next one says it again.
            drop(note.ack().await);
        }
    }
}

/// Comes, acknowledges a part of what it is told, goes, and comes again: what was acknowledged does not come again.
async fn come_and_go(hub: Hub, heard: Heard, mut random: Rng) {
    let mut acked = 0;
    loop {
        let Ok(mut notes) = hub.notifications().await else { continue };
        let mut last = None;
        for _ in 0..random.below(60) + 1 {
            let note = notes.next().await.expect("no fault ends a session for good").expect("not the end");
            assert!(note.seq > acked, "{} came again although {acked} was acknowledged", note.seq);
            assert!(last.is_none_or(|last| note.seq > last), "{} after {last:?}", note.seq);
            last = Some(note.seq);
            heard.note(&note.name, &note.token);
            if random.below(4) == 0 && note.ack().await.is_ok() {
                acked = note.seq;
            }
        }
    }
}

/// Kills the hub and spoils the proxy, by turns.
async fn torment(hub: &mut TestHub, proxy: &Proxy, mut random: Rng) {
    let modes = [Mode::Cut, Mode::Delay(30), Mode::Mute, Mode::HalfClosed, Mode::Hang, Mode::Rate(200_000)];
    let end = Instant::now() + FAULTS_FOR;
    while Instant::now() < end {
        sleep(Duration::from_millis(200 + random.below(600))).await;
        let mode = modes[usize::try_from(random.below(modes.len() as u64)).expect("small")];
        proxy.set(mode);
        sleep(Duration::from_millis(100 + random.below(500))).await;
        if random.below(3) == 0 {
            hub.restart().await;
        }
        // A connection that lost something must not go on as if it had not.
        if matches!(mode, Mode::Mute | Mode::HalfClosed) {
            proxy.set(Mode::Cut);
        }
        proxy.set(Mode::Pass);
    }
}
