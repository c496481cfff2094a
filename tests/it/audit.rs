//! The audit log: what is in it, what never is, and how it is searched and exported.

use std::time::Duration;

use crate::harness::*;

on_both![
    a_line_that_was_changed_or_taken_out_is_found,
    what_was_swept_breaks_no_chain,
    a_line_that_nobody_linked_is_found,
    a_line_from_a_clock_that_was_ahead_is_swept_with_its_neighbours,
    refused_logins_are_all_accounted_for_at_the_stop,
    what_agents_and_operators_do_is_logged,
    lines_are_found_by_who_what_whom_and_when,
];
on_one![
    no_secret_and_no_data_is_logged,
    refused_logins_are_logged_and_a_flood_of_them_is_counted,
    the_export_is_csv_that_no_spreadsheet_runs,
    administration_alone_is_logged_where_that_is_asked_for,
    addressees_that_do_not_fit_are_counted,
    a_repeated_publish_is_logged_once,
];

async fn lines(operator: &TestAgent, query: &str) -> Vec<Value> {
    let answer = operator.get(&format!("/admin/audit?limit=1000&{query}")).await.ok();
    answer["lines"].as_array().expect("lines").clone()
}

/// The lines with this action, once there are so many.
async fn wait_for(operator: &TestAgent, action: &str, count: usize) -> Vec<Value> {
    let mut found = Vec::new();
    eventually(action, Duration::from_secs(10), async || {
        found = lines(operator, &format!("action={action}")).await;
        found.len() >= count
    })
    .await;
    assert_eq!(found.len(), count, "{found:?}");
    found
}

async fn what_agents_and_operators_do_is_logged(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.make_channel("team", true).await;
    let member = Request::put("/secure/channels/team/members/bob");
    alice.send(member).await.ok();
    let token = alice.publish(&json!({"name": "n", "data": "x", "to": ["bob", "#team"]})).await;
    bob.retrieve(&token).await.ok();
    alice.withdraw(&token).await.ok();
    operator.send(Request::post("/admin/agents/bob/disable")).await.ok();
    let [published] = &wait_for(&operator, "item.publish", 1).await[..] else { panic!() };
    assert_eq!((&published["actor"], &published["detail"]), (&json!("alice"), &json!("bob #team")));
    let [read] = &wait_for(&operator, "item.read", 1).await[..] else { panic!() };
    let [withdrawn] = &wait_for(&operator, "item.withdraw", 1).await[..] else { panic!() };
    assert_eq!((&read["actor"], &read["subject"]), (&json!("bob"), &published["subject"]));
    assert_eq!((&withdrawn["actor"], &withdrawn["subject"]), (&json!("alice"), &published["subject"]));
    let [added] = &wait_for(&operator, "channel.member.add", 1).await[..] else { panic!() };
    assert_eq!((&added["subject"], &added["detail"]), (&json!("#team"), &json!("bob")));
    let [disabled] = &wait_for(&operator, "agent.disable", 1).await[..] else { panic!() };
    assert_eq!((&disabled["actor"], &disabled["subject"]), (&json!("operator"), &json!("bob")));
    // The harness logs the operator in too, to make the agents.
    let logins = wait_for(&operator, "login", 4).await;
    assert!(logins.iter().all(|login| login["detail"] == "127.0.0.1"), "{logins:?}");
    let made = lines(&operator, "action=agent.create&subject=operator").await;
    assert_eq!((&made[0]["actor"], &made[0]["detail"]), (&json!("$first-start"), &json!("operator")));
}

// N09
async fn a_line_that_was_changed_or_taken_out_is_found(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let [alice, _bob] = hub.agents(["alice", "bob"]).await;
    for verb in ["disable", "enable", "rotate"] {
        operator.send(Request::post(&format!("/admin/agents/bob/{verb}"))).await.ok();
        // What agents do stands between, and is no part of it.
        alice.tell("alice", "x").await;
    }
    let verify = async || hub.cli(&["audit", "verify"]).await;
    let whole = verify().await;
    assert!(whole.code == Some(0) && whole.stdout.starts_with("whole: 6 lines since "), "{whole:?}");
    let disable = format!("action = {}", literal("agent.disable"));
    hub.execute(&format!("UPDATE audit_log SET actor = {} WHERE {disable}", literal("eve"))).await;
    let changed = verify().await;
    assert!(changed.code == Some(1) && changed.stderr.contains("does not follow"), "{changed:?}");
    hub.execute(&format!("UPDATE audit_log SET actor = {} WHERE {disable}", literal("operator"))).await;
    assert_eq!(verify().await.code, Some(0));
    hub.execute(&format!("DELETE FROM audit_log WHERE action = {}", literal("agent.rotate"))).await;
    let cut = verify().await;
    assert!(cut.code == Some(1) && cut.stderr.contains("last lines"), "{cut:?}");
}

