//! One agent of a run: it does one thing after the other, by its own seeded choice.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use agent_hub_protocol::{body::InboxAnswer, frame::HubFrame};

use super::{
    history::{LONG_TTL, Publish, now_ms},
    memory::Memory,
    rng::Rng,
    session::Session,
    world::{EVERYBODY, SHIFT, World},
};
use crate::harness::{Request, TestAgent, Value, json};

/// An agent that lives in the world.
pub struct Actor {
    /// Who it is.
    pub agent: TestAgent,
    /// The world.
    pub world: Arc<World>,
    /// What it knows.
    pub memory: Memory,
    pub(super) rng: Rng,
    /// Whether it holds sockets, or uses REST alone.
    holds_sockets: bool,
    pub(super) session: Option<Session>,
    /// Its publishes: name, and token once acknowledged.
    pub(super) mine: Vec<(String, Option<String>)>,
    /// Most publishes that it makes.
    budget: usize,
}

impl Actor {
    /// An agent that has not done anything.
    pub fn new(agent: TestAgent, world: Arc<World>, epoch: &str, rng: Rng, holds_sockets: bool, budget: usize) -> Self {
        let memory = Memory::new(&agent.name, epoch, agent.name == world.names[0]);
        Self { agent, world, memory, rng, holds_sockets, session: None, mine: Vec::new(), budget }
    }

    /// Lives until the world is over.
    pub async fn live(mut self) -> Self {
        while !self.world.over.load(Ordering::SeqCst) {
            if self.holds_sockets {
                self.hold_a_session().await;
            }
            match self.rng.below(100) {
                0..40 => self.publish().await,
                40..50 => self.retry().await,
                50..65 => self.read_something_told().await,
                65..70 => self.pry().await,
                70..82 => self.ack().await,
                82..86 => self.withdraw().await,
                86..96 => self.look_into_the_inbox().await,
                96..98 => self.change_shifts().await,
                _ => self.session = None,
            }
            tokio::time::sleep(Duration::from_millis(self.rng.below(12))).await;
        }
        self.session = None;
        self
    }

    /// Connects if there is no session, from its own position or from the durable one; else listens for a moment.
    async fn hold_a_session(&mut self) {
        let (world, memory) = (&*self.world, &mut self.memory);
        if let Some(session) = &mut self.session {
            let patience = Duration::from_millis(1 + self.rng.below(10));
            if !session.listen(world, memory, patience).await {
                self.session = None;
            }
        } else {
            let after = self.rng.chance(70).then(|| memory.positions.clone());
            self.session = Session::connect(world, &self.agent, memory, after.as_ref()).await;
        }
    }

    fn addresses(&mut self) -> Vec<String> {
        let mut to = Vec::new();
        for _ in 0..=self.rng.below(3) {
            let address = match self.rng.below(10) {
                0..2 => EVERYBODY.to_owned(),
                2 => SHIFT.to_owned(),
                _ => self.rng.pick(&self.world.names).clone(),
            };
            if !to.contains(&address) {
                to.push(address);
            }
        }
        to
    }

    /// Something new, over the socket if there is one, else by REST.
    async fn publish(&mut self) {
        let unknown = self.mine.iter().filter(|(_, token)| token.is_none()).count();
        if unknown >= 8 || self.mine.len() >= self.budget {
            return self.retry().await;
        }
        let number = self.world.number();
        let name = format!("p{number}");
        let size = usize::try_from(self.rng.below(200)).expect("a size");
        let publish = Publish {
            from: self.memory.name.clone(),
            name: name.clone(),
            data: format!("{number}:{}", "x".repeat(size)),
            to: self.addresses(),
            ttl: if self.rng.chance(15) { 1 + i64::from(self.rng.chance(50)) } else { LONG_TTL },
            one_time: self.rng.chance(25),
            key: format!("key of {name}").replace(' ', "-"),
            began: self.world.history.tick(),
            began_ms: now_ms(),
            ended: None,
            ended_ms: 0,
            token: None,
            withdrawn: false,
            stands: std::collections::BTreeMap::new(),
        };
        self.world.history.lock().publishes.insert(name.clone(), publish);
        self.mine.push((name.clone(), None));
        let over_the_socket = self.rng.chance(60);
        self.try_publish(&name, over_the_socket).await;
    }

