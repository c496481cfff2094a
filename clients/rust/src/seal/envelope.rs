//! The envelope: a body sealed for some recipients and signed by its sender, so that the hub can neither read nor change it,
//! nor say that it is something else.

use std::collections::BTreeMap;

use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use agent_hub_protocol::{limits::SEQ_MAX, name::AgentName};
use ed25519_dalek::{Signer, SigningKey};
use hpke::rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{
    Keyring, SealError, Suite, Trust,
    bundle::verify,
    encoding::{Text, canonical, from_text, hash, to_text},
    suite::{ContentKey, KeyId, PublicKey},
};

const MAGIC: &[u8; 6] = b"ahenv1";
/// What every version begins with.
const FAMILY: &[u8; 5] = b"ahenv";
const HEADER_MAX_BYTES: usize = 256 * 1024;
const SIGNATURE_BYTES: usize = 64;
const TAG_BYTES: usize = 16;

/// Whose wrap it is: `[agent, suite, key id]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WrapFor(pub String, pub Suite, pub KeyId);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Header {
    pub v: u32,
    pub hub: String,
    pub id: Text<16>,
    pub from: String,
    pub to: Vec<WrapFor>,
    pub name: String,
    pub ts: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    pub commit: Text<32>,
}

/// What is to be sealed.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// The hub id.
    pub hub: &'a str,
    /// The recipients and their keys.
    pub to: &'a BTreeMap<String, PublicKey>,
    /// The item's name.
    pub name: &'a str,
    /// The sender's clock, milliseconds since 1970.
    pub ts: i64,
    /// Token of the item that this one answers.
    pub reply_to: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// What the hub says an item is.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// Its publisher.
    pub from: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What it answers.
    pub reply_to: Option<&'a str>,
    /// Its token.
    pub token: &'a str,
}

/// An envelope that was opened: all of it is the sender's word.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// The sender.
    pub from: String,
    /// The envelope's id, for [`Trust::note_opened`].
    pub id: String,
    /// The sender's clock, milliseconds since 1970.
    pub ts: i64,
    /// Those that it was sealed for.
    pub to: Vec<String>,
    /// The body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("from", &self.from).field("bytes", &self.body.len()).finish_non_exhaustive()
    }
}

/// Whether data is an envelope, of whatever version.
#[must_use]
pub fn is_sealed(data: &str) -> bool {
    // Five bytes are six characters and a part: the seventh holds their last bits, and the first of the next byte.
    data.get(..8).and_then(from_text).is_some_and(|bytes| bytes.starts_with(FAMILY))
}

/// Seals a draft: the text for `data`.
///
/// # Errors
/// [`SealError::BadBundle`]: a recipient's key is no key. [`SealError::TooLarge`]: too many recipients.
/// [`SealError::Malformed`]: no recipients.
pub fn seal(draft: &Draft<'_>, from: &Keyring, random: &mut impl CryptoRng) -> Result<String, SealError> {
    let mut key = ContentKey::default();
    random.fill_bytes(key.as_mut_slice());
    let mut id = [0; 16];
    random.fill_bytes(&mut id);
    let header = Header {
        v: 1,
        hub: draft.hub.into(),
        id: Text(id),
        from: from.agent().into(),
        to: draft.to.iter().map(|(agent, key)| WrapFor(agent.clone(), key.suite(), key.id())).collect(),
        name: draft.name.into(),
        ts: draft.ts,
        reply_to: draft.reply_to.map(Into::into),
        commit: commitment(&key),
    };
    header.check()?;
    let header = canonical(&header);
    if header.len() > HEADER_MAX_BYTES {
        return Err(SealError::TooLarge);
    }
    let info = hash(&[&header]);
    let mut wraps = Vec::new();
    for recipient in draft.to.values() {
        wraps.extend(recipient.wrap(&key, &info, random)?);
    }
    Ok(assemble(&header, &wraps, &seal_body(&key, &info, draft.body)?, &from.signer()))
}

/// Opens `data`, in the order of `docs/encryption.md`.
///
/// # Errors
/// The first check that fails.
pub fn open(data: &str, reader: &Keyring, said: &Said<'_>, trust: &Trust, now_ms: i64) -> Result<Opened, SealError> {
    let bytes = from_text(data).ok_or(SealError::Malformed)?;
    let parts = Parts::split(&bytes)?;
    let header = parts.header()?;
    let pin = trust.pins.get(&header.from).ok_or(SealError::UnknownSender)?;
    let signed = to_sign(parts.signed);
    if !pin.signing_keys(now_ms).any(|key| verify(key, &signed, &parts.signature)) {
        return Err(SealError::BadSignature);
    }
    if trust.hub.as_deref() != Some(&header.hub) {
        return Err(SealError::WrongHub);
    }
    let key = header.content_key(parts.rest, reader, &hash(&[parts.header]))?;
    let sealed = &parts.rest[header.wraps_len()..];
    let payload = Payload { msg: sealed, aad: &hash(&[parts.header]) };
    let body = cipher(&key).decrypt(&nonce(), payload).map_err(|_| SealError::BadBody)?;
    let id = to_text(&header.id.0);
    let checks = [
        (header.from == said.from, SealError::WrongFrom),
        (header.name == said.name, SealError::WrongName),
        (header.reply_to.as_deref() == said.reply_to, SealError::WrongReplyTo),
        (trust.token_of(&header.from, &id).is_none_or(|token| token == said.token), SealError::Replayed),
    ];
    if let Some((_, failed)) = checks.into_iter().find(|(holds, _)| !holds) {
        return Err(failed);
    }
    let to = header.to.into_iter().map(|wrap| wrap.0).collect();
    Ok(Opened { from: header.from, id, ts: header.ts, to, body })
}