// N09
async fn a_line_that_nobody_linked_is_found(db: Database) {
    let hub = TestHub::start(db).await;
    hub.agents(["alice", "bob"]).await;
    let verify = async || hub.cli(&["audit", "verify"]).await;
    assert_eq!(verify().await.code, Some(0));
    let forged = ["operator", "agent.disable", "bob", ""].map(literal).join(", ");
    hub.execute(&format!("INSERT INTO audit_log (at, actor, action, subject, detail) VALUES (1, {forged})")).await;
    let found = verify().await;
    assert!(found.code == Some(1) && found.stderr.contains("does not follow"), "{found:?}");
    hub.execute(&format!("DELETE FROM audit_log WHERE action = {}", literal("agent.disable"))).await;
    assert_eq!(verify().await.code, Some(0));
    // Without the hash to hold it to, a log is not whole.
    hub.execute(&format!("DELETE FROM settings WHERE name = {}", literal("audit_chain"))).await;
    assert_eq!(verify().await.code, Some(1));
}

async fn a_line_from_a_clock_that_was_ahead_is_swept_with_its_neighbours(db: Database) {
    let hub = TestHub::builder(db).flag("--audit-for", "2s").flag("--sweep-interval", "1s").start().await;
    let ahead = ["alice", "login", "alice", ""].map(literal).join(", ");
    let at = 9_000_000_000_000_i64;
    hub.execute(&format!("INSERT INTO audit_log (at, actor, action, subject, detail) VALUES ({at}, {ahead})")).await;
    hub.agents(["alice", "bob"]).await;
    eventually("everything is swept", Duration::from_secs(15), async || hub.count("audit_log").await == 0).await;
}

async fn refused_logins_are_all_accounted_for_at_the_stop(db: Database) {
    let mut hub = TestHub::start(db).await;
    let mut refused = 0;
    for number in 0..60 {
        let answer = hub.send(&login_request(&format!("guess{number}"), "ahub_wrong")).await;
        refused += usize::from(answer.status == 401);
    }
    hub.sigterm().await;
    hub.launch().await;
    let told = |line: &Value| {
        let rest = line["detail"].as_str().and_then(|detail| detail.strip_prefix("and ")?.strip_suffix(" more"));
        rest.map_or(1, |count| count.parse::<usize>().expect("a number"))
    };
    let found = lines(&hub.operator().await, "action=login.refused").await;
    assert!(refused > 20 && found.len() < refused, "{refused} refused, {} lines", found.len());
    assert_eq!(found.iter().map(told).sum::<usize>(), refused);
}

// N09
async fn what_was_swept_breaks_no_chain(db: Database) {
    let hub = TestHub::builder(db).flag("--audit-for", "2s").flag("--sweep-interval", "1s").start().await;
    let operator = hub.operator().await;
    let verify = async || hub.cli(&["audit", "verify"]).await;
    hub.agents(["alice", "bob"]).await;
    eventually("everything is swept", Duration::from_secs(15), async || hub.count("audit_log").await == 0).await;
    let empty = verify().await;
    assert!(empty.code == Some(0) && empty.stdout.starts_with("whole: 0 lines"), "{empty:?}");
    operator.send(Request::post("/admin/agents/bob/disable")).await.ok();
    operator.send(Request::post("/admin/agents/bob/enable")).await.ok();
    let two = verify().await;
    assert!(two.code == Some(0) && two.stdout.starts_with("whole: 2 lines"), "{two:?}");
    // The first that is kept is held to what was swept.
    let first = format!("action = {}", literal("agent.disable"));
    hub.execute(&format!("UPDATE audit_log SET actor = {} WHERE {first}", literal("eve"))).await;
    assert_eq!(verify().await.code, Some(1));
}

/// A text as both databases write bytes.
fn literal(text: &str) -> String {
    format!("X'{}'", text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>())
}

async fn lines_are_found_by_who_what_whom_and_when(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let [alice, _bob] = hub.agents(["alice", "bob"]).await;
    for _ in 0..5 {
        alice.tell("bob", "x").await;
    }
    let all = wait_for(&operator, "item.", 5).await;
    let ids: Vec<i64> = all.iter().filter_map(|line| line["id"].as_i64()).collect();
    assert!(ids.is_sorted_by(|newer, older| newer > older), "{ids:?}");
    let page = operator.get(&format!("/admin/audit?action=item.&limit=2&before={}", ids[1])).await.ok();
    let found: Vec<i64> = page["lines"].as_array().unwrap().iter().filter_map(|line| line["id"].as_i64()).collect();
    assert_eq!((found, &page["more"]), (vec![ids[2], ids[3]], &json!(true)));
    assert_eq!(lines(&operator, "actor=alice&action=item.publish").await.len(), 5);
    assert_eq!(lines(&operator, "actor=bob&action=item.").await.len(), 0);
    let subject = all[0]["subject"].as_str().expect("an id");
    assert_eq!(lines(&operator, &format!("subject={subject}")).await.len(), 1);
    assert_eq!(lines(&operator, "until=2020-01-01T00:00:00Z").await.len(), 0);
    assert!(lines(&operator, "since=2020-01-01T00:00:00Z").await.len() > 5);
    operator.get("/admin/audit?since=yesterday").await.refused(422, "invalid");
    operator.get("/admin/audit?limit=0").await.refused(422, "invalid");
    operator.get("/admin/audit?color=red").await.refused(422, "invalid");
}

