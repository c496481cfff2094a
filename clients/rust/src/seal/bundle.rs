//! What an agent publishes of its keys, signed by itself, with a chain from the keys before.

use agent_hub_protocol::name::AgentName;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use super::{
    SealError,
    encoding::{Text, canonical},
    suite::PublicKey,
};

/// Most links that a bundle carries.
pub(super) const LINKS_MAX: usize = 32;

/// A signing key of before: `[sign, its signature on the next]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link(pub(super) Text<32>, pub(super) Text<64>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Signed<'a> {
    v: u32,
    agent: &'a str,
    version: u32,
    sign: Text<32>,
    enc: &'a PublicKey,
    prev: &'a [Link],
}

/// The public keys of an agent, as they stand in the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    v: u32,
    /// Whose keys they are.
    pub agent: String,
    /// 1, and one more at each rotation.
    pub version: u32,
    pub(super) sign: Text<32>,
    /// The encryption key.
    pub enc: PublicKey,
    pub(super) prev: Vec<Link>,
    sig: Text<64>,
}

impl Bundle {
    /// Signs a bundle.
    pub(super) fn new(agent: &str, version: u32, signer: &SigningKey, enc: PublicKey, prev: Vec<Link>) -> Self {
        let sign = Text(signer.verifying_key().to_bytes());
        let signed = Signed { v: 1, agent, version, sign, enc: &enc, prev: &prev };
        let sig = Text(signer.sign(&to_sign(&signed)).to_bytes());
        Self { v: 1, agent: agent.into(), version, sign, enc, prev, sig }
    }

    /// Reads what the directory has for `agent`, and checks all that can be checked without knowing earlier keys.
    ///
    /// # Errors
    /// [`SealError::BadBundle`].
    pub fn read(json: &str, agent: &str) -> Result<Self, SealError> {
        let bundle: Self = serde_json::from_str(json).map_err(|_| SealError::BadBundle)?;
        let well_formed = bundle.v == 1
            && bundle.agent == agent
            && AgentName::parse(agent).is_ok()
            && bundle.enc.is_usable()
            && bundle.prev.len() <= LINKS_MAX
            && bundle.prev.len() < bundle.version as usize;
        if well_formed && bundle.signatures_hold() { Ok(bundle) } else { Err(SealError::BadBundle) }
    }

    /// As it is published.
    #[must_use]
    pub fn to_json(&self) -> String {
        String::from_utf8_lossy(&canonical(self)).into_owned()
    }

    /// The six words that people compare.
    #[must_use]
    pub fn words(&self) -> String {
        super::words::words(&self.agent, &self.sign.0)
    }

    /// The version that the link at `index` of `prev` is of.
    fn version_of(&self, index: usize) -> u32 {
        // At most `LINKS_MAX`, and fewer than `version`: checked when it was read.
        self.version - u32::try_from(self.prev.len() - index).unwrap_or(u32::MAX)
    }

    /// Where the version `version` is in `prev`.
    pub(super) fn index_of(&self, version: u32) -> Option<usize> {
        (0..self.prev.len()).find(|index| self.version_of(*index) == version)
    }

    fn signatures_hold(&self) -> bool {
        let signed = Signed {
            v: self.v,
            agent: &self.agent,
            version: self.version,
            sign: self.sign,
            enc: &self.enc,
            prev: &self.prev,
        };
        let nexts = self.prev.iter().skip(1).map(|link| link.0).chain([self.sign]);
        verify(&self.sign, &to_sign(&signed), &self.sig)
            && self.prev.iter().zip(nexts).enumerate().all(|(index, (link, next))| {
                verify(&link.0, &link_bytes(&self.agent, self.version_of(index), &link.0, &next), &link.1)
            })
    }
}

fn to_sign(signed: &Signed<'_>) -> Vec<u8> {
    [b"agent-hub key bundle v1\0".as_slice(), &canonical(signed)].concat()
}

/// What the key of `version` signs to make `next` its successor.
pub(super) fn link_bytes(agent: &str, version: u32, sign: &Text<32>, next: &Text<32>) -> Vec<u8> {
    [b"agent-hub key link v1\0".as_slice(), &canonical(&(agent, version, sign, next))].concat()
}

/// Whether `signature` is by `key` on `bytes` (RFC 8032, strictly: no weak keys, no second form of a signature).
pub(super) fn verify(key: &Text<32>, bytes: &[u8], signature: &Text<64>) -> bool {
    VerifyingKey::from_bytes(&key.0)
        .is_ok_and(|key| key.verify_strict(bytes, &Signature::from_bytes(&signature.0)).is_ok())
}
