//! How an agent retrieves data, its own and what is none of its business; and how it comes to an end.

use agent_hub_protocol::{body::ItemAnswer, body::StatusAnswer, frame::HubFrame};

use super::{
    actor::Actor,
    check::Subscription,
    history::{Reading, now_ms},
    session::Session,
};
use crate::harness::{Request, json};

/// What came of a retrieve.
enum Found {
    /// The data.
    Data(ItemAnswer),
    /// A refusal, by its code.
    Refused(String),
    /// Nobody knows.
    Unknown,
}

impl Actor {
    /// Retrieves something that it was told of: it is there, or gone for a reason.
    pub(super) async fn read_something_told(&mut self) {
        if self.memory.known.is_empty() {
            return;
        }
        // As often as not the newest, while others go for it too.
        let newest = self.memory.known.len().saturating_sub(3);
        let from = if self.rng.chance(60) { newest } else { 0 };
        let (token, name) = self.rng.pick(&self.memory.known[from..]).clone();
        match self.retrieve(&token).await {
            Found::Refused(code) => self.world.history.lock().gone(&self.memory.name, &name, &code),
            Found::Data(item) if item.name != name => {
                self.world.history.violation(format!("{}: {name} was read as {}", self.memory.name, item.name));
            }
            Found::Data(_) => self.world.history.count("reads"),
            Found::Unknown => {}
        }
    }

    /// Retrieves anything whose token was ever told to anybody; the history knows whether it may succeed.
    pub(super) async fn pry(&mut self) {
        let token = {
            let tokens = self.world.tokens();
            (!tokens.is_empty()).then(|| self.rng.pick(&tokens).0.clone())
        };
        if let Some(token) = token {
            self.world.history.count("pryings");
            self.retrieve(&token).await;
        }
    }

    /// Retrieves under a key, again under the same key while the answer is lost; what is read is judged.
    async fn retrieve(&mut self, token: &str) -> Found {
        let key = format!("read-{}", self.world.number());
        for _ in 0..3 {
            let began_ms = now_ms();
            match self.retrieve_once(token, &key).await {
                Found::Data(item) => {
                    let by = Reading { agent: &self.memory.name, key: &key, token, began_ms };
                    self.world.history.lock().read(&by, &item, |channel| self.memory.is_of(channel));
                    return Found::Data(item);
                }
                Found::Unknown => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
                refused => return refused,
            }
        }
        Found::Unknown
    }

    async fn retrieve_once(&mut self, token: &str, key: &str) -> Found {
        if let Some(session) = &mut self.session
            && self.rng.chance(40)
        {
            let frame = json!({"type": "retrieve", "token": token, "idempotency_key": key});
            return match session.ask(&self.world, &mut self.memory, frame).await {
                Some(HubFrame::Data(item)) => Found::Data(item),
                Some(HubFrame::Error(error)) => self.passing(error.code),
                _ => {
                    self.session = None;
                    Found::Unknown
                }
            };
        }
        let request = Request::get(&format!("/secure/retrieve/{token}")).header("idempotency-key", key);
        let Some(answer) = self.world.ask(&self.agent, request).await else { return Found::Unknown };
        if answer.status == 200 {
            return serde_json::from_slice(&answer.body).map_or(Found::Unknown, Found::Data);
        }
        self.passing(answer.json()["code"].as_str().unwrap_or_default().to_owned())
    }

    fn passing(&self, code: String) -> Found {
        let unknown = matches!(&*code, "unavailable" | "busy" | "outcome_unknown" | "shutting_down");
        if unknown { Found::Unknown } else { Found::Refused(code) }
    }

    /// When the hub stays up: what is unknown is tried again, every second one at least; the others stay unknown.
    pub async fn settle_publishes(mut self) -> Self {
        let unknown: Vec<_> =
            self.mine.iter().filter(|(_, token)| token.is_none()).map(|(name, _)| name.clone()).collect();
        for (n, name) in unknown.iter().enumerate() {
            if n % 2 == 0 {
                self.try_publish(name, false).await;
                let settled = self.mine.iter().any(|(mine, token)| mine == name && token.is_some());
                if !settled {
                    self.world.history.violation(format!("{name} could not be published in peace"));
                }
            }
        }
        self
    }

    /// Reads everything that is left, and asks how its own publishes stand. What it was subscribed to all the time.
    pub async fn settle_reading(mut self) -> Vec<Subscription> {
        let mut subscriptions = Vec::new();
        for stream in self.memory.positions.clone().into_keys() {
            let head = self.read_to_the_head(&stream).await;
            subscriptions.push(Subscription { agent: self.memory.name.clone(), stream, since: 0, head });
        }
        let heads = self.memory.positions.clone();
        let from_the_start = heads.keys().map(|stream| (stream.clone(), 0)).collect();
        let replay = Session::connect(&self.world, &self.agent, &mut self.memory, Some(&from_the_start)).await;
        match replay {
            Some(mut session) => session.listen_to(&self.world, &mut self.memory, &heads).await,
            None => self.world.history.violation(format!("{}: no session in peace", self.memory.name)),
        }
        for (name, token) in std::mem::take(&mut self.mine) {
            if let Some(token) = token {
                self.ask_how_it_stands(&name, &token).await;
            }
        }
        subscriptions
    }

    async fn read_to_the_head(&mut self, stream: &str) -> i64 {
        for _ in 0..10_000 {
            let position = self.memory.positions[stream];
            let head = self.read_stream(stream, position, 1_000).await.unwrap_or(-1);
            if head == self.memory.positions[stream] {
                return head;
            }
            if position == self.memory.positions[stream] {
                let what =
                    format!("{}: {stream} does not go on after {position}, its head is {head}", self.memory.name);
                self.world.history.violation(what);
                return head;
            }
        }
        -1
    }

    async fn ask_how_it_stands(&mut self, name: &str, token: &str) {
        let answer = self.world.ask(&self.agent, Request::get(&format!("/secure/status/{token}"))).await;
        let status = answer.as_ref().and_then(|answer| serde_json::from_slice::<StatusAnswer>(&answer.body).ok());
        let Some(status) = status else {
            let what = answer.map(|answer| answer.text());
            return self.world.history.violation(format!("{name}: no status: {what:?}"));
        };
        let mut record = self.world.history.lock();
        if let Some(publish) = record.publishes.get_mut(name) {
            publish.stands = status.to.into_iter().map(|at| (at.address, at.seq)).collect();
        }
    }
}
