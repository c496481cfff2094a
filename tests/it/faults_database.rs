//! Faults of the database: killed, silent, slow, cut off in the middle. What was acknowledged stays; what nobody knows is
//! said to be unknown; everything else goes on.

use std::time::{Duration, Instant};

use sqlx::Row as _;

use crate::harness::{
    Connection, Database, MariaDbServer, Mode, Proxy, Request, Response, TestAgent, TestHub, Value, eventually, json,
    limited,
};

/// Longer than any time limit of the hub towards its database.
const PATIENCE: Duration = Duration::from_secs(40);

/// A hub on MariaDB that reaches it through a proxy.
async fn hub_behind_a_proxy() -> (TestHub, Proxy) {
    let mut hub = TestHub::builder(Database::MariaDb).prepare().await;
    let proxy = Proxy::to(hub.mariadb().address()).await;
    let url = hub.mariadb().url_through(&proxy.address());
    hub.restart_with_env("DATABASE_URL", &url).await;
    (hub, proxy)
}

fn note(name: &str) -> Value {
    json!({"name": name, "data": "d", "to": ["bob"]})
}

/// Publishes under a key named as the item; the answer must come in time, whatever it is.
async fn publish(agent: &TestAgent, name: &str) -> Response {
    let answer = tokio::time::timeout(PATIENCE, agent.try_publish_with_key(&note(name), &name.replace(' ', "-"))).await;
    answer.unwrap_or_else(|_| panic!("no answer to {name} within {PATIENCE:?}"))
}

/// A 503 that says what a client can do.
fn assert_unavailable(answer: &Response) {
    assert_eq!(answer.status, 503, "{}", answer.text());
    let code = answer.json()["code"].as_str().map(str::to_owned).unwrap_or_default();
    assert!(matches!(&*code, "unavailable" | "busy" | "outcome_unknown"), "{}", answer.text());
    assert!(answer.header("retry-after").is_some(), "a 503 says when to try again: {:?}", answer.headers);
}

/// Publishes until it is acknowledged, and tells after how long.
async fn until_published(agent: &TestAgent, name: &str) -> Duration {
    let begin = Instant::now();
    eventually("publishing goes on", PATIENCE, || async { publish(agent, name).await.status == 200 }).await;
    begin.elapsed()
}

/// The names in bob's inbox, in order; the numbers must be 1, 2, 3 …
async fn names_in(agent: &TestAgent) -> Vec<String> {
    let inbox = agent.inbox("limit=1000").await;
    assert_eq!((&inbox["more"], &inbox["skipped"]), (&json!(false), &json!([])));
    let entries = inbox["entries"].as_array().expect("entries");
    for (seq, entry) in (1..).zip(entries) {
        assert_eq!(entry["seq"], json!(seq), "{entry}");
    }
    entries.iter().filter_map(|entry| entry["name"].as_str().map(str::to_owned)).collect()
}

async fn status_of(hub: &TestHub, path: &str) -> u16 {
    let answer = tokio::time::timeout(PATIENCE, hub.send(&Request::get(path))).await;
    answer.expect("an answer about the hub's health").status
}

/// What must hold while the database is gone, however it went, and after it is back.
async fn survives_an_outage(end: fn(&mut MariaDbServer)) {
    let mut server = MariaDbServer::start().await;
    let mut admin = sqlx::MySqlConnection::connect_to(&server.url("")).await;
    sqlx::query("CREATE DATABASE hub CHARACTER SET utf8mb4").execute(&mut admin).await.expect("a database");
    let secret = "a-secret-that-only-these-tests-know-0123456789";
    let hub = TestHub::builder(Database::Sqlite).env("DATABASE_URL", &server.url("hub")).env("JWT_SECRET", secret);
    let hub = hub.start().await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let mut socket = bob.connect().await;
    publish(&alice, "before").await.ok();
    socket.expect_notify("bob", 1).await;

    end(&mut server);
    assert_unavailable(&publish(&alice, "during").await);
    assert_eq!(status_of(&hub, "/health").await, 200, "the hub itself lives");
    eventually("it says that it is not ready", PATIENCE, || async { status_of(&hub, "/ready").await == 503 }).await;
    assert_eq!(socket.ask(json!({"type": "ping"})).await["type"], "pong", "sockets stay open");

    server.run().await;
    let took = until_published(&alice, "during").await;
    assert!(took < Duration::from_secs(5), "it recovered only after {took:?}");
    eventually("it is ready again", Duration::from_secs(5), || async { status_of(&hub, "/ready").await == 200 }).await;
    assert_eq!(socket.expect_notify("bob", 2).await["name"], "during", "the same socket goes on");
    assert_eq!(names_in(&bob).await, ["before", "during"]);
}

