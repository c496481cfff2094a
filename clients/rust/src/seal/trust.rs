//! Whose keys are believed, and which envelopes were opened before: trust at first use, and from then on only by a chain.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::{Bundle, SealError, encoding::Text, suite::PublicKey};

/// How long an earlier signing key is believed after a newer one was learned, in milliseconds: 7 days.
const PAST_FOR_MS: i64 = 7 * 24 * 3600 * 1000;

/// The keys of a peer as they are believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// The version.
    pub version: u32,
    pub(super) sign: Text<32>,
    /// The encryption key.
    pub enc: PublicKey,
    /// Whether somebody compared the words.
    #[serde(default)]
    pub verified: bool,
    /// Earlier signing keys, and until when they are believed.
    #[serde(default)]
    past: Vec<(Text<32>, i64)>,
}

impl Pin {
    /// Accepts the bundle that the directory has now, given what was believed before.
    ///
    /// # Errors
    /// [`SealError::KeyChanged`], [`SealError::KeyRolledBack`].
    pub fn accept(before: Option<&Self>, bundle: &Bundle, now_ms: i64) -> Result<Self, SealError> {
        let first_past = match before {
            None => 0,
            Some(pin) if bundle.version == pin.version => {
                let same = bundle.sign == pin.sign && bundle.enc == pin.enc;
                return if same { Ok(pin.clone()) } else { Err(SealError::KeyChanged) };
            }
            Some(pin) if bundle.version < pin.version => return Err(SealError::KeyRolledBack),
            Some(pin) => {
                let index = bundle.index_of(pin.version).ok_or(SealError::KeyChanged)?;
                if bundle.prev[index].0 != pin.sign {
                    return Err(SealError::KeyChanged);
                }
                index
            }
        };
        let until = now_ms.saturating_add(PAST_FOR_MS);
        let mut past: Vec<_> = before.map(|pin| pin.past.clone()).unwrap_or_default();
        past.retain(|(_, until)| now_ms < *until);
        past.extend(bundle.prev[first_past..].iter().map(|link| (link.0, until)));
        let verified = before.is_some_and(|pin| pin.verified);
        Ok(Self { version: bundle.version, sign: bundle.sign, enc: bundle.enc.clone(), verified, past })
    }

    /// The signing keys that are believed now.
    pub(super) fn signing_keys(&self, now_ms: i64) -> impl Iterator<Item = &Text<32>> {
        let past = self.past.iter().filter(move |(_, until)| now_ms < *until).map(|(key, _)| key);
        [&self.sign].into_iter().chain(past)
    }

    /// The six words of the key that is believed.
    #[must_use]
    pub fn words(&self, agent: &str) -> String {
        super::words::words(agent, &self.sign.0)
    }
}

/// What an agent believes: the file `NAME+trust.json`, and the lines of `NAME+seen-DATE`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Trust {
    /// The hub id, once it is known.
    #[serde(default)]
    pub hub: Option<String>,
    /// By name.
    #[serde(default)]
    pub pins: BTreeMap<String, Pin>,
    #[serde(skip)]
    /// (from, id) -> (token, until when it is remembered).
    seen: HashMap<(String, String), (String, i64)>,
}

impl Trust {
    /// Believes the bundle of a peer, if it follows from what is believed.
    ///
    /// # Errors
    /// As [`Pin::accept`].
    pub fn accept(&mut self, bundle: &Bundle, now_ms: i64) -> Result<&Pin, SealError> {
        let pin = Pin::accept(self.pins.get(&bundle.agent), bundle, now_ms)?;
        Ok(self.pins.entry(bundle.agent.clone()).insert_entry(pin).into_mut())
    }

    /// Believes this agent's own bundle, as its file has it: the hub is not asked who it is.
    pub fn accept_own(&mut self, bundle: &Bundle, now_ms: i64) {
        let follows = Pin::accept(self.pins.get(&bundle.agent), bundle, now_ms);
        if let Ok(pin) = follows.or_else(|_| Pin::accept(None, bundle, now_ms)) {
            self.pins.insert(bundle.agent.clone(), pin);
        }
    }

    /// Notes that the envelope `id` of `from` was opened under `token`, to be remembered until then.
    pub fn note_opened(&mut self, from: &str, id: &str, token: &str, until_ms: i64) {
        self.seen.insert((from.into(), id.into()), (token.into(), until_ms));
    }

    /// The token under which the envelope was opened before.
    #[must_use]
    pub fn token_of(&self, from: &str, id: &str) -> Option<&str> {
        self.seen.get(&(from.to_owned(), id.to_owned())).map(|(token, _)| token.as_str())
    }

    /// Forgets envelopes that need not be remembered any more.
    pub fn forget_expired(&mut self, now_ms: i64) {
        self.seen.retain(|_, (_, until)| now_ms < *until);
    }

    /// Takes over a line of `NAME+seen-DATE`; a torn one is passed over.
    pub fn read_seen(&mut self, line: &str) {
        let mut words = line.split(' ');
        if let (Some(from), Some(id), Some(token), Some(at), None) =
            (words.next(), words.next(), words.next(), words.next().and_then(|at| at.parse().ok()), words.next())
        {
            // The first line is the one that was opened.
            self.seen.entry((from.into(), id.into())).or_insert_with(|| (token.into(), at));
        }
    }
}
