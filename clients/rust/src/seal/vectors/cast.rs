//! Who plays in the vectors, and how a case is made and checked.

use std::{collections::BTreeMap, convert::Infallible};

use hpke::rand_core::{TryCryptoRng, TryRng};
use serde_json::{Value, json};

use super::super::{
    encoding::{Text, canonical, from_text, hash, to_text},
    envelope::{Header, WrapFor, assemble, commitment, seal_body},
    suite::{ContentKey, PublicKey},
};
use super::{super::*, HUB, NOW, TOKEN};

/// Bytes that anybody can draw again: SHA-256 of a seed and a counter.
pub(super) struct Drawn(pub(super) &'static str, pub(super) u64);

impl TryRng for Drawn {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(32) {
            self.1 += 1;
            chunk.copy_from_slice(&hash(&[self.0.as_bytes(), &self.1.to_be_bytes()])[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Drawn {}

/// Everybody in the vectors.
pub(super) struct Cast {
    pub(super) keyrings: BTreeMap<&'static str, Keyring>,
    /// Dave before his rotation.
    pub(super) dave_before: Keyring,
    /// As everybody believes everybody.
    pub(super) trust: Trust,
    pub(super) open: Vec<Value>,
    pub(super) bundles: Vec<Value>,
}

impl Cast {
    pub(super) fn new() -> Self {
        let mut random = Drawn("agents", 0);
        let mut keyrings = BTreeMap::new();
        for (name, suite) in
            [("alice", Suite::X25519), ("bob", Suite::X25519), ("carol", Suite::XWing), ("mallory", Suite::X25519)]
        {
            keyrings.insert(name, Keyring::generate(name, suite, &mut random));
        }
        let dave_before = Keyring::generate("dave", Suite::X25519, &mut random);
        keyrings.insert("dave", dave_before.rotate(Suite::XWing, &mut random).unwrap());
        let mut trust = Trust::default();
        trust.hub = Some(HUB.into());
        for keyring in keyrings.values() {
            trust.accept(&keyring.bundle().unwrap(), NOW).unwrap();
        }
        Self { keyrings, dave_before, trust, open: Vec::new(), bundles: Vec::new() }
    }

    pub(super) fn keys(&self, names: &[&str]) -> BTreeMap<String, PublicKey> {
        names.iter().map(|name| ((*name).to_owned(), self.keyrings[name].bundle().unwrap().enc)).collect()
    }

    pub(super) fn seal(&self, from: &str, to: &[&str], name: &str, reply_to: Option<&str>, body: &[u8]) -> String {
        let keys = self.keys(to);
        let draft = Draft { hub: HUB, to: &keys, name, ts: NOW - 1000, reply_to, body };
        seal(&draft, &self.keyrings[from], &mut Drawn("seal", body.len() as u64 + name.len() as u64 * 1000)).unwrap()
    }

    /// Adds a case, after checking that it is what it says.
    pub(super) fn case(
        &mut self,
        name: &str,
        reader: &str,
        data: &str,
        expect: Result<&[u8], &str>,
        change: impl FnOnce(&mut Case),
    ) {
        let mut case =
            Case { from: "alice", name: "report", reply_to: None, trust: self.trust.clone(), seen: Vec::new() };
        change(&mut case);
        for (from, id, token) in &case.seen {
            case.trust.note_opened(from, id, token, NOW + 1000);
        }
        let said = Said { from: case.from, name: case.name, reply_to: case.reply_to, token: TOKEN };
        let opened = open(data, &self.keyrings[reader], &said, &case.trust, NOW);
        let opened = opened.as_ref().map(|opened| opened.body.as_slice()).map_err(|error| error.code());
        assert_eq!(opened, expect, "{name}");
        let mut vector = json!({ "case": name, "reader": reader, "said": {"from": case.from, "name": case.name, "token": TOKEN}, "data": data });
        if let Some(reply_to) = case.reply_to {
            vector["said"]["reply_to"] = reply_to.into();
        }
        if case.trust.pins != self.trust.pins {
            vector["pins"] = json!(case.trust.pins);
        }
        if !case.seen.is_empty() {
            vector["seen"] = json!(case.seen);
        }
        match expect {
            Ok(body) => vector["body"] = to_text(body).into(),
            Err(code) => vector["error"] = code.into(),
        }
        self.open.push(vector);
    }

    pub(super) fn bundle(&mut self, name: &str, agent: &str, pin: Option<&Pin>, bundle: &Value, expect: Option<&str>) {
        let read = Bundle::read(&bundle.to_string(), agent).and_then(|bundle| Pin::accept(pin, &bundle, NOW));
        assert_eq!(read.as_ref().err().map(|error| error.code()), expect, "{name}");
        let mut vector = json!({ "case": name, "agent": agent, "pin": pin, "bundle": bundle });
        match read {
            Ok(pin) => vector["accepted"] = json!(pin),
            Err(error) => vector["error"] = error.code().into(),
        }
        self.bundles.push(vector);
    }
}

/// What differs from one case to the other.
pub(super) struct Case {
    pub(super) from: &'static str,
    pub(super) name: &'static str,
    pub(super) reply_to: Option<&'static str>,
    pub(super) trust: Trust,
    pub(super) seen: Vec<(String, String, &'static str)>,
}

/// An envelope in pieces, to be put together wrongly.
pub(super) struct Pieces {
    pub(super) key: ContentKey,
    pub(super) header: Header,
    pub(super) wraps: Vec<Vec<u8>>,
    pub(super) sealed: Vec<u8>,
}

impl Pieces {
    pub(super) fn new(cast: &Cast, to: &[&str], body: &[u8]) -> Self {
        let mut random = Drawn("pieces", 0);
        let key = ContentKey::new([9; 32]);
        let keys = cast.keys(to);
        let header = Header {
            v: 1,
            hub: HUB.into(),
            id: Text([3; 16]),
            from: "alice".into(),
            to: keys.iter().map(|(agent, key)| WrapFor(agent.clone(), key.suite(), key.id())).collect(),
            name: "report".into(),
            ts: NOW,
            reply_to: None,
            commit: commitment(&key),
        };
        let info = hash(&[&canonical(&header)]);
        let wraps = keys.values().map(|public| public.wrap(&key, &info, &mut random).unwrap()).collect();
        let sealed = seal_body(&key, &info, body).unwrap();
        Self { key, header, wraps, sealed }
    }

    /// Wraps and body anew, as its header is now.
    pub(super) fn reseal(&mut self, cast: &Cast, body: &[u8]) {
        let info = hash(&[&canonical(&self.header)]);
        let keys: Vec<_> =
            self.header.to.iter().map(|wrap| cast.keyrings[wrap.0.as_str()].bundle().unwrap().enc).collect();
        self.wraps = keys.iter().map(|key| key.wrap(&self.key, &info, &mut Drawn("reseal", 0)).unwrap()).collect();
        self.sealed = seal_body(&self.key, &info, body).unwrap();
    }

    pub(super) fn signed_by(&self, keyring: &Keyring) -> String {
        self.with_header(&canonical(&self.header), keyring)
    }

    pub(super) fn with_header(&self, header: &[u8], keyring: &Keyring) -> String {
        assemble(header, &self.wraps.concat(), &self.sealed, &keyring.signer())
    }
}

/// `data` with its bytes changed by somebody who cannot sign.
pub(super) fn changed(data: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut bytes = from_text(data).unwrap();
    change(&mut bytes);
    to_text(&bytes)
}

pub(super) fn id_of(data: &str) -> String {
    let bytes = from_text(data).unwrap();
    let end = 10 + u32::from_be_bytes(bytes[6..10].try_into().unwrap()) as usize;
    to_text(&serde_json::from_slice::<Header>(&bytes[10..end]).unwrap().id.0)
}