/// Opens a connection, or fails the test.
trait ConnectTo: Sized {
    async fn connect_to(url: &str) -> Self;
}

impl ConnectTo for sqlx::MySqlConnection {
    async fn connect_to(url: &str) -> Self {
        <Self as sqlx::Connection>::connect(url).await.expect("the database answers")
    }
}

// R06
#[tokio::test]
async fn the_hub_survives_a_restart_of_its_database() {
    limited(180, survives_an_outage(MariaDbServer::stop)).await;
}

// R06
#[tokio::test]
async fn the_hub_survives_the_killing_of_its_database() {
    limited(180, survives_an_outage(MariaDbServer::kill)).await;
}

// R07
#[tokio::test]
async fn a_slow_database_makes_slow_answers_and_no_wrong_ones() {
    limited(180, async {
        let (hub, proxy) = hub_behind_a_proxy().await;
        let [alice, bob] = hub.agents(["alice", "bob"]).await;
        let mut socket = bob.connect().await;
        for mode in [Mode::Delay(200), Mode::Rate(20_000)] {
            proxy.set(mode);
            let names: Vec<_> = (0..20).map(|n| format!("{mode:?}-{n}").to_lowercase()).collect();
            let answers = names.iter().map(|name| publish(&alice, name));
            for answer in futures::future::join_all(answers).await {
                if answer.status != 200 {
                    assert_unavailable(&answer);
                }
            }
            proxy.set(Mode::Pass);
            for name in &names {
                until_published(&alice, name).await;
            }
        }
        for seq in 1..=40 {
            socket.expect_notify("bob", seq).await;
        }
        assert_eq!(names_in(&bob).await.len(), 40, "each once, however often it was tried");
    })
    .await;
}

// R08
#[tokio::test]
async fn a_database_that_hangs_costs_a_503_and_a_retry_is_safe() {
    limited(180, async {
        let (hub, proxy) = hub_behind_a_proxy().await;
        let [alice, bob] = hub.agents(["alice", "bob"]).await;
        publish(&alice, "before").await.ok();
        proxy.set(Mode::Hang);
        let (first, second) = tokio::join!(publish(&alice, "during"), publish(&alice, "during-too"));
        assert_unavailable(&first);
        assert_unavailable(&second);
        proxy.set(Mode::Pass);
        until_published(&alice, "during").await;
        until_published(&alice, "during-too").await;
        let mut names = names_in(&bob).await;
        names.sort_unstable();
        assert_eq!(names, ["before", "during", "during-too"]);
    })
    .await;
}

