//! The vectors of `tests/vectors/envelope.json`: made here from fixed seeds, so that the file can be made again, and checked
//! here against the file, so that neither drifts. `AGENT_HUB_WRITE_VECTORS=1` writes it.

mod bundles;
mod cast;
mod refused;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Draft, Pin, seal};
use cast::{Cast, Drawn, id_of};

const HUB: &str = "0d5f1c2b3a49586776859a4b3c2d1e0f";
const NOW: i64 = 1_780_000_000_000;
const TOKEN: &str = "AAAAAAAAAAAAAAAAAAAAAA";
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/envelope.json");

fn good(cast: &mut Cast) {
    let all: Vec<u8> = (0..=255).collect();
    let one = cast.seal("alice", &["bob"], "report", None, b"hello, bob");
    cast.case("one recipient, x25519", "bob", &one, Ok(b"hello, bob"), |_| {});
    let wing = cast.seal("alice", &["carol"], "report", None, b"hello, carol");
    cast.case("one recipient, xwing", "carol", &wing, Ok(b"hello, carol"), |_| {});
    let many = cast.seal("alice", &["bob", "carol", "dave"], "report", None, b"to all of you");
    for reader in ["bob", "carol", "dave"] {
        cast.case(
            &format!("three recipients, both suites, read by {reader}"),
            reader,
            &many,
            Ok(b"to all of you"),
            |_| {},
        );
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

#[test]
fn the_vectors_are_what_this_code_makes_and_reads() {
    let mut cast = Cast::new();
    good(&mut cast);
    refused::tampered(&mut cast);
    refused::malformed(&mut cast);
    bundles::bundles(&mut cast);
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
