//! Which streams an agent has, and where it stands in them.

use agent_hub_protocol::{name::Address, problem::Position};

use super::Hub;
use crate::{
    auth::principal::Principal,
    error::{Error, ErrorCode, Result},
    store::{StreamId, subscriptions::SubscriptionRow},
};

impl Hub {
    /// Every subscription of an agent, its own stream first.
    ///
    /// # Errors
    /// No answer.
    pub async fn subscriptions(&self, who: &Principal) -> Result<Vec<SubscriptionRow>> {
        Ok(self.store.subscriptions(who.agent).await?)
    }

    /// An agent's subscription of a stream.
    ///
    /// # Errors
    /// No answer.
    pub async fn find_subscription(&self, who: &Principal, stream: StreamId) -> Result<Option<SubscriptionRow>> {
        Ok(self.store.find_subscription(who.agent, stream).await?)
    }

    /// Reads the heads of these streams anew: after a session has begun to listen, what it was not told stands in the log.
    ///
    /// # Errors
    /// No answer.
    pub async fn refresh_heads(&self, rows: &mut [SubscriptionRow]) -> Result<()> {
        let streams: Vec<StreamId> = rows.iter().map(|row| row.stream).collect();
        for (stream, head) in self.store.heads(&streams).await? {
            for row in rows.iter_mut().filter(|row| row.stream == stream) {
                row.head = row.head.max(head);
            }
        }
        Ok(())
    }

    /// The agent's subscription of the stream with this address, or of its own stream.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn subscription(&self, who: &Principal, address: Option<&str>) -> Result<SubscriptionRow> {
        let not_found = || Error::new(ErrorCode::NotFound, "not a stream of this agent");
        let stream = match address {
            None => who.agent,
            Some(address) => self.find_stream(who, address).await?.ok_or_else(not_found)?,
        };
        self.store.find_subscription(who.agent, stream).await?.ok_or_else(not_found)
    }

    async fn find_stream(&self, who: &Principal, address: &str) -> Result<Option<StreamId>> {
        match Address::parse(address) {
            Ok(Address::Agent(own)) if *own.as_str() == *who.name => Ok(Some(who.agent)),
            Ok(Address::Channel(name)) => Ok(self.directory.channel(name.as_str()).await?.map(|channel| channel.id)),
            _ => Ok(None),
        }
    }

    /// From where to go on in a stream whose position became void.
    #[must_use]
    pub fn position(&self, row: &SubscriptionRow) -> Position {
        Position {
            stream: row.address(),
            epoch: self.settings.epoch.clone(),
            acked: row.acked.max(row.since),
            head: row.head,
        }
    }
}
