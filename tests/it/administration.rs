//! What an operator sees and does by REST.

use std::time::Duration;

use tokio::io::AsyncWriteExt;

use crate::harness::*;

on_both![
    an_operator_sees_who_is_behind_and_since_when,
    agents_are_listed_in_the_order_that_is_asked_for,
    the_oldest_entry_is_found_behind_what_was_swept,
    an_items_life_is_told_from_stored_to_read,
    a_thread_is_told_upwards_and_downwards,
    what_an_address_got_at_once_is_listed_once_each,
    the_latest_items_are_listed_by_page_and_by_address,
    a_disabled_channel_takes_nothing_until_it_is_enabled,
];
on_one![
    every_admin_route_is_for_operators,
    a_session_that_is_cut_goes_and_may_come_again,
    no_session_is_cut_without_a_line_in_the_log,
    a_session_of_before_a_restart_names_no_other,
    sessions_are_listed_in_pages,
    the_hub_describes_itself_and_its_last_hour,
];

fn list<'a>(answer: &'a Value, name: &str) -> &'a Vec<Value> {
    answer[name].as_array().unwrap_or_else(|| panic!("no {name}: {answer}"))
}

async fn an_operator_sees_who_is_behind_and_since_when(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.make_channel("team", false).await;
    bob.join("team").await;
    alice.tell("bob", "one").await;
    alice.tell("bob", "two").await;
    alice.tell("#team", "three").await;
    let bob_now = operator.get("/admin/agents/bob").await.ok();
    assert_eq!((&bob_now["backlog"], &bob_now["role"]), (&json!(3), &json!("agent")));
    assert!(bob_now["oldest"].is_string(), "{bob_now}");
    let [own, team] = &list(&bob_now, "streams")[..] else { panic!("{bob_now}") };
    assert_eq!((&own["stream"], &own["head"], &own["backlog"]), (&json!("bob"), &json!(2), &json!(2)));
    assert_eq!((&team["stream"], &team["backlog"]), (&json!("#team"), &json!(1)));
    assert!(own["acked_at"].is_null());
    bob.ack(2).await;
    let bob_now = operator.get("/admin/agents/bob").await.ok();
    let own = &list(&bob_now, "streams")[0];
    assert_eq!((&bob_now["backlog"], &own["backlog"], &own["acked"]), (&json!(1), &json!(0), &json!(2)));
    assert!(own["acked_at"].is_string() && own["oldest"].is_null(), "{own}");
    operator.get("/admin/agents/nobody").await.refused(404, "not_found");
}

async fn agents_are_listed_in_the_order_that_is_asked_for(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let [alice, _bob, _carol] = hub.agents(["alice", "bob", "carol"]).await;
    alice.tell("carol", "first").await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    for _ in 0..3 {
        alice.tell("bob", "later, but more").await;
    }
    let names = async |query: &str| {
        let answer = operator.get(&format!("/admin/agents?{query}")).await.ok();
        let names = list(&answer, "agents").iter().map(|agent| agent["name"].as_str().unwrap_or_default().to_owned());
        (names.collect::<Vec<_>>(), answer["more"] == true)
    };
    assert_eq!(names("").await.0, ["alice", "bob", "carol", "operator"]);
    assert_eq!(names("limit=2&after=alice").await, (vec!["bob".into(), "carol".into()], true));
    assert_eq!(names("sort=oldest").await.0, ["carol", "bob", "alice", "operator"]);
    assert_eq!(names("sort=backlog").await.0, ["bob", "carol", "alice", "operator"]);
    assert_eq!(names("sort=backlog&limit=1").await, (vec!["bob".into()], true));
    assert_eq!(names("sort=last_seen").await.0.len(), 4);
    operator.get("/admin/agents?sort=size").await.refused(422, "invalid");
    operator.get("/admin/agents?sort=oldest&after=bob").await.refused(422, "invalid");
}

