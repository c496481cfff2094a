//! Traces as they are exported: the real hub, built with the feature `otel`, and an OTLP receiver of the test's own.
#![deny(dead_code)] // a rule that no `on_both!` names would silently not run

#[macro_use]
#[path = "../it/harness/mod.rs"]
mod harness;
mod receiver;

use std::time::Duration;

use harness::*;
use receiver::{Receiver, Span};

on_both![
    a_trace_goes_from_the_publish_to_its_push_and_the_reading,
    a_frame_begins_where_its_traceparent_says,
    a_refusal_has_its_code_and_nothing_tells_a_secret,
];
on_one![
    who_does_not_record_a_trace_is_not_overruled,
    nothing_is_exported_unless_it_is_asked_for,
    a_receiver_that_is_away_costs_nothing,
];

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

fn traceparent(flags: &str) -> String {
    format!("00-{TRACE}-{PARENT}-{flags}")
}

fn exporting(db: Database, receiver: &Receiver) -> Builder {
    TestHub::builder(db)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.url())
        .env("OTEL_SERVICE_NAME", "the-hub-of-the-tests")
        .env("OTEL_BSP_SCHEDULE_DELAY", "50")
}

fn publish_in(traceparent: &str) -> Request {
    let body = json!({"name": "the-name-of-it", "data": "the-data-of-it", "to": ["bob"]});
    Request::post("/secure/agent/publish").header("traceparent", traceparent).json(&body)
}

#[track_caller]
fn assert_child(child: &Span, parent: &Span) {
    assert_eq!((&child.trace, &child.parent), (&parent.trace, &parent.id), "{child:?} is no child of {parent:?}");
    assert!(child.begin >= parent.begin && child.end >= child.begin, "{child:?} {parent:?}");
}

async fn a_trace_goes_from_the_publish_to_its_push_and_the_reading(db: Database) {
    let receiver = Receiver::start().await;
    let hub = exporting(db, &receiver).start().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut socket = bob.connect().await;
    let token = alice.send(publish_in(&traceparent("01"))).await.ok()["token"].as_str().unwrap().to_owned();
    let told = socket.expect_notify("bob", 1).await;
    let told = told["traceparent"].as_str().expect("the trace");
    let read = Request::get(&format!("/secure/retrieve/{token}")).header("traceparent", told);
    bob.send(read).await.ok();

    let request = receiver.span("POST /secure/agent/publish").await;
    assert_eq!((request.trace.as_str(), request.parent.as_str(), request.kind), (TRACE, PARENT, 2), "{request:?}");
    let attributes = &request.attributes;
    assert_eq!(attributes["http.route"], "/secure/agent/publish");
    assert_eq!(attributes["http.request.method"], "POST");
    assert_eq!(attributes["http.response.status_code"], "200");
    let publish = receiver.span("publish").await;
    assert_child(&publish, &request);
    assert_eq!((publish.attributes["agent_hub.bytes"].as_str(), publish.kind), ("14", 1), "{publish:?}");
    assert_child(&receiver.span("push").await, &publish);
    // The transaction belongs to everybody in it.
    let linked = |span: &Span| span.links.contains(&(publish.trace.clone(), publish.id.clone()));
    let commit = receiver.spans().into_iter().find(|span| span.name == "commit" && linked(span)).expect("a commit");
    assert!(commit.trace != TRACE && commit.parent.is_empty(), "{commit:?}");
    assert_eq!(publish.links, [(commit.trace, commit.id)]);

    let reading = receiver.span("GET /secure/retrieve/{token}").await;
    assert_eq!((reading.trace.as_str(), reading.parent.as_str()), (TRACE, PARENT));
    assert_child(&receiver.span("retrieve").await, &reading);
    assert_eq!(receiver.resource()["service.name"], "the-hub-of-the-tests");
    assert_eq!(receiver.resource()["service.version"], env!("CARGO_PKG_VERSION"));
}

async fn a_frame_begins_where_its_traceparent_says(db: Database) {
    let receiver = Receiver::start().await;
    let mut hub = exporting(db, &receiver).start().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let (mut hers, mut his) = (alice.connect().await, bob.connect().await);
    let publish = json!({"type": "publish", "name": "n", "data": "d", "to": ["bob"], "traceparent": traceparent("01")});
    let token = hers.ask(publish).await["token"].clone();
    his.expect_notify("bob", 1).await;
    assert_eq!(his.ask(json!({"type": "retrieve", "token": token})).await["type"], "data");
    // The last spans go out with the hub.
    hub.sigterm().await;
    let spans = receiver.spans();
    let frame = |kind: &str| spans.iter().find(|span| span.name == kind && span.kind == 2).expect("a frame");
    let published = frame("publish");
    assert_eq!((published.trace.as_str(), published.parent.as_str()), (TRACE, PARENT));
    let inner = spans.iter().find(|span| span.name == "publish" && span.kind == 1).expect("the publish itself");
    assert_child(inner, published);
    assert_child(spans.iter().find(|span| span.name == "push").expect("a push"), inner);
    let read = frame("retrieve");
    assert!(read.parent.is_empty() && read.trace != TRACE, "a frame without one begins a trace of its own: {read:?}");
}

