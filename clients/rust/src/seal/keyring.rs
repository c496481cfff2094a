//! An agent's private keys. They never leave its machine.

use ed25519_dalek::{Signer, SigningKey};
use hpke::rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{
    SealError, Suite,
    bundle::{Bundle, LINKS_MAX, Link, link_bytes},
    encoding::Text,
    suite::{KeyId, PrivateKey},
};

/// Retired encryption keys that are kept, for what is still under way.
const RETIRED_MAX: usize = 8;

/// The file `NAME+keys.json`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Keyring {
    agent: String,
    version: u32,
    sign: Text<32>,
    enc: PrivateKey,
    #[serde(default)]
    prev: Vec<Link>,
    #[serde(default)]
    retired: Vec<PrivateKey>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring").field("agent", &self.agent).field("version", &self.version).finish_non_exhaustive()
    }
}

impl Keyring {
    /// Draws new keys, without a chain from any before.
    pub fn generate(agent: &str, suite: Suite, random: &mut impl CryptoRng) -> Self {
        let mut seed = [0; 32];
        random.fill_bytes(&mut seed);
        let enc = PrivateKey::generate(suite, random);
        Self { agent: agent.into(), version: 1, sign: Text(seed), enc, prev: Vec::new(), retired: Vec::new() }
    }

    /// Draws the next version of both keys; the signing key of now signs the next.
    ///
    /// # Errors
    /// [`SealError::BadBundle`]: the keys are damaged.
    pub fn rotate(&self, suite: Suite, random: &mut impl CryptoRng) -> Result<Self, SealError> {
        let mut next = self.replace(suite, self.version, random)?;
        let (old, new) = (self.signer(), next.signer());
        let public = Text(old.verifying_key().to_bytes());
        let told = link_bytes(&self.agent, self.version, &public, &Text(new.verifying_key().to_bytes()));
        next.prev = self.prev.clone();
        next.prev.push(Link(public, Text(old.sign(&told).to_bytes())));
        next.prev.drain(..next.prev.len().saturating_sub(LINKS_MAX));
        Ok(next)
    }

    /// Draws the version after `known` of both keys, without a chain: peers must verify it.
    ///
    /// # Errors
    /// [`SealError::BadBundle`]: there are no more versions.
    pub fn replace(&self, suite: Suite, known: u32, random: &mut impl CryptoRng) -> Result<Self, SealError> {
        let mut next = Self::generate(&self.agent, suite, random);
        next.version = self.version.max(known).checked_add(1).ok_or(SealError::BadBundle)?;
        next.retired = [std::slice::from_ref(&self.enc), &self.retired].concat();
        next.retired.truncate(RETIRED_MAX);
        Ok(next)
    }

    /// Reads the file of `agent`.
    ///
    /// # Errors
    /// [`SealError::BadBundle`]: damaged, or another agent's.
    pub fn read(json: &str, agent: &str) -> Result<Self, SealError> {
        let keyring: Self = serde_json::from_str(json).map_err(|_| SealError::BadBundle)?;
        let well_formed =
            keyring.agent == agent && keyring.version > 0 && keyring.prev.len() < keyring.version as usize;
        if well_formed { Ok(keyring) } else { Err(SealError::BadBundle) }
    }

    /// As the file is written: secret.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Whose keys they are.
    #[must_use]
    pub fn agent(&self) -> &str {
        &self.agent
    }

    /// Their version.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// What others know them by.
    ///
    /// # Errors
    /// [`SealError::BadBundle`]: the keys are damaged.
    pub fn bundle(&self) -> Result<Bundle, SealError> {
        let enc = self.enc.public()?;
        Ok(Bundle::new(&self.agent, self.version, &self.signer(), enc, self.prev.clone()))
    }

    pub(super) fn signer(&self) -> SigningKey {
        SigningKey::from_bytes(&self.sign.0)
    }

    /// The private key that `id` names, also a retired one.
    pub(super) fn find(&self, suite: Suite, id: &KeyId) -> Option<&PrivateKey> {
        [&self.enc]
            .into_iter()
            .chain(&self.retired)
            .find(|key| key.public().is_ok_and(|public| public.suite() == suite && public.id() == *id))
    }
}