    /// Tries a publish (again), always with its one key.
    pub(super) async fn try_publish(&mut self, name: &str, over_the_socket: bool) {
        let publish = self.world.history.lock().publishes[name].clone();
        let mut body = json!({"name": name, "data": publish.data, "to": publish.to, "ttl": publish.ttl});
        if publish.one_time {
            body["one_time"] = json!(true);
        }
        let token = match &mut self.session {
            Some(session) if over_the_socket => {
                body["type"] = json!("publish");
                body["idempotency_key"] = json!(publish.key);
                match session.ask(&self.world, &mut self.memory, body).await {
                    Some(HubFrame::Published { token }) => Some(token),
                    None => return self.session = None,
                    Some(answer) => return self.refused("publish", &format!("{answer:?}")),
                }
            }
            _ => {
                let request =
                    Request::post("/secure/agent/publish").header("idempotency-key", &publish.key).json(&body);
                let Some(answer) = self.world.ask(&self.agent, request).await else { return };
                if answer.status != 200 {
                    return self.refused("publish", &answer.text());
                }
                answer.json()["token"].as_str().map(str::to_owned)
            }
        };
        if let Some(token) = token {
            self.acknowledged(name, &token);
        }
    }

    /// A refusal that is no fault of the agent's: of a socket it may be that the hub has too much to do, or ends.
    fn refused(&self, what: &str, answer: &str) {
        let passing = ["unavailable", "busy", "outcome_unknown", "shutting_down"];
        if !passing.iter().any(|code| answer.contains(code)) {
            self.world.history.violation(format!("{}: {what} was refused: {answer}", self.memory.name));
        }
    }

    fn acknowledged(&mut self, name: &str, token: &str) {
        self.world.history.count("publishes");
        let ended = self.world.history.tick();
        let mut record = self.world.history.lock();
        record.named(name, token);
        let publish = record.publishes.get_mut(name).expect("its publish");
        if publish.token.is_none() {
            (publish.ended, publish.ended_ms, publish.token) = (Some(ended), now_ms(), Some(token.to_owned()));
        }
        drop(record);
        if let Some((_, known)) = self.mine.iter_mut().find(|(mine, _)| mine == name) {
            *known = Some(token.to_owned());
        }
        self.world.remember(token, name);
    }

    /// Tries one again whose outcome is unknown; now and then also one that was acknowledged.
    async fn retry(&mut self) {
        let unknown = self.mine.iter().find(|(_, token)| token.is_none()).map(|(name, _)| name.clone());
        let known = (!self.mine.is_empty()).then(|| self.rng.pick(&self.mine).0.clone());
        if let Some(name) = unknown.or(known.filter(|_| self.rng.chance(30))) {
            self.world.history.count("retries");
            let over_the_socket = self.rng.chance(50);
            self.try_publish(&name, over_the_socket).await;
        }
    }

