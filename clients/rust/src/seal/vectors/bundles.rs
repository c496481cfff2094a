//! Bundles that are believed, and that are not.

use serde_json::{Value, json};

use super::{
    super::{
        Bundle, Keyring, Pin, Suite,
        encoding::{TextBytes, to_text},
        suite::PublicKey,
    },
    NOW,
    cast::{Cast, Drawn},
};

/// What somebody else did to a bundle.
type Change = (&'static str, fn(&mut Value));

pub(super) fn bundles(cast: &mut Cast) {
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
    cast.bundle(
        "rotated more often than the chain is long",
        "erin",
        Some(&pinned(&line[5])),
        &last,
        Some("key_changed"),
    );
    cast.bundle("changed without a chain", "erin", Some(&pinned(&first)), &document(&other), Some("key_changed"));
    let foreign = document(&other.rotate(Suite::X25519, &mut random).unwrap());
    cast.bundle("a chain from another key", "erin", Some(&pinned(&first)), &foreign, Some("key_changed"));
    cast.bundle("older than known", "erin", Some(&pinned(&line[2])), &document(&first), Some("key_rolled_back"));
    let enc = other.bundle().unwrap().enc;
    let same_sign = Bundle::new("erin", 1, &first.signer(), enc, Vec::new());
    let same_sign = serde_json::from_str(&same_sign.to_json()).unwrap();
    cast.bundle(
        "another encryption key in the same version",
        "erin",
        Some(&pinned(&first)),
        &same_sign,
        Some("key_changed"),
    );
    cast.bundle("another agent's", "frank", None, &document(&first), Some("bad_bundle"));
    let changes: [Change; 9] = [
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
    // Nothing can be wrapped for these: whoever published one must not stop what is sent to others too.
    for (name, enc) in [
        ("an encryption key of small order", PublicKey(Suite::X25519, TextBytes(vec![0; 32]))),
        ("an encryption key out of range", PublicKey(Suite::XWing, TextBytes(vec![0xff; 1216]))),
    ] {
        let none = Bundle::new("erin", 1, &first.signer(), enc, Vec::new());
        cast.bundle(name, "erin", None, &serde_json::from_str(&none.to_json()).unwrap(), Some("bad_bundle"));
    }
    cast.bundle("no bundle at all", "erin", None, &json!({"sign": "…", "enc": "…"}), Some("bad_bundle"));
}
