//! Envelopes that must be refused.

use super::{
    super::{
        encoding::{Text, canonical, hash},
        envelope::{assemble, seal_body},
    },
    NOW,
    cast::{Cast, Pieces, changed},
};

pub(super) fn tampered(cast: &mut Cast) {
    let pieces = Pieces::new(cast, &["bob", "dave"], b"the body");
    let (alice, mallory) = (cast.keyrings["alice"].clone(), cast.keyrings["mallory"].clone());
    let honest = pieces.signed_by(&alice);
    cast.case("put together by hand", "bob", &honest, Ok(b"the body"), |_| {});
    let flip_last = changed(&honest, |bytes| *bytes.last_mut().unwrap() ^= 1);
    cast.case("a changed signature", "bob", &flip_last, Err("bad_signature"), |_| {});
    let mut other = Pieces::new(cast, &["bob", "dave"], b"the body");
    other.header.name = "invoice".into();
    let renamed = changed(&other.signed_by(&mallory), |_| {});
    cast.case("renamed in the header, signed by another", "bob", &renamed, Err("bad_signature"), |case| {
        case.name = "invoice"
    });
    other.header.name = "report".into();
    other.header.from = "mallory".into();
    cast.case("taken over by another in her own name", "bob", &other.signed_by(&mallory), Err("bad_wrap"), |case| {
        case.from = "mallory"
    });
    let mut forwarded = Pieces::new(cast, &["carol"], b"the body");
    forwarded.reseal(cast, b"the body");
    cast.case(
        "forwarded, wrapped anew by a recipient",
        "carol",
        &forwarded.signed_by(&cast.keyrings["bob"].clone()),
        Err("bad_signature"),
        |_| {},
    );
    let mut swapped = Pieces::new(cast, &["bob", "dave"], b"the body");
    swapped.sealed = seal_body(&swapped.key, &hash(&[&canonical(&swapped.header)]), b"another body").unwrap();
    cast.case(
        "a swapped body, sealed by a recipient",
        "bob",
        &swapped.signed_by(&cast.keyrings["dave"].clone()),
        Err("bad_signature"),
        |_| {},
    );
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

pub(super) fn malformed(cast: &mut Cast) {
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
    cast.case(
        "a header of version 2",
        "bob",
        &written(&header.replacen("\"v\":1", "\"v\":2", 1)),
        Err("unknown_version"),
        |_| {},
    );
}
