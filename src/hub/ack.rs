//! `ack`: moving an agent's durable cursor. It belongs to the agent, not to a session.

use agent_hub_protocol::{event::Happening, limits::SEQ_MAX};

use super::{Hub, writer::Job};
use crate::{
    auth::principal::Principal,
    error::{Error, ErrorCode, Result},
    store::batch::Ack,
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
        self.writer.write(|done| Job::Ack(ack, done)).await?;
        self.metrics.acked.inc();
        self.registry.traffic.happened(Happening::Acked, |event| {
            event.agent = Some(who.name.to_string());
            event.stream = Some(row.address());
            event.seq = Some(seq);
        });
        Ok(())
    }
}
