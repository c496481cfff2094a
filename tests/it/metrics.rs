//! What Prometheus reads.

use std::collections::BTreeMap;

use crate::harness::*;

on_both![what_happens_is_counted];
on_one![who_asks_for_no_other_gets_the_older_text, no_name_is_a_label, every_metric_is_described_and_on_the_panels];

async fn text(hub: &TestHub) -> String {
    let asking = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.4";
    let answer = hub.send(&Request::get("/metrics").header("accept", asking)).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("content-type").is_some_and(|media| media.starts_with("application/openmetrics-text")));
    let text = String::from_utf8(answer.body).expect("text");
    assert!(text.ends_with("# EOF\n"), "{text}");
    text
}

/// Values by name and labels.
fn values(text: &str) -> BTreeMap<String, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.rsplit_once(' ').and_then(|(name, value)| Some((name.to_owned(), value.parse().ok()?))))
        .collect()
}

async fn what_happens_is_counted(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = alice.tell("bob", "before it listens").await;
    let mut socket = bob.connect().await;
    socket.expect("notify").await;
    alice.tell("bob", "while it listens").await;
    socket.expect("notify").await;
    bob.retrieve(&token).await.ok();
    bob.ack(1).await;
    bob.retrieve("AAAAAAAAAAAAAAAAAAAAAA").await.refused(404, "not_found");
    let mut counted = BTreeMap::new();
    eventually("both are counted as written", WAIT, async || {
        counted = values(&text(&hub).await);
        counted["agent_hub_pushed_total"] + counted["agent_hub_replayed_total"] >= 2.0
    })
    .await;
    let expected = [
        ("agent_hub_published_total", 2.0),
        ("agent_hub_pushed_total", 1.0),
        ("agent_hub_replayed_total", 1.0),
        ("agent_hub_read_total", 1.0),
        ("agent_hub_acked_total", 1.0),
        ("agent_hub_audit_lost_total", 0.0),
        ("agent_hub_sessions", 1.0),
        ("agent_hub_push_seconds_count", 1.0),
        ("agent_hub_refused_total{code=\"not_found\"}", 1.0),
        ("agent_hub_requests_total{route=\"/secure/agent/publish\",method=\"POST\",status=\"200\"}", 2.0),
    ];
    for (name, value) in expected {
        assert_eq!(counted.get(name), Some(&value), "{name}: {counted:#?}");
    }
    assert!(counted["agent_hub_commit_seconds_count"] >= 2.0 && counted["agent_hub_connections"] >= 1.0);
    let within = counted["agent_hub_commit_seconds_bucket{le=\"10.0\"}"];
    assert_eq!(within, counted["agent_hub_commit_seconds_count"]);
}

async fn who_asks_for_no_other_gets_the_older_text(db: Database) {
    let hub = TestHub::start(db).await;
    let answer = hub.send(&Request::get("/metrics")).await;
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = String::from_utf8(answer.body).expect("text");
    for line in
        ["# TYPE agent_hub_published_total counter", "agent_hub_published_total 0", "# TYPE agent_hub_build_info gauge"]
    {
        assert!(text.lines().any(|told| told == line), "{line}: {text}");
    }
    assert!(!text.contains("# EOF") && !text.contains("# UNIT"), "{text}");
    // Each family is described once, before its samples, and under the name that its type has.
    assert!(text.contains("# HELP agent_hub_build_info What runs.\n"), "{text}");
    let described: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    let names: std::collections::BTreeSet<&str> = described.iter().filter_map(|told| told.split(' ').next()).collect();
    assert_eq!(names.len(), described.len());
}

async fn no_name_is_a_label(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, _bob] = hub.agents(["canary-alice", "canary-bob"]).await;
    let token = alice.tell("canary-bob", "CANARY").await;
    alice.try_status(&token).await.ok();
    alice.get("/secure/agents/canary-bob").await.ok();
    alice.get("/canary/of/a/path").await.refused(404, "not_found");
    hub.send(&Request::new("CANARY", "/health")).await;
    let text = text(&hub).await.to_ascii_lowercase();
    assert!(!text.contains("canary") && !text.contains(&token.to_ascii_lowercase()), "{text}");
}

async fn every_metric_is_described_and_on_the_panels(db: Database) {
    let hub = TestHub::start(db).await;
    let _agents = hub.agents(["alice"]).await;
    let text = text(&hub).await;
    let docs = std::fs::read_to_string("docs/metrics.md").expect("docs/metrics.md");
    let panels = std::fs::read_to_string("docs/grafana.json").expect("docs/grafana.json");
    let known: Value = serde_json::from_str(&panels).expect("the panels are JSON");
    assert!(known["panels"].as_array().is_some_and(|panels| panels.len() >= 8));
    let families: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    assert!(families.len() > 20, "{families:?}");
    for family in &families {
        assert!(docs.contains(&format!("`{family}")), "docs/metrics.md does not describe {family}");
    }
    // What the panels ask for is there.
    for word in
        panels.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| word.starts_with("agent_hub_"))
    {
        assert!(
            families.iter().any(|family| word.starts_with(family)),
            "the panels ask for {word}, which there is not"
        );
    }
}