// R08, invariant 6: the answer to the COMMIT is lost, and the COMMIT was not.
#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_unknown_and_stored_once() {
    limited(180, async {
        let (hub, proxy) = hub_behind_a_proxy().await;
        let [alice, bob] = hub.agents(["alice", "bob"]).await;
        let mut socket = bob.connect().await;
        publish(&alice, "before").await.ok();
        socket.expect_notify("bob", 1).await;
        proxy.set(Mode::Half);
        let answer = publish(&alice, "lost").await;
        assert!(proxy.swallowed() >= 1, "the proxy saw no COMMIT: this test tests nothing");
        assert_eq!(answer.refused(503, "outcome_unknown")["status"], 503);
        proxy.set(Mode::Pass);
        let told = socket.expect_notify("bob", 2).await;
        assert_eq!(told["name"], "lost", "it is found in the store and told, though nobody was answered");
        until_published(&alice, "lost").await;
        assert_eq!(publish(&alice, "lost").await.ok()["token"], told["token"]);
        until_published(&alice, "after").await;
        assert_eq!(names_in(&bob).await, ["before", "lost", "after"], "stored once");
        assert_eq!(hub.count("items").await, 3);
    })
    .await;
}

// R09
#[tokio::test]
async fn a_connection_cut_in_the_middle_stores_all_or_nothing() {
    limited(180, async {
        let (hub, proxy) = hub_behind_a_proxy().await;
        let [alice, bob] = hub.agents(["alice", "bob"]).await;
        let mut names = Vec::new();
        for round in 0..10 {
            let mut publishers = Vec::new();
            for n in 0..8 {
                let (agent, name) = (alice.clone(), format!("r{round}-{n}"));
                names.push(name.clone());
                publishers.push(tokio::spawn(async move { (publish(&agent, &name).await, name) }));
            }
            tokio::time::sleep(Duration::from_millis(round)).await;
            proxy.set(Mode::Cut);
            tokio::time::sleep(Duration::from_millis(20)).await;
            proxy.set(Mode::Pass);
            for publisher in publishers {
                let (answer, name) = publisher.await.expect("a publisher");
                if answer.status != 200 {
                    assert_unavailable(&answer);
                    until_published(&alice, &name).await;
                }
            }
        }
        let mut stored = names_in(&bob).await;
        stored.sort_unstable();
        names.sort_unstable();
        assert_eq!(stored, names, "each once");
        assert_eq!(hub.count("items").await, 80);
    })
    .await;
}

/// Holds the head row of `address` from outside, for as long as it lives.
async fn hold_head<'a>(db: &'a mut sqlx::MySqlConnection, address: &str) -> sqlx::Transaction<'a, sqlx::MySql> {
    let mut held = sqlx::Connection::begin(db).await.expect("a transaction");
    let row = sqlx::query("SELECT head FROM streams WHERE address = ? FOR UPDATE").bind(address.as_bytes());
    let row = row.fetch_one(&mut *held).await.expect("the head row");
    assert!(row.get::<i64, _>(0) >= 0);
    held
}

// R11
#[tokio::test]
async fn a_stream_that_somebody_holds_delays_nobody_else() {
    limited(120, async {
        let hub = TestHub::start(Database::MariaDb).await;
        let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
        let mut db = hub.mariadb().connect().await;
        let held = hold_head(&mut db, "bob").await;
        let waiting = tokio::spawn({
            let alice = alice.clone();
            async move { publish(&alice, "held").await }
        });
        let mut connection = Connection::open(hub.address()).await;
        for n in 0..20 {
            let body = json!({"name": format!("n{n}"), "data": "d", "to": ["carol"]});
            let begin = Instant::now();
            connection.send(&alice.signed(Request::post("/secure/agent/publish").json(&body))).await.ok();
            assert!(begin.elapsed() < Duration::from_secs(3), "publish {n} to another waited {:?}", begin.elapsed());
        }
        assert_eq!(names_in(&carol).await.len(), 20);
        assert_eq!(names_in(&bob).await, Vec::<String>::new(), "what is held is not half stored");
        held.rollback().await.expect("the row is let go");
        let answer = waiting.await.expect("the publisher");
        if answer.status != 200 {
            assert_unavailable(&answer);
        }
        until_published(&alice, "held").await;
        assert_eq!(names_in(&bob).await, ["held"]);
    })
    .await;
}