/// The sender that an envelope names, before anything of it is believed: whose keys are needed to open it.
#[must_use]
pub fn claimed_sender(data: &str) -> Option<String> {
    let bytes = from_text(data)?;
    Parts::split(&bytes).and_then(|parts| parts.header()).ok().map(|header| header.from)
}

impl Header {
    /// The rules of its fields.
    fn check(&self) -> Result<(), SealError> {
        let names = self.to.iter().all(|wrap| AgentName::parse(&wrap.0).is_ok());
        let ascending = self.to.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let well_formed = AgentName::parse(&self.from).is_ok()
            && !self.to.is_empty()
            && names
            && ascending
            && (0..=SEQ_MAX).contains(&self.ts);
        if well_formed { Ok(()) } else { Err(SealError::Malformed) }
    }

    fn wraps_len(&self) -> usize {
        self.to.iter().map(|wrap| wrap.1.wrap_len()).sum()
    }

    /// The content key, if there is one for this reader.
    fn content_key(&self, rest: &[u8], reader: &Keyring, info: &[u8; 32]) -> Result<ContentKey, SealError> {
        let at = self.to.iter().position(|wrap| wrap.0 == reader.agent()).ok_or(SealError::NotForMe)?;
        let WrapFor(_, suite, id) = &self.to[at];
        let private = reader.find(*suite, id).ok_or(SealError::UnknownKey)?;
        let start: usize = self.to[..at].iter().map(|wrap| wrap.1.wrap_len()).sum();
        let key = private.unwrap(&rest[start..start + suite.wrap_len()], info)?;
        if commitment(&key) == self.commit { Ok(key) } else { Err(SealError::BadCommit) }
    }
}

/// An envelope taken apart; nothing of it is believed yet.
struct Parts<'a> {
    header: &'a [u8],
    /// Wraps and sealed body.
    rest: &'a [u8],
    /// Everything before the signature.
    signed: &'a [u8],
    signature: Text<SIGNATURE_BYTES>,
}

impl<'a> Parts<'a> {
    fn split(bytes: &'a [u8]) -> Result<Self, SealError> {
        let malformed = SealError::Malformed;
        let Some(after_magic) = bytes.strip_prefix(MAGIC) else {
            return Err(if bytes.starts_with(FAMILY) { SealError::UnknownVersion } else { malformed });
        };
        let (length, after_length) = after_magic.split_first_chunk::<4>().ok_or(malformed)?;
        let length = u32::from_be_bytes(*length) as usize;
        if length > HEADER_MAX_BYTES {
            return Err(malformed);
        }
        let (header, after_header) = after_length.split_at_checked(length).ok_or(malformed)?;
        let (rest, signature) = after_header.split_last_chunk::<SIGNATURE_BYTES>().ok_or(malformed)?;
        let signed = &bytes[..bytes.len() - SIGNATURE_BYTES];
        Ok(Self { header, rest, signed, signature: Text(*signature) })
    }

    fn header(&self) -> Result<Header, SealError> {
        #[derive(Deserialize)]
        struct Version {
            v: u32,
        }
        let malformed = |_| SealError::Malformed;
        let Version { v } = serde_json::from_slice(self.header).map_err(malformed)?;
        if v != 1 {
            return Err(SealError::UnknownVersion);
        }
        let header: Header = serde_json::from_slice(self.header).map_err(malformed)?;
        header.check()?;
        let whole = self.rest.len() >= header.wraps_len() + TAG_BYTES;
        if whole && canonical(&header) == self.header { Ok(header) } else { Err(SealError::Malformed) }
    }
}

pub(super) fn commitment(key: &ContentKey) -> Text<32> {
    Text(hash(&[b"agent-hub content key v1\0", key.as_slice()]))
}

fn cipher(key: &ContentKey) -> Aes256Gcm {
    Aes256Gcm::new((&**key).into())
}

/// The key seals nothing else, so the nonce need not change.
fn nonce() -> Nonce<aes_gcm::aead::consts::U12> {
    Nonce::default()
}

pub(super) fn seal_body(key: &ContentKey, info: &[u8; 32], body: &[u8]) -> Result<Vec<u8>, SealError> {
    cipher(key).encrypt(&nonce(), Payload { msg: body, aad: info }).map_err(|_| SealError::TooLarge)
}

fn to_sign(signed: &[u8]) -> Vec<u8> {
    [b"agent-hub envelope v1\0".as_slice(), signed].concat()
}

/// The parts in their order, signed, as text.
pub(super) fn assemble(header: &[u8], wraps: &[u8], sealed: &[u8], signer: &SigningKey) -> String {
    // A header is at most `HEADER_MAX_BYTES`.
    let length = u32::try_from(header.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut bytes = [MAGIC.as_slice(), &length, header, wraps, sealed].concat();
    let signature = signer.sign(&to_sign(&bytes)).to_bytes();
    bytes.extend(signature);
    to_text(&bytes)
}
