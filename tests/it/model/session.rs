//! A live session of an agent: every frame is judged as it comes (invariant 3: no repeat, no reorder, no gap).

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use agent_hub_protocol::frame::{HubFrame, HubMessage, Welcome};
use tokio::net::TcpStream;

use super::{
    memory::Memory,
    world::{Ended, World},
};
use crate::harness::{Event, TestAgent, TestSocket, Value, json};

/// How long an answer may take, with the machine busy.
const PATIENCE: Duration = Duration::from_secs(20);

/// A welcomed socket.
pub struct Session {
    socket: TestSocket,
    /// The run of the hub that it belongs to.
    run: usize,
    /// What it has sent up to, by stream.
    positions: BTreeMap<String, i64>,
}

impl Session {
    /// Connects and says hello, from these positions or from the durable cursors. `None`: the hub was not there.
    pub async fn connect(
        world: &World,
        agent: &TestAgent,
        memory: &mut Memory,
        after: Option<&BTreeMap<String, i64>>,
    ) -> Option<Self> {
        let run = world.run();
        let stream = TcpStream::connect(world.address).await.ok()?;
        let bearer = format!("Bearer {}", agent.jwt);
        let headers = [("x-api-key", agent.api_key.as_str()), ("authorization", bearer.as_str())];
        let mut socket = match TestSocket::upgrade(stream, "/secure/ws", &headers).await {
            Ok(socket) => socket,
            Err((0 | 503, _)) => return None,
            Err((status, body)) => {
                world.history.violation(format!("{}: no upgrade: {status} {body}", agent.name));
                return None;
            }
        };
        let mut hello = json!({"type": "hello"});
        if let Some(after) = after {
            hello["epoch"] = json!(memory.epoch);
            hello["after"] = json!(after);
        }
        socket.send(&hello).await;
        let mut session = Self { socket, run, positions: BTreeMap::new() };
        match session.socket.next_within(PATIENCE).await {
            Some(Event::Frame(frame)) => match serde_json::from_value(frame.clone()) {
                Ok(HubMessage { frame: HubFrame::Welcome(welcome), .. }) => {
                    session.welcomed(world, memory, &welcome, after);
                    Some(session)
                }
                _ => session.refuse(world, memory, format!("instead of a welcome came {frame}")),
            },
            Some(Event::Closed(Some(1012 | 1013) | None)) => None,
            other => session.refuse(world, memory, format!("instead of a welcome came {other:?}")),
        }
    }

    fn refuse(&self, world: &World, memory: &Memory, what: String) -> Option<Self> {
        world.history.violation(format!("{}: {what}", memory.name));
        None
    }

    fn welcomed(
        &mut self,
        world: &World,
        memory: &mut Memory,
        welcome: &Welcome,
        after: Option<&BTreeMap<String, i64>>,
    ) {
        world.history.count("sessions");
        if welcome.agent != memory.name || welcome.epoch != memory.epoch {
            world.history.violation(format!("{} was welcomed so: {welcome:?}", memory.name));
        }
        for (stream, cursor) in &welcome.streams {
            world.history.lock().cursor(&memory.name, stream, cursor.acked, cursor.head);
            let start = after.and_then(|after| after.get(stream)).copied().unwrap_or(cursor.acked);
            self.positions.insert(stream.clone(), start);
        }
    }

    /// Listens for a while; false when the session has ended.
    pub async fn listen(&mut self, world: &World, memory: &mut Memory, patience: Duration) -> bool {
        for _ in 0..1_000 {
            match self.socket.next_within(patience).await {
                None => return true,
                Some(Event::Frame(frame)) => drop(self.frame(world, memory, frame)),
                Some(Event::Closed(code)) => {
                    self.ended(world, memory, code);
                    return false;
                }
            }
        }
        true
    }

    /// Listens until it has come to these heads.
    pub async fn listen_to(&mut self, world: &World, memory: &mut Memory, heads: &BTreeMap<String, i64>) {
        let deadline = Instant::now() + PATIENCE;
        while heads.iter().any(|(stream, head)| self.positions.get(stream).is_none_or(|position| position < head)) {
            let alive = self.listen(world, memory, Duration::from_millis(20)).await;
            if !alive || Instant::now() > deadline {
                let what = format!("{}: a session came to {:?} of {heads:?}", memory.name, self.positions);
                return world.history.violation(what);
            }
        }
    }

    /// Asks on the socket. `None`: the session has ended, and nobody knows what became of it.
    pub async fn ask(&mut self, world: &World, memory: &mut Memory, mut frame: Value) -> Option<HubFrame> {
        let id = world.number().to_string();
        frame["id"] = json!(id);
        self.socket.send(&frame).await;
        for _ in 0..100_000 {
            match self.socket.next_within(PATIENCE).await {
                None => {
                    world.history.violation(format!("{}: no answer to {frame}", memory.name));
                    return None;
                }
                Some(Event::Frame(answer)) => {
                    let its_id = answer["id"].as_str() == Some(&id);
                    let answer = self.frame(world, memory, answer);
                    if its_id {
                        return answer;
                    }
                }
                Some(Event::Closed(code)) => {
                    self.ended(world, memory, code);
                    return None;
                }
            }
        }
        None
    }

    /// One frame; it is judged, remembered and given back.
    fn frame(&mut self, world: &World, memory: &mut Memory, frame: Value) -> Option<HubFrame> {
        let shown = frame.to_string();
        let Ok(HubMessage { frame, id }) = serde_json::from_value(frame) else {
            world.history.violation(format!("{}: an unreadable frame {shown}", memory.name));
            return None;
        };
        match &frame {
            HubFrame::Notify(told) => {
                self.goes_on(world, memory, &told.stream, told.seq, told.seq);
                memory.entry(world, told);
            }
            HubFrame::Skipped(skipped) => {
                self.goes_on(world, memory, &skipped.stream, skipped.from, skipped.to);
                memory.skipped(world, skipped);
            }
            HubFrame::Joined(joined) => {
                // A member that joins again stays where it is.
                self.positions.entry(joined.stream.clone()).or_insert(joined.cursor.acked);
            }
            HubFrame::Left { stream } => {
                self.positions.remove(stream);
            }
            HubFrame::Error(_) if id.is_some() => {}
            HubFrame::Published { .. } | HubFrame::Data(_) | HubFrame::Ok | HubFrame::Pong => {}
            _ => world.history.violation(format!("{}: a frame that should not come: {shown}", memory.name)),
        }
        Some(frame)
    }

    /// Invariant 3
    fn goes_on(&mut self, world: &World, memory: &Memory, stream: &str, from: i64, to: i64) {
        match self.positions.get_mut(stream) {
            Some(position) if *position + 1 == from => *position = to,
            Some(position) => {
                let what = format!("{}: {stream} goes on at {from} after {position}", memory.name);
                *position = to;
                world.history.violation(what);
            }
            None => world.history.violation(format!("{}: {stream}/{from}, of no stream of its", memory.name)),
        }
    }

    /// Invariant 9: a session ends because its hub does, or this side does; a hub that was asked to end says so.
    fn ended(&self, world: &World, memory: &Memory, code: Option<u16>) {
        match (world.end_of(self.run), code) {
            (Ended::Terminated, Some(1012)) => world.history.count("told that the hub restarts"),
            // A frame that crossed with the close may have reset the connection, and the close with it.
            (Ended::Terminated, None) => world.history.count("ended without a word"),
            (Ended::Killed, _) => {}
            (end, code) => {
                world.history.violation(format!("{}: the session ended with {code:?}, the hub {end:?}", memory.name))
            }
        }
    }
}
