//! Whom something is sealed for: everybody that its addresses reach, as far as their keys are believed.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use agent_hub_protocol::{body::AgentAnswer, error::ErrorCode, name::AgentName};
use tokio::time::Instant;

use crate::{Error, Hub, Result, seal::suite::PublicKey};

/// How long a peer's key is used before the directory is asked again.
const KNOWN_FOR: Duration = Duration::from_secs(60);

/// A member of a channel that something was not sealed for: it is told of it, and cannot open it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeftOut {
    /// Its name.
    pub agent: String,
    /// Why: `no_keys`, or why its keys are not believed: `key_changed`, `key_rolled_back`, `bad_bundle`.
    pub code: String,
}

/// Whom something can be sealed for, and whom not.
pub(crate) struct Recipients {
    pub(crate) keys: BTreeMap<String, PublicKey>,
    pub(crate) left_out: Vec<LeftOut>,
}

impl Hub {
    /// The keys of everybody that these addresses reach; of a channel, of its members now. Members without good keys are left out, unless
    /// all of them are wanted, or nobody but this agent, whose own key is `own`, remains.
    pub(crate) async fn recipients(&self, to: &[String], own: &PublicKey, all_members: bool) -> Result<Recipients> {
        let (mut keys, mut refused) = (BTreeMap::new(), BTreeMap::new());
        for address in to {
            if !address.starts_with('#') {
                keys.insert(address.clone(), self.key_of(address, own).await?);
                continue;
            }
            let members = self.members(address).await.map_err(|error| unknown(address, error))?;
            for member in members {
                // What the hub says of this agent's own key does not count.
                let key = if member.name == self.agent() { Ok(own.clone()) } else { self.key_of_member(&member) };
                match key {
                    Ok(key) => drop(keys.insert(member.name, key)),
                    Err(error) if is_of_keys(&error) => drop(refused.insert(member.name, error)),
                    Err(error) => return Err(error),
                }
            }
        }
        refused.retain(|agent, _| !keys.contains_key(agent));
        let is_nobody_left = keys.keys().all(|agent| agent == self.agent());
        if (all_members || is_nobody_left)
            && let Some(error) = worst(&refused)
        {
            return Err(error.clone());
        }
        let left_out = refused.into_iter().map(|(agent, error)| LeftOut { agent, code: error.code().into() });
        Ok(Recipients { keys, left_out: left_out.collect() })
    }

    fn key_of_member(&self, member: &AgentAnswer) -> Result<PublicKey> {
        Ok(self.believe(member)?.enc)
    }

    async fn key_of(&self, agent: &str, own: &PublicKey) -> Result<PublicKey> {
        let told = |error| Error::name(&format!("the address `{}`", agent.escape_debug()), error);
        AgentName::parse(agent).map_err(told)?;
        if agent == self.agent() {
            return Ok(own.clone());
        }
        if let Some(known) = self.known_keys().find(agent) {
            return Ok(known);
        }
        let pin = self.learn_keys(agent).await.map_err(|error| unknown(agent, error))?;
        self.known_keys().keep(agent, pin.enc.clone());
        Ok(pin.enc)
    }
}

/// What is not found is an address that is not known, as the hub says it of what is published.
fn unknown(address: &str, error: Error) -> Error {
    if error.is(ErrorCode::NotFound) {
        Error::refused(ErrorCode::UnknownAddress, format!("there is no agent or channel `{address}`"))
    } else {
        error
    }
}

/// Whether it says that an agent has no keys, or none that are believed.
const fn is_of_keys(error: &Error) -> bool {
    matches!(error, Error::NoKeys { .. } | Error::Seal { .. })
}

/// The one to be told of first: keys that are not believed may be an attack.
fn worst(refused: &BTreeMap<String, Error>) -> Option<&Error> {
    refused.values().find(|error| matches!(error, Error::Seal { .. })).or_else(|| refused.values().next())
}

/// Keys of peers that the directory was asked for lately.
#[derive(Debug, Default)]
pub(crate) struct KnownKeys(Mutex<HashMap<String, (Instant, PublicKey)>>);

impl KnownKeys {
    fn find(&self, agent: &str) -> Option<PublicKey> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(agent).filter(|(since, _)| since.elapsed() < KNOWN_FOR).map(|(_, key)| key.clone())
    }

    fn keep(&self, agent: &str, key: PublicKey) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, (since, _)| since.elapsed() < KNOWN_FOR);
        known.insert(agent.into(), (Instant::now(), key));
    }

    /// The directory is asked again the next time.
    pub(crate) fn forget(&self, agent: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(agent);
    }
}