// R11: both streams of one publish, one of them held; after the lock timeout nothing of it may be left.
#[tokio::test]
async fn a_lock_that_is_not_had_leaves_no_half_of_a_publish() {
    limited(120, async {
        let hub = TestHub::start(Database::MariaDb).await;
        let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
        let mut db = hub.mariadb().connect().await;
        let held = hold_head(&mut db, "carol").await;
        let body = json!({"name": "both", "data": "d", "to": ["bob", "carol"]});
        let answer = tokio::time::timeout(PATIENCE, alice.try_publish_with_key(&body, "both")).await;
        let answer = answer.expect("an answer, though the row is held for ever");
        assert_unavailable(&answer);
        assert_eq!(hub.count("items").await, 0);
        assert_eq!(hub.count("idempotency").await, 0);
        assert_eq!(names_in(&bob).await, Vec::<String>::new());
        held.rollback().await.expect("the row is let go");
        alice.try_publish_with_key(&body, "both").await.ok();
        assert_eq!((names_in(&bob).await, names_in(&carol).await), (vec!["both".to_owned()], vec!["both".to_owned()]));
    })
    .await;
}

// R25, R27: what is held is the head that every change of agents and keys takes.
#[tokio::test]
async fn who_waits_to_change_something_delays_nobody_who_publishes() {
    limited(120, async {
        let hub = TestHub::start(Database::MariaDb).await;
        let [alice, _bob] = hub.agents(["alice", "bob"]).await;
        let changers = hub.add_agents(&["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9"]).await;
        let mut db = hub.mariadb().connect().await;
        let held = hold_head(&mut db, "$control").await;
        let changing: Vec<_> = changers
            .into_iter()
            .map(|agent| {
                let keys = Request::put("/secure/agents/me/keys").json(&json!({"x": "y"}));
                tokio::spawn(async move { agent.send(keys).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(200)).await;
        for n in 0..10 {
            let begin = Instant::now();
            publish(&alice, &format!("n{n}")).await.ok();
            assert!(begin.elapsed() < Duration::from_millis(700), "publish {n} waited {:?}", begin.elapsed());
        }
        for change in changing {
            assert_unavailable(&change.await.expect("an answer"));
        }
        held.rollback().await.expect("the row is let go");
    })
    .await;
}

// R27: a hub whose machine was paused holds the head for as long as its connection lives.
#[tokio::test]
async fn a_frozen_hub_lets_go_of_what_it_holds() {
    limited(120, async {
        let hub = TestHub::start(Database::MariaDb).await;
        let agents = hub.add_agents(&["c0", "c1", "c2", "c3"]).await;
        let mut db = hub.mariadb().connect().await;
        let is_held = async |db: &mut sqlx::MySqlConnection| {
            let head = sqlx::query("SELECT head FROM streams WHERE id = 1 FOR UPDATE NOWAIT");
            head.fetch_one(db).await.is_err()
        };
        let mut frozen = false;
        for _ in 0..50 {
            let changing: Vec<_> = agents
                .iter()
                .map(|agent| {
                    let (agent, keys) =
                        (agent.clone(), Request::put("/secure/agents/me/keys").json(&json!({"x": "y"})));
                    tokio::spawn(async move { agent.send(keys).await })
                })
                .collect();
            tokio::time::sleep(Duration::from_millis(3)).await;
            hub.signal("STOP");
            frozen = is_held(&mut db).await;
            if frozen {
                break;
            }
            hub.signal("CONT");
            for change in changing {
                change.await.expect("an answer");
            }
        }
        assert!(frozen, "in fifty tries the hub was never stopped within a change");
        let begin = Instant::now();
        eventually("the head is let go", Duration::from_secs(15), async || !is_held(&mut db).await).await;
        assert!(begin.elapsed() < Duration::from_secs(10), "held for {:?}", begin.elapsed());
        hub.signal("CONT");
        eventually("the hub goes on", Duration::from_secs(10), async || {
            agents[0].send(Request::put("/secure/agents/me/keys").json(&json!({"x": "y"}))).await.status == 200
        })
        .await;
    })
    .await;
}