async fn the_oldest_entry_is_found_behind_what_was_swept(db: Database) {
    let hub = TestHub::builder(db).flag("--sweep-interval", "1s").flag("--tombstones-for", "1s").start().await;
    let operator = hub.operator().await;
    let [alice, _bob] = hub.agents(["alice", "bob"]).await;
    alice.publish(&json!({"name": "short", "data": "x", "to": ["bob"], "ttl": 1})).await;
    alice.tell("bob", "long").await;
    eventually("the first has been swept", Duration::from_secs(20), async || hub.count("entries").await == 1).await;
    let bob_now = operator.get("/admin/agents/bob").await.ok();
    let listed = operator.get("/admin/agents?sort=oldest").await.ok();
    let long = operator.get("/admin/items?address=bob").await.ok()["items"][0].clone();
    assert_eq!((&bob_now["backlog"], &bob_now["oldest"]), (&json!(2), &long["created_at"]), "{bob_now}");
    assert_eq!((&listed["agents"][0]["name"], &listed["agents"][0]["oldest"]), (&json!("bob"), &long["created_at"]));
    assert_eq!(bob_now["streams"][0]["oldest"], long["created_at"]);
}

async fn an_items_life_is_told_from_stored_to_read(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = alice.publish(&json!({"name": "report", "data": "CANARY", "to": ["bob"]})).await;
    let life = async || operator.get(&format!("/admin/items/{token}")).await.ok();
    let stored = life().await;
    let recipient = |life: &Value| life["addresses"][0]["recipients"][0].clone();
    assert_eq!((&stored["from"], &stored["to"], &stored["state"]), (&json!("alice"), &json!(["bob"]), &json!("live")));
    assert_eq!(recipient(&stored), json!({"agent": "bob", "pushed": [], "acked": false, "online": false}));
    let mut socket = bob.connect().await;
    socket.expect("notify").await;
    eventually("pushed", Duration::from_secs(5), async || {
        recipient(&life().await)["pushed"].as_array().is_some_and(|sessions| sessions.len() == 1)
    })
    .await;
    bob.retrieve(&token).await.ok();
    bob.ack(1).await;
    eventually("read", Duration::from_secs(5), async || recipient(&life().await)["read"].is_string()).await;
    let read = life().await;
    assert_eq!(recipient(&read)["acked"], true);
    assert!(recipient(&read)["acked_by"].is_string(), "{read}");
    // By its id as by its token, and never with data or a token.
    let id = read["item"].as_str().expect("an id").to_owned();
    let by_id = operator.get(&format!("/admin/items/{id}")).await.ok();
    assert_eq!(by_id, read);
    assert!(!read.to_string().contains("CANARY") && !read.to_string().contains(&token), "{read}");
    for wrong in ["nonsense", "AAAAAAAAAAAAAAAAAAAAAA", "019af297-42db-7000-8000-000000000001", &id.to_uppercase()] {
        operator.get(&format!("/admin/items/{wrong}")).await.refused(404, "not_found");
    }
}

