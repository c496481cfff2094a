//! Random histories: many agents publish, connect, drop, read and acknowledge, while the hub is killed and started again.
//! Afterwards every one of the nine invariants must have held.
//!
//! `AGENT_HUB_MODEL_SEED` repeats a seed, `AGENT_HUB_MODEL_SECONDS` makes a long run. The seed fixes what is tried, in which
//! order and when the hub is killed; how the parts interleave is the machine's.

mod actor;
mod check;
mod history;
mod judging;
mod memory;
mod reading;
pub mod rng;
mod session;
mod world;

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use self::{
    actor::Actor,
    check::judge,
    rng::Rng,
    world::{EVERYBODY, Ended, SHIFT, World},
};
use crate::harness::{Database, TestHub, limited};

/// What every run does, and the two that hold no sockets.
const NAMES: [&str; 6] = ["ann", "ben", "cho", "dee", "eli", "fay"];
const REST_ALONE: [&str; 2] = ["eli", "fay"];

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} must be a whole number")))
}

/// Seeds, and seconds for each.
fn plan() -> (Vec<u64>, u64) {
    let seconds = number("AGENT_HUB_MODEL_SECONDS");
    let seeds = match (number("AGENT_HUB_MODEL_SEED"), seconds) {
        (Some(seed), _) => vec![seed],
        (None, Some(_)) => vec![history::now_ms().unsigned_abs()],
        (None, None) => vec![1, 2],
    };
    (seeds, seconds.unwrap_or(8))
}

async fn run_all(database: Database) {
    let (seeds, seconds) = plan();
    for seed in seeds {
        limited(3 * seconds + 90, run(database, seed, seconds)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_histories_keep_every_invariant_on_sqlite() {
    run_all(Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_histories_keep_every_invariant_on_mariadb() {
    run_all(Database::MariaDb).await;
}

/// One hub, one seed.
async fn run(database: Database, seed: u64, seconds: u64) {
    println!("model: seed {seed}, {seconds} s, {database:?}");
    let mut hub = TestHub::builder(database).flag("--drain-time", 1).start().await;
    let (world, actors) = populate(&hub, seed, seconds).await;
    let mut living = JoinSet::new();
    for actor in actors {
        living.spawn(actor.live());
    }
    let (kills, ends) = torment(&mut hub, &world, Rng::new(seed, 1_000), Duration::from_secs(seconds)).await;
    world.over.store(true, Ordering::SeqCst);
    let actors = living.join_all().await;

    let settled: JoinSet<_> = actors.into_iter().map(Actor::settle_publishes).collect();
    let settled: JoinSet<_> = settled.join_all().await.into_iter().map(Actor::settle_reading).collect();
    let subscriptions: Vec<_> = settled.join_all().await.into_iter().flatten().collect();
    let record = world.history.lock();
    println!("model: seed {seed}: {kills} kills, {ends} orderly ends, {:?}", record.counts);
    let wrong = judge(&record, &subscriptions);
    let shown = wrong.iter().take(20).map(|what| format!("\n- {what}")).collect::<String>();
    assert!(wrong.is_empty(), "{} violations; AGENT_HUB_MODEL_SEED={seed} repeats this:{shown}", wrong.len());
    for what in ["publishes", "sessions", "acks", "reads", "retries", "pryings", "inboxes"] {
        let count = record.counts.get(what).copied().unwrap_or_default();
        assert!(count >= 5, "only {count} {what}: this run (seed {seed}) proves nothing");
    }
    let told = |what| record.counts.get(what).copied().unwrap_or_default();
    let (with, without) = (told("told that the hub restarts"), told("ended without a word"));
    assert!(
        with >= without,
        "{without} sessions ended without a word at an orderly end, {with} with 1012 (seed {seed})"
    );
    assert!(kills > 0, "the hub was never killed (seed {seed})");
}

/// The agents, and the channels that they talk in.
async fn populate(hub: &TestHub, seed: u64, seconds: u64) -> (Arc<World>, Vec<Actor>) {
    let agents = hub.add_agents(&NAMES).await;
    for channel in [EVERYBODY, SHIFT] {
        agents[0].make_channel(channel.trim_start_matches('#'), false).await;
    }
    for agent in &agents[1..] {
        agent.join(EVERYBODY.trim_start_matches('#')).await;
    }
    let epoch = agents[0].inbox("").await["epoch"].as_str().expect("an epoch").to_owned();
    let world = Arc::new(World::new(hub.address(), NAMES.map(str::to_owned).to_vec()));
    let budget = usize::try_from(seconds * 30).expect("a number");
    let actors = agents.into_iter().zip(0..).map(|(agent, n)| {
        let holds_sockets = !REST_ALONE.contains(&agent.name.as_str());
        Actor::new(agent, Arc::clone(&world), &epoch, Rng::new(seed, n), holds_sockets, budget)
    });
    let actors = actors.collect();
    (world, actors)
}

/// Kills the hub again and again, and now and then asks it to end; how often it did each. It is up at the end.
async fn torment(hub: &mut TestHub, world: &World, mut rng: Rng, time: Duration) -> (usize, usize) {
    let begin = Instant::now();
    let (mut kills, mut ends) = (0, 0);
    while begin.elapsed() < time {
        tokio::time::sleep(Duration::from_millis(200 + rng.below(1_300))).await;
        if rng.chance(70) || kills == 0 {
            kills += 1;
            world.will_end(Ended::Killed);
            hub.sigkill();
        } else {
            ends += 1;
            world.will_end(Ended::Terminated);
            let (status, took) = hub.sigterm().await;
            if status.code() != Some(0) || took > Duration::from_secs(10) {
                world.history.violation(format!("asked to end, the hub took {took:?} and ended with {status}"));
            }
        }
        world.will_begin();
        hub.restart().await;
    }
    (kills, ends)
}
