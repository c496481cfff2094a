//! The vectors of `tests/vectors/envelope.json`: made here from fixed seeds, so that the file can be made again, and checked
//! here against the file, so that neither drifts. `AGENT_HUB_WRITE_VECTORS=1` writes it.

use std::{collections::BTreeMap, convert::Infallible};

use hpke::rand_core::{TryCryptoRng, TryRng};
use serde_json::{Value, json};

use super::{
    Draft, Keyring, Pin, Said, Suite, Trust,
    bundle::Bundle,
    encoding::{Text, canonical, from_text, hash, to_text},
    envelope::{Header, WrapFor, assemble, commitment, open, seal, seal_body},
    suite::{ContentKey, PublicKey},
};

const HUB: &str = "0d5f1c2b3a49586776859a4b3c2d1e0f";
const NOW: i64 = 1_780_000_000_000;
const TOKEN: &str = "AAAAAAAAAAAAAAAAAAAAAA";
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/envelope.json");

/// Bytes that anybody can draw again: SHA-256 of a seed and a counter.
struct Drawn(&'static str, u64);

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
struct Cast {
    keyrings: BTreeMap<&'static str, Keyring>,
    /// Dave before his rotation.
    dave_before: Keyring,
    /// As everybody believes everybody.
    trust: Trust,
    open: Vec<Value>,
    bundles: Vec<Value>,
}

impl Cast {
    fn new() -> Self {
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

    fn keys(&self, names: &[&str]) -> BTreeMap<String, PublicKey> {
        names.iter().map(|name| ((*name).to_owned(), self.keyrings[name].bundle().unwrap().enc)).collect()
    }

    fn seal(&self, from: &str, to: &[&str], name: &str, reply_to: Option<&str>, body: &[u8]) -> String {
        let keys = self.keys(to);
        let draft = Draft { hub: HUB, to: &keys, name, ts: NOW - 1000, reply_to, body };
        seal(&draft, &self.keyrings[from], &mut Drawn("seal", body.len() as u64 + name.len() as u64 * 1000)).unwrap()
    }

    /// Adds a case, after checking that it is what it says.
    fn case(&mut self, name: &str, reader: &str, data: &str, expect: Result<&[u8], &str>, change: impl FnOnce(&mut Case)) {
        let mut case = Case { from: "alice", name: "report", reply_to: None, trust: self.trust.clone(), seen: Vec::new() };
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

    fn bundle(&mut self, name: &str, agent: &str, pin: Option<&Pin>, bundle: &Value, expect: Option<&str>) {
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
struct Case {
    from: &'static str,
    name: &'static str,
    reply_to: Option<&'static str>,
    trust: Trust,
    seen: Vec<(String, String, &'static str)>,
}

/// An envelope in pieces, to be put together wrongly.
struct Pieces {
    key: ContentKey,
    header: Header,
    wraps: Vec<Vec<u8>>,
    sealed: Vec<u8>,
}

impl Pieces {
    fn new(cast: &Cast, to: &[&str], body: &[u8]) -> Self {
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
    fn reseal(&mut self, cast: &Cast, body: &[u8]) {
        let info = hash(&[&canonical(&self.header)]);
        let keys: Vec<_> = self.header.to.iter().map(|wrap| cast.keyrings[wrap.0.as_str()].bundle().unwrap().enc).collect();
        self.wraps = keys.iter().map(|key| key.wrap(&self.key, &info, &mut Drawn("reseal", 0)).unwrap()).collect();
        self.sealed = seal_body(&self.key, &info, body).unwrap();
    }

    fn signed_by(&self, keyring: &Keyring) -> String {
        self.with_header(&canonical(&self.header), keyring)
    }

    fn with_header(&self, header: &[u8], keyring: &Keyring) -> String {
        assemble(header, &self.wraps.concat(), &self.sealed, &keyring.signer())
    }
}

/// `data` with its bytes changed by somebody who cannot sign.
fn changed(data: &str, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut bytes = from_text(data).unwrap();
    change(&mut bytes);
    to_text(&bytes)
}

fn id_of(data: &str) -> String {
    let bytes = from_text(data).unwrap();
    let end = 10 + u32::from_be_bytes(bytes[6..10].try_into().unwrap()) as usize;
    to_text(&serde_json::from_slice::<Header>(&bytes[10..end]).unwrap().id.0)
}

fn good(cast: &mut Cast) {
    let all: Vec<u8> = (0..=255).collect();
    let one = cast.seal("alice", &["bob"], "report", None, b"hello, bob");
    cast.case("one recipient, x25519", "bob", &one, Ok(b"hello, bob"), |_| {});
    let wing = cast.seal("alice", &["carol"], "report", None, b"hello, carol");
    cast.case("one recipient, xwing", "carol", &wing, Ok(b"hello, carol"), |_| {});
    let many = cast.seal("alice", &["bob", "carol", "dave"], "report", None, b"to all of you");
    for reader in ["bob", "carol", "dave"] {
        cast.case(&format!("three recipients, both suites, read by {reader}"), reader, &many, Ok(b"to all of you"), |_| {});
    }
    let reply = cast.seal("alice", &["bob"], "report", Some("BBBBBBBBBBBBBBBBBBBBBB"), b"an answer");
    cast.case("an answer", "bob", &reply, Ok(b"an answer"), |case| case.reply_to = Some("BBBBBBBBBBBBBBBBBBBBBB"));
    let empty = cast.seal("alice", &["bob"], "report", None, b"");
    cast.case("an empty body", "bob", &empty, Ok(b""), |_| {});
    let binary = cast.seal("alice", &["bob"], "report", None, &all);
    cast.case("a body of bytes that are no text", "bob", &binary, Ok(&all), |_| {});
    let name = "na\u{ef}ve \"\u{65e5}\u{672c}\" \\ </script> \u{1f469}\u{200d}\u{1f4bb}\u{7f}";
    let named = cast.seal("alice", &["bob"], name, None, b"escapes");
    cast.case("a name that JSON escapes in part", "bob", &named, Ok(b"escapes"), |case| case.name = name);
    let own = cast.seal("alice", &["alice"], "report", None, b"a note to myself");
    cast.case("to oneself", "alice", &own, Ok(b"a note to myself"), |_| {});
    let keys = BTreeMap::from([("dave".to_owned(), cast.dave_before.bundle().unwrap().enc)]);
    let draft = Draft { hub: HUB, to: &keys, name: "report", ts: NOW, reply_to: None, body: b"under way" };
    let late = seal(&draft, &cast.keyrings["alice"], &mut Drawn("late", 0)).unwrap();
    cast.case("for a key that was rotated meanwhile", "dave", &late, Ok(b"under way"), |_| {});
    let keys = cast.keys(&["bob"]);
    let draft = Draft { hub: HUB, to: &keys, name: "report", ts: NOW, reply_to: None, body: b"old hand" };
    let old_hand = seal(&draft, &cast.dave_before, &mut Drawn("old hand", 0)).unwrap();
    cast.case("by a key that was rotated meanwhile", "bob", &old_hand, Ok(b"old hand"), |case| case.from = "dave");
    let before = Pin::accept(None, &cast.dave_before.bundle().unwrap(), NOW - 8 * 86_400_000).unwrap();
    let pin = Pin::accept(Some(&before), &cast.keyrings["dave"].bundle().unwrap(), NOW - 7 * 86_400_000).unwrap();
    cast.case("by a key that was rotated long ago", "bob", &old_hand, Err("bad_signature"), |case| {
        case.from = "dave";
        case.trust.pins.insert("dave".into(), pin);
    });
    let seen = |token| vec![("alice".to_owned(), id_of(&one), token)];
    cast.case("read twice", "bob", &one, Ok(b"hello, bob"), |case| case.seen = seen(TOKEN));
    cast.case("replayed", "bob", &one, Err("replayed"), |case| case.seen = seen("CCCCCCCCCCCCCCCCCCCCCC"));
    cast.case("renamed", "bob", &one, Err("wrong_name"), |case| case.name = "invoice");
    cast.case("re-attributed", "bob", &one, Err("wrong_from"), |case| case.from = "mallory");
    cast.case("an answer to nothing, says the hub", "bob", &reply, Err("wrong_reply_to"), |_| {});
    cast.case("an answer, says the hub", "bob", &one, Err("wrong_reply_to"), |case| case.reply_to = Some(TOKEN));
    cast.case("re-addressed or forwarded as it is", "carol", &one, Err("not_for_me"), |_| {});
    cast.case("an unknown sender", "bob", &one, Err("unknown_sender"), |case| drop(case.trust.pins.remove("alice")));
}

fn tampered(cast: &mut Cast) {
    let pieces = Pieces::new(cast, &["bob", "dave"], b"the body");
    let (alice, mallory) = (cast.keyrings["alice"].clone(), cast.keyrings["mallory"].clone());
    let honest = pieces.signed_by(&alice);
    cast.case("put together by hand", "bob", &honest, Ok(b"the body"), |_| {});
    let flip_last = changed(&honest, |bytes| *bytes.last_mut().unwrap() ^= 1);
    cast.case("a changed signature", "bob", &flip_last, Err("bad_signature"), |_| {});
    let mut other = Pieces::new(cast, &["bob", "dave"], b"the body");
    other.header.name = "invoice".into();
    let renamed = changed(&other.signed_by(&mallory), |_| {});
    cast.case("renamed in the header, signed by another", "bob", &renamed, Err("bad_signature"), |case| case.name = "invoice");
    other.header.name = "report".into();
    other.header.from = "mallory".into();
    cast.case("taken over by another in her own name", "bob", &other.signed_by(&mallory), Err("bad_wrap"), |case| case.from = "mallory");
    let mut forwarded = Pieces::new(cast, &["carol"], b"the body");
    forwarded.reseal(cast, b"the body");
    cast.case("forwarded, wrapped anew by a recipient", "carol", &forwarded.signed_by(&cast.keyrings["bob"].clone()), Err("bad_signature"), |_| {});
    let mut swapped = Pieces::new(cast, &["bob", "dave"], b"the body");
    swapped.sealed = seal_body(&swapped.key, &hash(&[&canonical(&swapped.header)]), b"another body").unwrap();
    cast.case("a swapped body, sealed by a recipient", "bob", &swapped.signed_by(&cast.keyrings["dave"].clone()), Err("bad_signature"), |_| {});
    swapped.sealed[0] ^= 1;
    cast.case("a changed body, signed by its sender", "bob", &swapped.signed_by(&alice), Err("bad_body"), |_| {});
    let mut wraps = Pieces::new(cast, &["alice", "bob"], b"the body");
    wraps.wraps.swap(0, 1);
    cast.case("swapped wraps", "bob", &wraps.signed_by(&mallory), Err("bad_signature"), |_| {});
    cast.case("swapped wraps, signed by their sender", "bob", &wraps.signed_by(&alice), Err("bad_wrap"), |_| {});
    let mut committed = Pieces::new(cast, &["bob"], b"the body");
    committed.header.commit = Text([1; 32]);
    committed.reseal(cast, b"the body");
    cast.case("committed to another key", "bob", &committed.signed_by(&alice), Err("bad_commit"), |_| {});
    let mut foreign = Pieces::new(cast, &["bob"], b"the body");
    foreign.header.hub = "another hub".into();
    foreign.reseal(cast, b"the body");
    cast.case("for another hub", "bob", &foreign.signed_by(&alice), Err("wrong_hub"), |_| {});
    let mut unknown = Pieces::new(cast, &["bob"], b"the body");
    unknown.header.to[0].2 = Text([5; 16]);
    unknown.reseal(cast, b"the body");
    cast.case("for a key that the reader never had", "bob", &unknown.signed_by(&alice), Err("unknown_key"), |_| {});
}

fn malformed(cast: &mut Cast) {
    let alice = cast.keyrings["alice"].clone();
    let pieces = Pieces::new(cast, &["alice", "bob"], b"the body");
    let honest = pieces.signed_by(&alice);
    let header = String::from_utf8(canonical(&pieces.header)).unwrap();
    let written = |header: &str| pieces.with_header(header.as_bytes(), &alice);
    let mut unsorted = Pieces::new(cast, &["alice", "bob"], b"the body");
    unsorted.header.to.swap(0, 1);
    let mut twice = Pieces::new(cast, &["bob"], b"the body");
    twice.header.to.push(twice.header.to[0].clone());
    twice.wraps.push(twice.wraps[0].clone());
    let mut nobody = Pieces::new(cast, &["bob"], b"the body");
    nobody.header.to.clear();
    let cases = [
        ("no data", String::new()),
        ("plain text", "hello, bob".into()),
        ("padding", format!("{honest}=")),
        ("white space at the end", format!("{honest}\n")),
        ("standard base64", changed(&honest, |_| {}).replace('-', "+").replace('_', "/")),
        ("a part of an envelope", honest[..400].into()),
        ("a header longer than the envelope", changed(&honest, |bytes| bytes[7] = 3)),
        ("wraps that are cut short", assemble(header.as_bytes(), &pieces.wraps[0], &[0; 16], &alice.signer())),
        ("no room for a tag", assemble(header.as_bytes(), &pieces.wraps.concat(), &[0; 15], &alice.signer())),
        ("a header with a space", written(&header.replacen(':', ": ", 1))),
        ("a header with a field more", written(&header.replacen("\"v\":1,", "\"v\":1,\"x\":1,", 1))),
        ("a field twice", written(&header.replacen("\"from\"", "\"name\":\"a\",\"from\"", 1))),
        ("fields in another order", written(&header.replacen("\"v\":1,", "", 1).replacen('}', ",\"v\":1}", 1))),
        ("a needless escape", written(&header.replacen("report", "\\u0072eport", 1))),
        ("a number with a point", written(&header.replacen(&NOW.to_string(), &format!("{NOW}.0"), 1))),
        ("a negative time", written(&header.replacen("\"ts\":", "\"ts\":-", 1))),
        ("an unknown suite", written(&header.replacen("x25519", "x25518", 1))),
        ("an id that is too short", written(&header.replacen("AwMDAwMDAwMDAwMDAwMDAw", "AwMDAwMDAwMDAwMDAwM", 1))),
        ("recipients out of order", unsorted.signed_by(&alice)),
        ("a recipient twice", twice.signed_by(&alice)),
        ("no recipients", nobody.signed_by(&alice)),
        ("a null", written(&header.replacen("\"commit\"", "\"reply_to\":null,\"commit\"", 1))),
        ("a name that no agent can have", written(&header.replacen("\"alice\",\"to\"", "\"Alice\",\"to\"", 1))),
    ];
    for (name, data) in cases {
        cast.case(name, "bob", &data, Err("malformed"), |_| {});
    }
    let newer = changed(&honest, |bytes| bytes[5] = b'2');
    cast.case("an envelope of version 2", "bob", &newer, Err("unknown_version"), |_| {});
    cast.case("a header of version 2", "bob", &written(&header.replacen("\"v\":1", "\"v\":2", 1)), Err("unknown_version"), |_| {});
}

fn bundles(cast: &mut Cast) {
    let mut random = Drawn("bundles", 0);
    let document = |keyring: &Keyring| serde_json::from_str::<Value>(&keyring.bundle().unwrap().to_json()).unwrap();
    let pinned = |keyring: &Keyring| Pin::accept(None, &keyring.bundle().unwrap(), NOW - 1000).unwrap();
    let first = Keyring::generate("erin", Suite::X25519, &mut random);
    let other = Keyring::generate("erin", Suite::X25519, &mut random);
    let mut line = vec![first.clone()];
    for turn in 1..40 {
        let suite = if turn % 2 == 0 { Suite::X25519 } else { Suite::XWing };
        line.push(line[turn - 1].rotate(suite, &mut random).unwrap());
    }
    let (third, last) = (document(&line[2]), document(&line[39]));
    cast.bundle("first use", "erin", None, &document(&first), None);
    cast.bundle("first use after two rotations", "erin", None, &third, None);
    cast.bundle("unchanged", "erin", Some(&pinned(&first)), &document(&first), None);
    let mut verified = pinned(&first);
    verified.verified = true;
    cast.bundle("rotated twice since; verified stays", "erin", Some(&verified), &third, None);
    cast.bundle("rotated thirty times since", "erin", Some(&pinned(&line[9])), &last, None);
    cast.bundle("rotated more often than the chain is long", "erin", Some(&pinned(&line[5])), &last, Some("key_changed"));
    cast.bundle("changed without a chain", "erin", Some(&pinned(&first)), &document(&other), Some("key_changed"));
    let foreign = document(&other.rotate(Suite::X25519, &mut random).unwrap());
    cast.bundle("a chain from another key", "erin", Some(&pinned(&first)), &foreign, Some("key_changed"));
    cast.bundle("older than known", "erin", Some(&pinned(&line[2])), &document(&first), Some("key_rolled_back"));
    let enc = other.bundle().unwrap().enc;
    let same_sign = Bundle::new("erin", 1, &first.signer(), enc, Vec::new());
    let same_sign = serde_json::from_str(&same_sign.to_json()).unwrap();
    cast.bundle("another encryption key in the same version", "erin", Some(&pinned(&first)), &same_sign, Some("key_changed"));
    cast.bundle("another agent's", "frank", None, &document(&first), Some("bad_bundle"));
    let changes: [(&str, fn(&mut Value)); 9] = [
        ("an encryption key that was not signed", |doc| doc["enc"][1] = to_text(&[8; 32]).into()),
        ("an unknown suite", |doc| doc["enc"][0] = "x448".into()),
        ("an encryption key that is too short", |doc| doc["enc"][1] = to_text(&[8; 31]).into()),
        ("a version that was not signed", |doc| doc["version"] = 4.into()),
        ("version 0", |doc| doc["version"] = 0.into()),
        ("a broken link", |doc| doc["prev"][0][1] = to_text(&[1; 64]).into()),
        ("a link left out", |doc| drop(doc["prev"].as_array_mut().unwrap().remove(0))),
        ("a field more", |doc| doc["x"] = 1.into()),
        ("another format", |doc| doc["v"] = 2.into()),
    ];
    for (name, change) in changes {
        let mut doc = third.clone();
        change(&mut doc);
        cast.bundle(name, "erin", None, &doc, Some("bad_bundle"));
    }
    cast.bundle("no bundle at all", "erin", None, &json!({"sign": "…", "enc": "…"}), Some("bad_bundle"));
}

#[test]
fn the_vectors_are_what_this_code_makes_and_reads() {
    let mut cast = Cast::new();
    good(&mut cast);
    tampered(&mut cast);
    malformed(&mut cast);
    bundles(&mut cast);
    let agents: BTreeMap<_, _> = cast
        .keyrings
        .iter()
        .map(|(name, keyring)| {
            let bundle = keyring.bundle().unwrap();
            let keys: Value = serde_json::from_str(&keyring.to_json()).unwrap();
            let document: Value = serde_json::from_str(&bundle.to_json()).unwrap();
            (name, json!({"keys": keys, "bundle": document, "words": bundle.words(), "key_id": bundle.enc.id()}))
        })
        .collect();
    let made = json!({
        "about": "Vectors of docs/encryption.md. `keys` is the file NAME+keys.json. `open`: the reader opens `data` of which the hub says `said`, at the time `now_ms`, believing `pins` (those of the case, else these), having opened `seen` ([from, id, token]). `bundles`: what the directory offers for `agent`, given what is pinned.",
        "hub": HUB, "now_ms": NOW, "agents": agents, "pins": cast.trust.pins, "open": cast.open, "bundles": cast.bundles,
    });
    let made = serde_json::to_string_pretty(&made).unwrap() + "\n";
    if std::env::var_os("AGENT_HUB_WRITE_VECTORS").is_some() {
        std::fs::write(FILE, &made).unwrap();
    }
    assert!(std::fs::read_to_string(FILE).unwrap() == made, "tests/vectors/envelope.json is not what this code makes");
}