async fn a_refusal_has_its_code_and_nothing_tells_a_secret(db: Database) {
    let receiver = Receiver::start().await;
    let mut hub = exporting(db, &receiver).start().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = alice.send(publish_in(&traceparent("01"))).await.ok()["token"].as_str().unwrap().to_owned();
    bob.retrieve(&token).await.ok();
    alice.get(&format!("/nowhere/{token}")).await.refused(404, "not_found");
    alice.send(Request::new("SECRETS", "/secure/inbox")).await.refused(405, "method_not_allowed");
    let unknown = json!({"name": "the-name-of-it", "data": "the-data-of-it", "to": ["nobody-of-that-name"]});
    alice.try_publish_with_key(&unknown, "the-idempotency-key").await.refused(422, "unknown_address");
    hub.sigterm().await;
    let spans = receiver.spans();
    let coded =
        |code: &str| spans.iter().find(|span| span.attributes.get("error.type").is_some_and(|told| told == code));
    let refused = coded("unknown_address").expect("the refusal");
    assert_eq!((refused.attributes["http.response.status_code"].as_str(), refused.status), ("422", 0), "{refused:?}");
    assert!(coded("not_found").is_some_and(|span| !span.attributes.values().any(|value| value.contains("nowhere"))));
    let exported = receiver.bytes();
    let tells = |what: &str| exported.windows(what.len()).any(|window| window == what.as_bytes());
    assert!(tells("/secure/agent/publish"), "something was exported");
    for secret in [
        token.as_str(),
        &alice.api_key,
        &bob.jwt,
        "the-name-of-it",
        "the-data-of-it",
        "the-idempotency-key",
        "nobody-of-that-name",
        "SECRETS",
        "alice",
    ] {
        assert!(!tells(secret), "{secret} is exported");
    }
}

async fn who_does_not_record_a_trace_is_not_overruled(db: Database) {
    let receiver = Receiver::start().await;
    let mut hub = exporting(db, &receiver).env("OTEL_TRACES_SAMPLER", "parentbased_always_off").start().await;
    let [alice, _bob] = hub.agents(["alice", "bob"]).await;
    alice.send(publish_in(&traceparent("00"))).await.ok();
    alice.tell("bob", "in no trace").await;
    alice.send(publish_in(&traceparent("01"))).await.ok();
    hub.sigterm().await;
    let names: Vec<_> = receiver.spans().into_iter().map(|span| (span.trace, span.name)).collect();
    assert!(names.iter().all(|(trace, _)| trace == TRACE), "{names:?}");
    assert_eq!(names.iter().filter(|(_, name)| name == "publish").count(), 1, "{names:?}");
}

async fn nothing_is_exported_unless_it_is_asked_for(db: Database) {
    for (name, value) in [("OTEL_EXPORTER_OTLP_ENDPOINT", ""), ("OTEL_SDK_DISABLED", "true")] {
        let receiver = Receiver::start().await;
        let mut hub = exporting(db, &receiver).env(name, value).start().await;
        let [alice, _bob] = hub.agents(["alice", "bob"]).await;
        alice.send(publish_in(&traceparent("01"))).await.ok();
        hub.sigterm().await;
        assert!(receiver.bytes().is_empty(), "{name}");
    }
    let hub = TestHub::builder(db).env("OTEL_EXPORTER_OTLP_ENDPOINT", "not an address").prepare().await;
    let output = hub.cli(&["serve", "--listen", "127.0.0.1:0"]).await;
    assert_eq!((output.code, output.stderr.trim_end().lines().count()), (Some(2), 1), "{output:?}");
}

async fn a_receiver_that_is_away_costs_nothing(db: Database) {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    // It takes connections, and never answers.
    let url = format!("http://{}", nobody.local_addr().unwrap());
    let mut hub = TestHub::builder(db)
        .env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &url)
        .env("OTEL_BSP_SCHEDULE_DELAY", "50")
        .start()
        .await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    for _ in 0..50 {
        alice.send(publish_in(&traceparent("01"))).await.ok();
    }
    assert_eq!(bob.inbox("").await["entries"].as_array().map(Vec::len), Some(50));
    let (status, took) = hub.sigterm().await;
    assert!(status.success() && took < Duration::from_secs(5), "{took:?}");
}
