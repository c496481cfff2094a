//! Channels: making, joining, leaving, members.

use agent_hub_protocol::{
    body::{AgentAnswer, ChannelAnswer, ChannelBody, ChannelsAnswer, MembersAnswer, MembershipAnswer},
    name::{AgentName, ChannelName},
    time::Timestamp,
};
use serde_json::value::RawValue;

use super::{
    Hub,
    agents::{disabled, taken},
    directory::{Agent, Channel},
};
use crate::{
    auth::principal::Principal,
    error::{Error, ErrorCode, Result},
    store::{AgentId, change::Audit, channels::ChannelRow},
};

/// Channels that one agent is a member of, beside its own stream.
const CHANNELS_MAX: i64 = 1_000;

fn answer(row: &ChannelRow) -> ChannelAnswer {
    ChannelAnswer { name: row.name(), closed: row.is_closed(), owner: row.owner_name(), member: row.is_member() }
}

/// What an agent published as its keys, as it wrote it.
pub(super) fn raw_keys(keys: Option<String>) -> Option<Box<RawValue>> {
    keys.and_then(|keys| RawValue::from_string(keys).ok())
}

impl Hub {
    /// Makes a channel; its maker owns it and is its first member.
    ///
    /// # Errors
    /// `invalid`; `name_taken`.
    pub async fn make_channel(&self, who: &Principal, body: &ChannelBody) -> Result<ChannelAnswer> {
        let name = ChannelName::parse(&body.name).map_err(|error| Error::invalid(format!("field `name` {error}")))?;
        let closed = body.closed.unwrap_or(false);
        self.check_changes(who)?;
        self.check_memberships(who.agent).await?;
        self.store
            .create_channel(name.as_str(), who.agent, closed, &who.name)
            .await?
            .ok_or_else(|| taken(name.as_str()))?;
        self.follow_up().await;
        Ok(ChannelAnswer { name: name.to_string(), closed, owner: who.name.to_string(), member: true })
    }

    /// Channels after `after` in the order of their names.
    ///
    /// # Errors
    /// No answer.
    pub async fn list_channels(&self, who: &Principal, after: &str, limit: u32) -> Result<ChannelsAnswer> {
        let after = if after.is_empty() || after.starts_with('#') { after.to_owned() } else { format!("#{after}") };
        let mut rows = self.store.channels(who.agent, &after, limit + 1).await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        Ok(ChannelsAnswer { channels: rows.iter().map(answer).collect(), more })
    }

    /// Joins a channel. A member stays what it is.
    ///
    /// # Errors
    /// `not_found`; `address_disabled`; `not_member`: the channel is closed.
    pub async fn join(&self, who: &Principal, channel: &str) -> Result<MembershipAnswer> {
        let channel = self.require_channel(channel).await?;
        let member = self.store.find_subscription(who.agent, channel.id).await?;
        if member.is_none() {
            if channel.closed && !who.is_operator() && channel.owner != who.agent {
                return Err(Error::new(ErrorCode::NotMember, "the channel is closed: its owner sets the members"));
            }
            self.check_changes(who)?;
            self.check_memberships(who.agent).await?;
            self.store.join(who.agent, channel.id, audit(who, "channel.join", &channel)).await?;
            self.follow_up().await;
        }
        let row = self.store.find_subscription(who.agent, channel.id).await?;
        let row = row.ok_or_else(|| Error::of(ErrorCode::NotFound))?;
        Ok(MembershipAnswer { stream: row.address(), acked: row.acked, head: row.head })
    }

    /// Leaves a channel; the answer is its address. Whoever is no member stays none.
    ///
    /// # Errors
    /// `not_found`; `owner_stays`.
    pub async fn leave(&self, who: &Principal, channel: &str) -> Result<String> {
        let channel = self.require_channel(channel).await?;
        if channel.owner == who.agent {
            return Err(Error::of(ErrorCode::OwnerStays));
        }
        self.check_changes(who)?;
        self.store.leave(who.agent, channel.id, audit(who, "channel.leave", &channel)).await?;
        self.follow_up().await;
        Ok(channel.name.to_string())
    }

    /// The members of a channel with their keys, in the order in which the agents were made.
    ///
    /// # Errors
    /// `not_found`; `not_member`.
    pub async fn list_members(
        &self,
        who: &Principal,
        channel: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<MembersAnswer> {
        let channel = self.require_channel(channel).await?;
        if !who.is_operator() && self.store.find_subscription(who.agent, channel.id).await?.is_none() {
            return Err(Error::of(ErrorCode::NotMember));
        }
        let after = self.agent_id(after).await?;
        let mut rows = self.store.members(channel.id, after, limit + 1, None).await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let members = rows.into_iter().map(|row| AgentAnswer {
            name: row.name(),
            online: self.registry.is_online(row.agent),
            last_seen: row.last_seen.map(Timestamp),
            keys: raw_keys(row.public_keys()),
        });
        Ok(MembersAnswer { members: members.collect(), more })
    }

    /// Makes another agent a member, or ends its membership. For the owner and operators.
    ///
    /// # Errors
    /// `not_found`: no such channel or agent. `forbidden`; `owner_stays`.
    pub async fn set_member(&self, who: &Principal, channel: &str, agent: &str, member: bool) -> Result<()> {
        let channel = self.require_channel(channel).await?;
        if channel.owner != who.agent && !who.is_operator() {
            return Err(Error::new(ErrorCode::Forbidden, "the owner of the channel or an operator sets its members"));
        }
        let agent = self.require_agent(agent).await?;
        let audit = |action| Audit { detail: &agent.name, ..audit(who, action, &channel) };
        self.check_changes(who)?;
        if member {
            self.check_memberships(agent.id).await?;
            self.store.join(agent.id, channel.id, audit("channel.member.add")).await?;
        } else if agent.id == channel.owner {
            return Err(Error::of(ErrorCode::OwnerStays));
        } else {
            self.store.leave(agent.id, channel.id, audit("channel.member.remove")).await?;
        }
        self.follow_up().await;
        Ok(())
    }

    /// An agent is a member of so many channels at most: each costs its sessions a position, and `welcome` a line.
    async fn check_memberships(&self, agent: AgentId) -> Result<()> {
        if self.store.count_subscriptions(agent).await? <= CHANNELS_MAX {
            return Ok(());
        }
        Err(Error::invalid(format!("an agent is a member of at most {CHANNELS_MAX} channels")))
    }

    async fn require_channel(&self, name: &str) -> Result<std::sync::Arc<Channel>> {
        let not_found = || Error::new(ErrorCode::NotFound, "there is no such channel");
        let name = ChannelName::parse(name).map_err(|_| not_found())?;
        let channel = self.directory.channel(name.as_str()).await?.ok_or_else(not_found)?;
        if channel.disabled { Err(disabled(name.as_str())) } else { Ok(channel) }
    }

    pub(super) async fn require_agent(&self, name: &str) -> Result<std::sync::Arc<Agent>> {
        let not_found = || Error::new(ErrorCode::NotFound, "there is no such agent");
        let name = AgentName::parse(name).map_err(|_| not_found())?;
        self.directory.agent_named(name.as_str()).await?.ok_or_else(not_found)
    }
}

fn audit<'a>(who: &'a Principal, action: &'static str, channel: &'a Channel) -> Audit<'a> {
    Audit { actor: &who.name, action, subject: &channel.name, detail: "" }
}
