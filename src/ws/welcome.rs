//! Opening a session: its place in the registry, its positions, and what it is told first.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    sync::Arc,
};

use agent_hub_protocol::{
    PROTOCOL,
    body::Cursor,
    frame::{HubFrame, Welcome},
};
use futures::stream::FuturesOrdered;
use tokio::time::Instant;

use super::{hello::Resume, pace::Pace, session::Session, socket::Socket, tracks::Tracks};
use crate::{
    auth::principal::Principal,
    error::{Error, ErrorCode, Result},
    http::listener::Slot,
    hub::{Hub, registry::Ear},
    store::subscriptions::SubscriptionRow,
};

impl Session {
    /// Takes its place in the registry, and says welcome. Listening comes before reading: what is committed between the two
    /// is heard.
    pub async fn open(
        hub: Arc<Hub>,
        socket: Socket,
        who: Principal,
        id: Option<String>,
        resume: &Resume,
        inline_max: u32,
        arrival: (IpAddr, Option<Arc<Slot>>),
    ) -> std::result::Result<Self, (Socket, Error)> {
        let (peer, slot) = arrival;
        let ear = Ear::Session { inline_max, peer };
        let ears = match hub.registry.open(who.agent, ear, hub.limits.sessions_per_agent) {
            Ok(ears) => ears,
            Err(error) => return Err((socket, error)),
        };
        let now = Instant::now();
        let mut session = Self {
            hub,
            _slot: slot,
            socket,
            who,
            ears,
            tracks: Tracks::new(inline_max),
            inline_max,
            pace: Pace::new(),
            in_flight: FuturesOrdered::new(),
            reading: None,
            unwritten: Vec::new(),
            compare_at: None,
            heard_at: now,
            pinged_at: now,
        };
        match session.welcome(id, resume).await {
            Ok(()) => Ok(session),
            Err(error) => Err((session.socket, error)),
        }
    }

    async fn welcome(&mut self, id: Option<String>, resume: &Resume) -> Result<()> {
        // From its place in the registry on it is told of revocations; what came between its credentials and that is asked for.
        self.who = self.hub.recheck(&self.who).await?;
        let mut rows = self.hub.subscriptions(&self.who).await?;
        let known: BTreeSet<String> = rows.iter().map(SubscriptionRow::address).collect();
        if let Some(unknown) = resume.after.keys().find(|stream| !known.contains(*stream)) {
            let told = format!("`after` names `{}`, which is not a stream of this agent", unknown.escape_debug());
            return Err(Error::new(ErrorCode::NotFound, told));
        }
        let written: Vec<_> = rows.iter().map(|row| self.ears.listen(row.stream)).collect();
        self.hub.refresh_heads(&mut rows).await?;
        let mut streams = BTreeMap::new();
        let mut void = Vec::new();
        for (row, written) in rows.iter().zip(written) {
            let durable = row.acked.max(row.since);
            let position = match resume.after.get(&row.address()) {
                Some(after) if resume.epoch == self.hub.settings.epoch && after.0 <= row.head => after.0,
                Some(_) => {
                    void.push(self.hub.position(row));
                    durable
                }
                None => durable,
            };
            streams.insert(row.address(), Cursor { acked: row.acked, head: row.head });
            self.tracks.follow(row, position, written);
        }
        let welcome = self.describe(streams);
        self.say(HubFrame::Welcome(Box::new(welcome)), id);
        for position in void {
            self.say(HubFrame::Resync(position), None);
        }
        Ok(())
    }

    fn describe(&self, streams: BTreeMap<String, Cursor>) -> Welcome {
        let limits = &self.hub.limits;
        Welcome {
            agent: self.who.name.to_string(),
            session: self.name(),
            protocol: PROTOCOL,
            version: env!("CARGO_PKG_VERSION").into(),
            hub: self.hub.settings.hub_id.clone(),
            epoch: self.hub.settings.epoch.clone(),
            limits: limits.for_clients(),
            streams,
            ping_interval_s: limits.ping_interval.as_secs(),
        }
    }
}
