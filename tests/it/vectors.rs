//! The golden frames, which the hub and every client read: `tests/vectors/frames.json`.

use agent_hub_protocol::frame::{self, HubFrame, HubMessage};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    client: Vec<ClientVector>,
    hub: Vec<HubVector>,
}

#[derive(Deserialize)]
struct ClientVector {
    name: String,
    text: String,
    accepted: bool,
}

#[derive(Deserialize)]
struct HubVector {
    name: String,
    text: String,
    understood: Option<String>,
    #[serde(default)]
    ignored: bool,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../vectors/frames.json")).expect("the golden frames are JSON")
}

#[test]
fn client_frames_are_taken_or_refused_as_written() {
    for ClientVector { name, text, accepted } in vectors().client {
        assert_eq!(frame::read(&text).is_ok(), accepted, "{name}: {text}");
    }
}

#[test]
fn every_kind_of_client_frame_has_a_golden_one() {
    let accepted = vectors().client.into_iter().filter(|vector| vector.accepted);
    let kinds: Vec<_> = accepted.map(|vector| kind(&vector.text)).collect();
    for known in ["hello", "ack", "publish", "retrieve", "join", "leave", "refresh", "watch", "ping"] {
        assert!(kinds.iter().any(|kind| kind == known), "{known}");
    }
}

#[test]
fn hub_frames_are_read_and_written_again_without_a_change() {
    for HubVector { name, text, understood, ignored } in vectors().hub {
        let message: HubMessage = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(message.frame == HubFrame::Unknown, ignored, "{name}: {message:?}");
        if !ignored {
            assert_eq!(serde_json::to_string(&message).unwrap(), understood.unwrap_or(text), "{name}");
        }
    }
}

#[test]
fn every_kind_of_hub_frame_has_a_golden_one() {
    let known: Vec<_> =
        vectors().hub.into_iter().filter(|vector| !vector.ignored).map(|vector| kind(&vector.text)).collect();
    let design = [
        "welcome",
        "notify",
        "skipped",
        "resync",
        "joined",
        "left",
        "published",
        "data",
        "ok",
        "traffic",
        "events",
        "error",
        "pong",
    ];
    for kind in design {
        assert!(known.iter().any(|known| known == kind), "{kind}");
    }
    assert!(known.iter().all(|kind| design.contains(&kind.as_str())), "{known:?}");
}

fn kind(text: &str) -> String {
    let frame: serde_json::Value = serde_json::from_str(text).expect("a golden frame is JSON");
    frame["type"].as_str().expect("a golden frame has a type").to_owned()
}
