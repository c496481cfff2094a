//! What the agents of a run share: where the hub is, how its runs ended, and the history.

use std::{
    net::SocketAddr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use super::history::History;
use crate::harness::{Request, Response, TestAgent, try_send};

/// A channel that every agent is a member of all the time.
pub const EVERYBODY: &str = "#all";
/// A channel that agents join and leave.
pub const SHIFT: &str = "#shift";

/// How a run of the hub ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It has not.
    Not,
    /// By SIGKILL.
    Killed,
    /// By SIGTERM.
    Terminated,
}

/// The world of a run.
pub struct World {
    /// Where the hub listens, in all its runs.
    pub address: SocketAddr,
    /// The agents.
    pub names: Vec<String>,
    /// What happened.
    pub history: History,
    /// Whether the agents should come to an end.
    pub over: AtomicBool,
    runs: Mutex<Vec<Ended>>,
    numbers: AtomicU64,
    tokens: Mutex<Vec<(String, String)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    /// A world with a hub in its first run.
    pub fn new(address: SocketAddr, names: Vec<String>) -> Self {
        Self {
            address,
            names,
            history: History::default(),
            over: AtomicBool::new(false),
            runs: Mutex::new(vec![Ended::Not]),
            numbers: AtomicU64::new(1),
            tokens: Mutex::default(),
        }
    }

    /// A number that nobody else gets.
    pub fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// The number of the hub's present run.
    pub fn run(&self) -> usize {
        lock(&self.runs).len() - 1
    }

    /// How run number `run` ended.
    pub fn end_of(&self, run: usize) -> Ended {
        lock(&self.runs)[run]
    }

    /// The present run is about to be ended.
    pub fn will_end(&self, how: Ended) {
        *lock(&self.runs).last_mut().expect("a run") = how;
    }

    /// The next run is about to begin.
    pub fn will_begin(&self) {
        lock(&self.runs).push(Ended::Not);
    }

    /// Remembers the token of the publish called `name`, for those who pry.
    pub fn remember(&self, token: &str, name: &str) {
        lock(&self.tokens).push((token.to_owned(), name.to_owned()));
    }

    /// Every token that was ever told, with the name of its publish.
    pub fn tokens(&self) -> MutexGuard<'_, Vec<(String, String)>> {
        lock(&self.tokens)
    }

    /// Asks the hub by REST. `None`: nobody knows what became of it.
    pub async fn ask(&self, agent: &TestAgent, request: Request) -> Option<Response> {
        let signed = agent.signed(request);
        let answer = tokio::time::timeout(Duration::from_secs(30), try_send(self.address, &signed)).await;
        let Ok(answer) = answer else {
            self.history.violation(format!("no answer within 30 s to {} {}", signed.method, signed.path));
            return None;
        };
        let answer = answer?;
        match answer.status {
            503 | 429 => None,
            401 | 500 => {
                let what = format!("{} {}: {}", signed.method, signed.path, answer.text());
                self.history.violation(format!("{} got {} to {what}", agent.name, answer.status));
                None
            }
            _ => Some(answer),
        }
    }
}
