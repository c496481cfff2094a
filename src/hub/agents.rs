//! Agents: the directory for everybody, and what operators and the command line change alike.

use std::time::Duration;

use agent_hub_protocol::{
    body::{AgentAnswer, AgentsAnswer},
    limits::KEYS_MAX_BYTES,
    name::AgentName,
    time::Timestamp,
};
use serde_json::value::RawValue;

use super::{Hub, channels::raw_keys};
use crate::{
    auth::{key, principal::Principal},
    clock,
    error::{Error, ErrorCode, Result},
    store::{
        Store,
        agents::{AgentRow, Role},
        change::Audit,
    },
};

impl Hub {
    /// Agents after `after` in the order of their names; those that are disabled are not listed.
    ///
    /// # Errors
    /// No answer.
    pub async fn list_agents(&self, after: &str, limit: u32) -> Result<AgentsAnswer> {
        let mut rows = self.store.agents(after, limit + 1, false).await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        Ok(AgentsAnswer { agents: rows.iter().map(|row| self.directory_line(row)).collect(), more })
    }

    /// One agent; `me` is whoever asks.
    ///
    /// # Errors
    /// `not_found`; `address_disabled`: whoever seals for it must hear the same as whoever publishes to it.
    pub async fn show_agent(&self, who: &Principal, name: &str) -> Result<AgentAnswer> {
        let name = if name == "me" { &who.name } else { name };
        let id = self.require_agent(name).await?.id;
        let row = self.store.find_agent(id).await?;
        let row = row.ok_or_else(|| Error::new(ErrorCode::NotFound, "there is no such agent"))?;
        if row.is_disabled() {
            return Err(disabled(name));
        }
        Ok(self.directory_line(&row))
    }

    fn directory_line(&self, row: &AgentRow) -> AgentAnswer {
        AgentAnswer {
            name: row.name(),
            online: self.registry.is_online(row.id),
            last_seen: row.last_seen.map(Timestamp),
            keys: raw_keys(row.public_keys()),
        }
    }

    /// Publishes the agent's public keys: any JSON object; the hub only keeps it.
    ///
    /// # Errors
    /// `too_large`; `invalid`: not an object.
    pub async fn publish_keys(&self, who: &Principal, keys: &RawValue) -> Result<()> {
        if keys.get().len() > KEYS_MAX_BYTES {
            return Err(Error::new(ErrorCode::TooLarge, format!("keys are at most {KEYS_MAX_BYTES} bytes")));
        }
        if !keys.get().starts_with('{') {
            return Err(Error::invalid("keys are a JSON object"));
        }
        self.check_changes(who)?;
        let audit = Audit { actor: &who.name, action: "agent.keys", subject: &who.name, detail: "" };
        self.store.set_public_keys(who.agent, keys.get(), audit).await?;
        self.follow_up().await;
        Ok(())
    }
}

/// Makes an agent; the answer is its API key, which is shown this once. For operators and the command line alike.
///
/// # Errors
/// `invalid`; `name_taken`.
pub async fn add_agent(store: &Store, name: &str, role: Role, actor: &str) -> Result<String> {
    let name = AgentName::parse(name).map_err(|error| Error::invalid(format!("the name of an agent {error}")))?;
    let api_key = key::generate()?;
    let made = store.create_agent(name.as_str(), role, &key::sha256(api_key.as_bytes()), actor).await?;
    made.map(|_| api_key).ok_or_else(|| taken(name.as_str()))
}

/// There is somebody, or something, of this name.
pub(super) fn taken(name: &str) -> Error {
    Error::new(ErrorCode::NameTaken, format!("{name} is taken; names are never given again"))
}

/// The address is there, and takes nothing.
pub(super) fn disabled(address: &str) -> Error {
    Error::new(ErrorCode::AddressDisabled, format!("{address} is disabled"))
}

/// Gives an agent a new API key. The old ones end at once, or after `overlap`.
///
/// # Errors
/// `not_found`.
pub async fn rotate_key(store: &Store, name: &str, overlap: Duration, actor: &str) -> Result<String> {
    let agent = require(store, name).await?;
    let api_key = key::generate()?;
    let ends_at = clock::now_ms().saturating_add(clock::millis(overlap));
    // When the old key ends, if not at once.
    let detail = if overlap.is_zero() { String::new() } else { format!("overlap {} s", overlap.as_secs()) };
    let audit = Audit { actor, action: "agent.rotate", subject: name, detail: &detail };
    store.rotate_key(agent.id, &key::sha256(api_key.as_bytes()), ends_at, audit).await?;
    Ok(api_key)
}

/// Disables or enables an agent.
///
/// # Errors
/// `not_found`; `last_operator`.
pub async fn set_disabled(store: &Store, name: &str, disabled: bool, actor: &str) -> Result<()> {
    let agent = require(store, name).await?;
    let action = if disabled { "agent.disable" } else { "agent.enable" };
    let audit = Audit { actor, action, subject: name, detail: "" };
    if store.set_disabled(agent.id, disabled, audit).await? { Ok(()) } else { Err(last_operator()) }
}

fn last_operator() -> Error {
    Error::new(ErrorCode::LastOperator, "nobody else could manage the hub: make another operator first")
}

/// Gives an agent another role.
///
/// # Errors
/// `not_found`; `last_operator`.
pub async fn set_role(store: &Store, name: &str, role: Role, actor: &str) -> Result<()> {
    let agent = require(store, name).await?;
    let audit = Audit { actor, action: "agent.role", subject: name, detail: role.as_str() };
    let is_done = store.set_role(agent.id, role, audit).await?;
    if is_done { Ok(()) } else { Err(last_operator()) }
}

/// The agent with this name.
///
/// # Errors
/// `not_found`.
pub(super) async fn require(store: &Store, name: &str) -> Result<AgentRow> {
    let not_found = || Error::new(ErrorCode::NotFound, "there is no such agent");
    AgentName::parse(name).map_err(|_| not_found())?;
    store.find_agent_named(name).await?.ok_or_else(not_found)
}