async fn a_thread_is_told_upwards_and_downwards(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let question = alice.publish(&json!({"name": "question", "data": "?", "to": ["bob"]})).await;
    let answer = bob.publish(&json!({"name": "answer", "data": "!", "to": ["alice"], "reply_to": question})).await;
    let thanks = alice.publish(&json!({"name": "thanks", "data": ":)", "to": ["bob"], "reply_to": answer})).await;
    let names = |life: &Value, field: &str| {
        list(life, field).iter().map(|item| item["name"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let life = operator.get(&format!("/admin/items/{thanks}")).await.ok();
    assert_eq!((names(&life, "thread"), names(&life, "replies")), (vec!["question".into(), "answer".into()], vec![]));
    let life = operator.get(&format!("/admin/items/{question}")).await.ok();
    assert_eq!((names(&life, "thread"), names(&life, "replies")), (vec![], vec!["answer".into()]));
}

async fn what_an_address_got_at_once_is_listed_once_each(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let senders = hub.add_agents(&["a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9"]).await;
    let sending = senders.into_iter().map(|agent| {
        tokio::spawn(async move {
            for _ in 0..20 {
                agent.tell("operator", "x").await;
            }
        })
    });
    for one in sending.collect::<Vec<_>>() {
        one.await.expect("a sender");
    }
    let (mut seen, mut before) = (Vec::new(), String::new());
    loop {
        let page = operator.get(&format!("/admin/items?address=operator&limit=3{before}")).await.ok();
        let items = page["items"].as_array().expect("a page");
        seen.extend(items.iter().map(|item| item["item"].to_string()));
        before = format!("&before={}", items.last().expect("an item")["item"].as_str().expect("an id"));
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(seen.len(), 200);
    assert_eq!(seen.iter().collect::<std::collections::BTreeSet<_>>().len(), 200);
}

async fn the_latest_items_are_listed_by_page_and_by_address(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.make_channel("team", false).await;
    for (number, to) in [(1, "bob"), (2, "#team"), (3, "bob")] {
        alice.publish(&json!({"name": format!("n{number}"), "data": "x", "to": [to]})).await;
    }
    bob.publish(&json!({"name": "n4", "data": "x", "to": ["alice"]})).await;
    let get = async |query: &str| operator.get(&format!("/admin/items?{query}")).await.ok();
    let names = |answer: &Value| {
        list(answer, "items")
            .iter()
            .map(|item| item["name"].as_str().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    let first = get("limit=3").await;
    assert_eq!((names(&first), &first["more"]), (vec!["n4".into(), "n3".into(), "n2".into()], &json!(true)));
    let last = first["items"][2]["item"].as_str().expect("an id");
    let second = get(&format!("before={last}")).await;
    assert_eq!((names(&second), &second["more"]), (vec!["n1".into()], &json!(false)));
    assert_eq!(names(&get("address=bob").await), ["n3", "n1"]);
    assert_eq!(names(&get("address=%23team").await), ["n2"]);
    operator.get("/admin/items?address=nobody").await.refused(422, "unknown_address");
    operator.get("/admin/items?before=x").await.refused(422, "invalid");
}

async fn a_disabled_channel_takes_nothing_until_it_is_enabled(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.make_channel("team", false).await;
    let body = json!({"name": "n", "data": "x", "to": ["#team"]});
    operator.send(Request::post("/admin/channels/team/disable")).await.ok();
    alice.try_publish(&body).await.refused(422, "address_disabled");
    bob.try_join("team").await.refused(422, "address_disabled");
    let channels = operator.get("/admin/channels").await.ok();
    let [team] = &list(&channels, "channels")[..] else { panic!("{channels}") };
    let told = (&team["name"], &team["owner"], &team["disabled"], &team["members"]);
    assert_eq!(told, (&json!("#team"), &json!("alice"), &json!(true), &json!(1)));
    operator.send(Request::post("/admin/channels/team/enable")).await.ok();
    alice.publish(&body).await;
    operator.send(Request::post("/admin/channels/nope/enable")).await.refused(404, "not_found");
}

async fn every_admin_route_is_for_operators(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice] = hub.agents(["alice"]).await;
    let gets =
        ["hub", "history", "agents", "agents/alice", "sessions", "channels", "items", "items/x", "audit", "audit.csv"];
    let posts = ["agents/alice/role", "agents/alice/disable", "channels/team/disable", "channels/team/enable"];
    let requests = gets.iter().map(|path| Request::get(&format!("/admin/{path}")));
    let requests = requests.chain(posts.iter().map(|path| Request::post(&format!("/admin/{path}")).json(&json!({}))));
    for request in requests.chain([Request::delete("/admin/sessions/1")]) {
        hub.send(&request).await.refused(401, "unauthenticated");
        alice.send(request).await.refused(403, "forbidden");
    }
}

async fn a_session_that_is_cut_goes_and_may_come_again(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let [alice] = hub.agents(["alice"]).await;
    let mut socket = alice.connect().await;
    let sessions = operator.get("/admin/sessions?agent=alice").await.ok();
    let [session] = &list(&sessions, "sessions")[..] else { panic!("{sessions}") };
    assert_eq!(
        (&session["agent"], &session["address"], &session["streams"]),
        (&json!("alice"), &json!("127.0.0.1"), &json!(1))
    );
    let id = session["session"].as_str().expect("an id").to_owned();
    operator.send(Request::delete(&format!("/admin/sessions/{id}"))).await.ok();
    socket.expect_closed(1013).await;
    operator.send(Request::delete(&format!("/admin/sessions/{id}"))).await.refused(404, "not_found");
    let _again = alice.connect().await;
    let audit = operator.get("/admin/audit?action=session.cut").await.ok();
    let [line] = &list(&audit, "lines")[..] else { panic!("{audit}") };
    assert_eq!((&line["actor"], &line["subject"], &line["detail"]), (&json!("operator"), &json!("alice"), &json!(id)));
}

// N10
async fn no_session_is_cut_without_a_line_in_the_log(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let [alice] = hub.agents(["alice"]).await;
    let mut cut = 0;
    for wait_ms in 0..10 {
        let mut socket = alice.connect().await;
        let sessions = operator.get("/admin/sessions?agent=alice").await.ok();
        let id = list(&sessions, "sessions")[0]["session"].as_str().expect("an id").to_owned();
        // Whoever asks hangs up, at one moment or another: before it is heard, or while it is done.
        let request = operator.signed(Request::delete(&format!("/admin/sessions/{id}")));
        let mut connection = hub.connection().await;
        connection.stream.write_all(&request.encode("hub", true)).await.expect("the hub reads");
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        drop(connection);
        cut += usize::from(socket.next_within(Duration::from_millis(500)).await.is_some());
    }
    assert!(cut > 0, "none was heard");
    let audit = operator.get("/admin/audit?action=session.cut").await.ok();
    assert!(list(&audit, "lines").len() >= cut, "{cut} were cut: {audit}");
}

async fn a_session_of_before_a_restart_names_no_other(db: Database) {
    let mut hub = TestHub::start(db).await;
    let [alice] = hub.agents(["alice"]).await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let _socket = alice.connect().await;
        let sessions = hub.operator().await.get("/admin/sessions").await.ok();
        ids.push(list(&sessions, "sessions")[0]["session"].clone());
        hub.restart().await;
    }
    assert_ne!(ids[0], ids[1]);
}

async fn sessions_are_listed_in_pages(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let [alice] = hub.agents(["alice"]).await;
    let mut open = Vec::new();
    for _ in 0..5 {
        open.push(alice.connect().await);
    }
    let first = operator.get("/admin/sessions?limit=3").await.ok();
    assert_eq!((list(&first, "sessions").len(), &first["more"]), (3, &json!(true)));
    let last = first["sessions"][2]["session"].as_str().expect("an id");
    let second = operator.get(&format!("/admin/sessions?limit=3&after={last}")).await.ok();
    assert_eq!((list(&second, "sessions").len(), &second["more"]), (2, &json!(false)));
    operator.get("/admin/sessions?after=zz").await.refused(422, "invalid");
    operator.get("/admin/sessions?agent=nobody").await.refused(404, "not_found");
}

async fn the_hub_describes_itself_and_its_last_hour(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let described = operator.get("/admin/hub").await.ok();
    assert_eq!((&described["ready"], &described["database"]), (&json!(true), &json!("sqlite")));
    assert_eq!(described["limits"]["to_max"], 64);
    let _socket = bob.connect().await;
    alice.tell("bob", "x").await;
    let mut history = Value::Null;
    // The database is asked for the backlog every 15 seconds.
    eventually("samples of a publish, and of what it left behind", Duration::from_secs(30), async || {
        history = operator.get("/admin/history").await.ok();
        let has = |column| list(&history["series"], column).iter().any(|value| value.as_f64() > Some(0.0));
        has("published_per_s") && has("backlog")
    })
    .await;
    let series = history["series"].as_object().expect("columns");
    let lengths: Vec<usize> = series.values().map(|column| column.as_array().map_or(0, Vec::len)).collect();
    assert!(lengths.iter().all(|length| *length == lengths[0] && *length > 0), "{history}");
    for measured in ["commit_p50_ms", "push_p50_ms", "resident_bytes", "store_bytes", "sessions", "backlog"] {
        let found = list(&history["series"], measured).iter().any(|value| value.as_f64() > Some(0.0));
        assert!(found, "{measured}: {history}");
    }
    let last = operator.get("/admin/history?last=1").await.ok();
    assert_eq!(list(&last["series"], "sessions").len(), 1);
}