async fn no_secret_and_no_data_is_logged(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = alice.publish(&json!({"name": "CANARY-name", "data": "CANARY-data", "to": ["bob"]})).await;
    bob.retrieve(&token).await.ok();
    // A key where a name belongs is a mistake that people make.
    hub.send(&login_request(&bob.api_key, "ahub_wrong")).await.refused(401, "unauthenticated");
    wait_for(&operator, "login.refused", 1).await;
    wait_for(&operator, "item.read", 1).await;
    let all = Value::from(lines(&operator, "").await).to_string();
    for secret in ["CANARY", &token, &alice.api_key, &bob.api_key, &bob.jwt, "ahub_"] {
        assert!(!all.contains(secret), "{secret}: {all}");
    }
}

async fn refused_logins_are_logged_and_a_flood_of_them_is_counted(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let started = std::time::Instant::now();
    let mut refused = 0;
    // Names differ: what is counted is not how often one name is tried.
    for number in 0..200 {
        let answer = hub.send(&login_request(&format!("guess{number}"), "ahub_wrong")).await;
        assert!(matches!(answer.status, 401 | 429), "{answer:?}");
        refused += 1;
    }
    // Twenty in each second of the clock that was touched, and one that counts the rest.
    let seconds = started.elapsed().as_secs() as usize + 3;
    // The rest is told when its second is over, whether or not another comes.
    let is_rest = |line: &Value| line["detail"].as_str().is_some_and(|told| told.starts_with("and "));
    let mut found = Vec::new();
    eventually("the rest is told", Duration::from_secs(10), async || {
        found = lines(&operator, "action=login.refused").await;
        found.iter().any(is_rest)
    })
    .await;
    assert!(found.len() <= 21 * seconds, "{} lines of {refused} guesses in {seconds} s", found.len());
}

async fn the_export_is_csv_that_no_spreadsheet_runs(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let [alice, _bob] = hub.agents(["alice", "bob"]).await;
    alice.tell("bob", "x").await;
    wait_for(&operator, "item.publish", 1).await;
    let answer = operator.get("/admin/audit.csv?actor=alice&action=item.").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(answer.header("content-disposition").is_some_and(|told| told.starts_with("attachment")));
    let text = String::from_utf8(answer.body.clone()).expect("text");
    let rows: Vec<&str> = text.split("\r\n").collect();
    assert_eq!((rows[0], rows.len()), ("id,at,actor,action,subject,detail", 3));
    assert!(rows[1].contains("\"alice\",\"item.publish\""), "{text}");
    operator.get("/admin/audit.csv?since=x").await.refused(422, "invalid");
}

async fn administration_alone_is_logged_where_that_is_asked_for(db: Database) {
    let hub = TestHub::builder(db).flag("--audit", "administration").start().await;
    let operator = hub.operator().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = alice.tell("bob", "x").await;
    bob.retrieve(&token).await.ok();
    alice.withdraw(&token).await.ok();
    operator.send(Request::post("/admin/agents/bob/disable")).await.ok();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let found = lines(&operator, "").await;
    let actions: Vec<&str> = found.iter().filter_map(|line| line["action"].as_str()).collect();
    assert!(actions.contains(&"agent.disable"), "{actions:?}");
    assert!(actions.iter().all(|action| action.starts_with("agent.")), "{actions:?}");
}

async fn addressees_that_do_not_fit_are_counted(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let names: Vec<String> = (0..30).map(|number| format!("{}-{number}", "n".repeat(60))).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let agents = hub.add_agents(&names).await;
    agents[0].publish(&json!({"name": "n", "data": "x", "to": names})).await;
    let [line] = &wait_for(&operator, "item.publish", 1).await[..] else { panic!() };
    let told = line["detail"].as_str().expect("addresses");
    let listed = told.split(' ').filter(|word| word.starts_with("nn")).count();
    assert!(listed > 10 && told.ends_with(&format!(" and {} more", 30 - listed)), "{told}");
}

async fn a_repeated_publish_is_logged_once(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let [alice, _bob] = hub.agents(["alice", "bob"]).await;
    let body = json!({"name": "n", "data": "x", "to": ["bob"]});
    let first = alice.try_publish_with_key(&body, "k").await.ok();
    let again = alice.try_publish_with_key(&body, "k").await.ok();
    assert_eq!(first, again);
    wait_for(&operator, "item.publish", 1).await;
}
