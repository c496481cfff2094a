//! `status`: what the publisher may know of an item's fate. Stored, pushed, acked and read are four facts; none is told as
//! another.

use agent_hub_protocol::{
    body::{AddressStatus, MemberCounts, MemberStatus, RecipientStatus, StatusAnswer},
    name::ChannelName,
    time::Timestamp,
};

use super::Hub;
use crate::{
    auth::principal::Principal,
    clock,
    error::{Error, ErrorCode, Result},
    store::{
        AgentId,
        items::{Addressee, Gone, ItemRow},
    },
};

/// The page of a channel's members that a status request asks for.
#[derive(Debug, Clone)]
pub struct MemberPage {
    /// The channel.
    pub address: ChannelName,
    /// After this member.
    pub after: Option<String>,
    /// Most members in the answer.
    pub limit: u32,
}

impl Hub {
    /// What became of an item, for its publisher.
    ///
    /// # Errors
    /// `not_found`: no such item of this agent.
    pub async fn status(&self, who: &Principal, token: &str, page: Option<&MemberPage>) -> Result<StatusAnswer> {
        let not_found = || Error::of(ErrorCode::NotFound);
        let id = self.tokens.decode(token).ok_or_else(not_found)?;
        let item = self.store.find_item(id).await?.filter(|item| item.publisher == who.agent).ok_or_else(not_found)?;
        let mut to = Vec::new();
        for addressee in item.addressees() {
            to.push(self.address_status(&item, addressee, page).await?);
        }
        let taken_by = match item.claimed_by {
            Some(agent) => Some(self.directory.name(agent).await?.to_string()),
            None => None,
        };
        Ok(StatusAnswer {
            token: self.tokens.encode(id),
            state: state(item.gone(clock::now_ms())).to_owned(),
            created_at: Timestamp(item.created_at),
            expires_at: Timestamp(item.expires_at),
            taken_by,
            to,
        })
    }

    async fn address_status(
        &self,
        item: &ItemRow,
        entry: Addressee,
        page: Option<&MemberPage>,
    ) -> Result<AddressStatus> {
        let address = self.directory.address(entry.stream).await?.to_string();
        let mut status =
            AddressStatus { address, seq: entry.seq, recipient: None, counts: None, members: None, more: None };
        if !status.address.starts_with('#') {
            let subscription = self.store.find_subscription(entry.stream, entry.stream).await?;
            let acked = subscription.is_some_and(|row| row.acked >= entry.seq);
            let read = self.store.find_read(item.id(), entry.stream).await?;
            status.recipient = Some(self.recipient(entry, entry.stream, acked, read));
            return Ok(status);
        }
        let counted = self.store.count_members(entry, item.id()).await?;
        status.counts = Some(MemberCounts { members: counted.members, acked: counted.acked, read: counted.read });
        if let Some(page) = page.filter(|page| page.address.as_str() == status.address) {
            let after = self.agent_id(page.after.as_deref()).await?;
            let mut rows =
                self.store.members(entry.stream, after, page.limit + 1, Some((entry.seq, item.id()))).await?;
            status.more = Some(rows.len() > page.limit as usize);
            rows.truncate(page.limit as usize);
            let mut members = Vec::with_capacity(rows.len());
            for row in rows {
                let told = self.recipient(entry, row.agent, row.acked >= entry.seq, row.read_at);
                members.push(MemberStatus { agent: row.name(), status: told });
            }
            status.members = Some(members);
        }
        Ok(status)
    }

    fn recipient(&self, entry: Addressee, agent: AgentId, acked: bool, read: Option<i64>) -> RecipientStatus {
        RecipientStatus {
            pushed: self.registry.pushed(agent, entry.stream).map(|seq| seq >= entry.seq),
            acked,
            read: read.map(Timestamp),
            online: self.registry.is_online(agent),
        }
    }

    /// The id of an agent to page on from; 0 for none.
    pub(super) async fn agent_id(&self, name: Option<&str>) -> Result<AgentId> {
        let Some(name) = name else { return Ok(0) };
        let agent = self.directory.agent_named(name).await?;
        agent.map(|agent| agent.id).ok_or_else(|| Error::invalid("parameter `after`: there is no such agent"))
    }
}

/// The word for what became of an item.
pub(super) fn state(gone: Gone) -> &'static str {
    match gone {
        Gone::No => "live",
        Gone::Expired => "expired",
        Gone::Withdrawn => "withdrawn",
        Gone::Consumed => "consumed",
    }
}