    /// Acknowledges up to somewhere at or before its position.
    async fn ack(&mut self) {
        let streams: Vec<_> = self.memory.positions.clone().into_iter().collect();
        let (stream, position) = self.rng.pick(&streams).clone();
        let back = if self.rng.chance(30) { i64::try_from(self.rng.below(5)).unwrap_or_default() } else { 0 };
        let seq = (position - back).max(0);
        let done = match &mut self.session {
            Some(session) if self.rng.chance(60) => {
                let frame = json!({"type": "ack", "seq": seq, "stream": stream});
                match session.ask(&self.world, &mut self.memory, frame).await {
                    Some(HubFrame::Ok) => true,
                    None => return self.session = None,
                    Some(answer) => return self.refused("ack", &format!("{answer:?}")),
                }
            }
            _ => {
                let body = json!({"seq": seq, "stream": stream, "epoch": self.memory.epoch});
                let answer = self.world.ask(&self.agent, Request::post("/secure/inbox/ack").json(&body)).await;
                let Some(answer) = answer else { return };
                if answer.status != 200 {
                    return self.refused("ack", &answer.text());
                }
                true
            }
        };
        if done {
            self.world.history.count("acks");
            self.world.history.lock().acked(&self.memory.name, &stream, seq);
        }
    }

    async fn withdraw(&mut self) {
        let acknowledged: Vec<_> = self.mine.iter().filter_map(|(name, token)| Some((name, token.clone()?))).collect();
        if acknowledged.is_empty() {
            return;
        }
        let (name, token) = self.rng.pick(&acknowledged).clone();
        if let Some(publish) = self.world.history.lock().publishes.get_mut(name) {
            publish.withdrawn = true;
        }
        let answer = self.world.ask(&self.agent, Request::delete(&format!("/secure/retrieve/{token}"))).await;
        if answer.is_some_and(|answer| !matches!(answer.status, 200 | 410)) {
            self.world.history.violation(format!("{}: {name} could not be withdrawn", self.memory.name));
        }
    }

    /// The durable inbox, or one stream from its own position on.
    pub(super) async fn look_into_the_inbox(&mut self) {
        let streams: Vec<_> = self.memory.positions.clone().into_iter().collect();
        let (stream, position) = self.rng.pick(&streams).clone();
        let limit = 1 + self.rng.below(100);
        if self.rng.chance(25) {
            let wait = u8::from(self.rng.chance(20));
            self.inbox(&format!("?limit={limit}&wait={wait}"), None).await;
        } else {
            self.read_stream(&stream, position, limit).await;
        }
    }

    /// One page of a stream behind `after`; the stream's head.
    pub(super) async fn read_stream(&mut self, stream: &str, after: i64, limit: u64) -> Option<i64> {
        let address = stream.replace('#', "%23");
        let query = format!("?stream={address}&after={after}&epoch={}&limit={limit}", self.memory.epoch);
        let answer = self.inbox(&query, Some(after)).await?;
        answer.streams.get(stream).map(|cursor| cursor.head)
    }

    async fn inbox(&mut self, query: &str, after: Option<i64>) -> Option<InboxAnswer> {
        let answer = self.world.ask(&self.agent, Request::get(&format!("/secure/inbox{query}"))).await?;
        let Ok(inbox) = serde_json::from_slice::<InboxAnswer>(&answer.body) else {
            self.refused("inbox", &answer.text());
            return None;
        };
        self.world.history.count("inboxes");
        self.memory.inbox(&self.world, &inbox, after);
        Some(inbox)
    }

    /// Joins or leaves the one channel whose members change.
    async fn change_shifts(&mut self) {
        // The channel's owner stays.
        if self.memory.name == self.world.names[0] {
            return;
        }
        let join = self.rng.chance(60);
        self.memory.on_shift |= join;
        let frame: Value = json!({"type": if join { "join" } else { "leave" }, "channel": SHIFT});
        let done = match &mut self.session {
            Some(session) => match session.ask(&self.world, &mut self.memory, frame).await {
                Some(HubFrame::Joined(_) | HubFrame::Left { .. }) => true,
                None => return self.session = None,
                Some(answer) => return self.refused("join or leave", &format!("{answer:?}")),
            },
            None => {
                let method = if join { "PUT" } else { "DELETE" };
                let request = Request::new(method, "/secure/channels/shift/membership");
                self.world.ask(&self.agent, request).await.is_some_and(|answer| answer.status == 200)
            }
        };
        if done {
            self.memory.on_shift = join;
        }
    }
}
