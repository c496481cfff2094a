//! `ack`: moving an agent's durable cursor. It belongs to the agent, not to a session.

use agent_hub_protocol::{limits::SEQ_MAX, name::Address, problem::Position};

use super::{Hub, writer::Job};
use crate::{
    auth::principal::Principal,
    error::{Error, ErrorCode, Result},
    store::{AgentId, StreamId, batch::Ack, subscriptions::SubscriptionRow},
};

impl Hub {
    /// Says that everything up to `seq` is done with. Below the cursor nothing moves.
    ///
    /// # Errors
    /// `not_found`: not one of the agent's streams. `beyond_head`. `resync`: `epoch` is not this one.
    pub async fn ack(&self, who: &Principal, stream: Option<&str>, seq: i64, epoch: Option<&str>) -> Result<()> {
        if !(0..=SEQ_MAX).contains(&seq) {
            return Err(Error::invalid("field `seq`: expected an integer from 0 to 2^53 - 1"));
        }
        let row = self.subscription(who, stream).await?;
        if epoch.is_some_and(|epoch| epoch != self.settings.epoch) {
            return Err(Error::resync(self.position(&row)));
        }
        if seq > row.head {
            return Err(Error::new(ErrorCode::BeyondHead, format!("the head of {} is {}", row.address(), row.head)));
        }
        if seq <= row.acked {
            return Ok(());
        }
        let ack = Ack { stream: row.stream, agent: who.agent, seq };
        self.writer.write(|done| Job::Ack(ack, done)).await
    }

    /// The agent's subscription of the stream with this address, or of its own stream.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn subscription(&self, who: &Principal, address: Option<&str>) -> Result<SubscriptionRow> {
        let not_found = || Error::new(ErrorCode::NotFound, "not a stream of this agent");
        let stream = match address {
            None => who.agent,
            Some(address) => self.find_stream(who.agent, &who.name, address).await?.ok_or_else(not_found)?,
        };
        self.store.find_subscription(who.agent, stream).await?.ok_or_else(not_found)
    }

    async fn find_stream(&self, agent: AgentId, name: &str, address: &str) -> Result<Option<StreamId>> {
        match Address::parse(address) {
            Ok(Address::Agent(own)) if own.as_str() == name => Ok(Some(agent)),
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
