//! Backup and restore, with the commands that `docs/operations.md` gives: what the copy has is there, its epoch is another, and whoever
//! was connected goes on.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use sqlx::{Connection, Executor, MySqlConnection};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{
    command_line::{have, ok},
    harness::*,
};

on_both! {
    limit = 120;
    who_was_connected_goes_on_with_what_the_copy_has,
    a_copy_made_under_load_is_whole,
    what_was_sent_before_a_restore_can_still_be_asked_about,
}

#[tokio::test]
async fn of_two_backups_to_one_file_one_is_refused_and_the_other_whole() {
    limited(120, async {
        let hub = TestHub::start(Database::Sqlite).await;
        hub.agents(["alice", "bob"]).await;
        for round in 0..8 {
            let copy = hub.data_dir().join(format!("copy{round}.db"));
            let name = copy.to_str().expect("UTF-8");
            let (one, other) = (["backup", name], ["backup", name]);
            let (one, other) = tokio::join!(hub.cli(&one), hub.cli(&other));
            let codes = [one.code, other.code];
            assert!(
                codes.contains(&Some(0)) && codes.iter().filter(|code| **code == Some(0)).count() == 1,
                "{codes:?}"
            );
            let mut copied = sqlx::SqliteConnection::connect(&format!("sqlite:{name}")).await.expect("a copy");
            let marks: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM settings WHERE name = CAST('copy' AS BLOB)")
                .fetch_one(&mut copied)
                .await
                .expect("its settings");
            assert_eq!(marks, 1, "a copy without its mark keeps the epoch");
        }
        let left: Vec<_> = std::fs::read_dir(hub.data_dir()).expect("the folder").flatten().collect();
        assert!(!left.iter().any(|entry| entry.file_name().to_string_lossy().contains(".part")), "{left:?}");
    })
    .await;
}

/// A hub whose database can be backed up and restored as the documentation says.
struct Site {
    hub: TestHub,
    /// Its database is called `hub`, as in the documentation.
    server: Option<MariaDbServer>,
}

impl Site {
    async fn start(db: Database) -> Self {
        if db == Database::Sqlite {
            return Self { hub: TestHub::start(db).await, server: None };
        }
        let server = MariaDbServer::start().await;
        let mut admin = MySqlConnection::connect(&server.url("mysql")).await.expect("MariaDB");
        admin.execute("CREATE DATABASE hub CHARACTER SET utf8mb4").await.expect("a database");
        let hub = TestHub::builder(db).env("DATABASE_URL", &server.url("hub")).start().await;
        Self { hub, server: Some(server) }
    }

    fn copy(&self) -> PathBuf {
        self.hub.data_dir().join("copy.db")
    }

    async fn back_up(&self) {
        match self.server {
            None => self.run(&format!("agent-hub backup {}", self.copy().display())).await,
            Some(_) => self.run(&documented(SERVER, 0)).await,
        }
    }

    async fn restore(&mut self) {
        self.hub.sigterm().await;
        match self.server {
            None => {
                let script = documented("### The embedded database\n", 1);
                let script = script.replace("/backups/hub-2026-12-06.db", &self.copy().display().to_string());
                self.run(&format!("cd {}\n{script}", self.hub.data_dir().display())).await;
            }
            Some(_) => self.run(&documented(SERVER, 1)).await,
        }
        self.hub.launch().await;
    }

    /// Runs a script as whoever runs the hub would: `agent-hub` and the database's programs know where they belong.
    async fn run(&self, script: &str) {
        let like = self.hub.command();
        let home = self.hub.data_dir().join("home");
        std::fs::create_dir_all(&home).expect("a home");
        if let Some(server) = &self.server {
            let (host, port) = server.address().split_once(':').map(|(h, p)| (h.to_owned(), p.to_owned())).unwrap();
            let options = format!("[client]\nhost={host}\nport={port}\nuser=root\nprotocol=tcp\n");
            std::fs::write(home.join(".my.cnf"), options).expect("options");
        }
        let programs = PathBuf::from(like.get_program()).parent().expect("a folder").display().to_string();
        let path = format!("{programs}:{}", std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("bash");
        command.args(["-euc", script]).env_clear().current_dir(&home).stdin(Stdio::null());
        command.envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = command.env("HOME", &home).env("PATH", path).output().await.expect("bash");
        assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
    }
}

/// The heading of the section about database servers.
const SERVER: &str = "### A database of MySQL or MariaDB\n";

/// The commands of a section of `docs/operations.md`: the first block backs up, the second restores.
fn documented(heading: &str, block: usize) -> String {
    let docs = include_str!("../../docs/operations.md");
    let (_, section) = docs.split_once(heading).expect("the section");
    let section = section.split("\n#").next().unwrap_or_default();
    let script = section.split("```sh\n").nth(block + 1).and_then(|rest| rest.split("```").next());
    script.expect("a block of commands").to_owned()
}

/// `agent-hub wait --follow`, and what it has printed.
struct Follower {
    _child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Follower {
    fn start(hub: &TestHub, agent: &str) -> Self {
        let mut command = Command::from(hub.command());
        command.args(["wait", "--follow", "--as", agent]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.kill_on_drop(true).spawn().expect("the binary runs");
        let mut out = BufReader::new(child.stdout.take().expect("its output")).lines();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let told = lines.clone();
        tokio::spawn(async move {
            while let Ok(Some(line)) = out.next_line().await {
                told.lock().unwrap().push(line);
            }
        });
        Self { _child: child, lines }
    }

    /// The names that were printed, once this one was.
    async fn until(&self, name: &str) -> Vec<String> {
        let names = || -> Vec<String> {
            let lines = self.lines.lock().unwrap();
            lines.iter().filter_map(|line| line.split(' ').nth(2).map(str::to_owned)).collect()
        };
        eventually(&format!("{name} is printed"), WAIT, || async { names().iter().any(|known| known == name) }).await;
        names()
    }
}

// R20
async fn who_was_connected_goes_on_with_what_the_copy_has(db: Database) {
    let mut site = Site::start(db).await;
    let [alice, bob] = site.hub.clients(["alice", "bob"]).await;
    let carol = site.hub.add_agent("carol").await;
    let profile = json!({"agent": "carol", "api_key": carol.api_key}).to_string();
    std::fs::write(site.hub.data_dir().join("profiles/carol.json"), profile).unwrap();
    let follower = Follower::start(&site.hub, "carol");
    let mut notes = bob.notifications().await.unwrap();
    let send = async |name: String| drop(alice.send(["bob", "carol"], "x").plain().name(name).await.unwrap());
    let secret = alice.send("bob", "only for bob").name("n1").await.unwrap();
    told(&mut notes).await;
    for n in 2..=5 {
        send(format!("n{n}")).await;
        let note = told(&mut notes).await;
        if n == 2 {
            note.ack().await.unwrap();
        }
    }
    let before = bob.inbox(&Default::default()).await.unwrap().epoch;
    site.back_up().await;
    for n in 6..=8 {
        send(format!("lost{n}")).await;
        assert_eq!(told(&mut notes).await.seq, n);
    }
    follower.until("lost8").await;

    site.restore().await;
    for n in 6..=9 {
        send(format!("new{n}")).await;
    }
    // What was not acknowledged comes again, and what has a number that was given before is not taken for what had it.
    for (seq, name) in [(3, "n3"), (4, "n4"), (5, "n5"), (6, "new6"), (7, "new7"), (8, "new8"), (9, "new9")] {
        let note = told(&mut notes).await;
        assert_eq!((note.seq, note.name.as_str()), (seq, name));
        if seq == 9 {
            note.ack().await.unwrap();
        }
    }
    let inbox = bob.inbox(&Default::default()).await.unwrap();
    assert_ne!(inbox.epoch, before);
    if site.server.is_none() {
        assert!(site.hub.log_text().contains("a restored copy: it has a new epoch"), "{}", site.hub.log_text());
    }
    assert_eq!((inbox.streams["bob"].acked, inbox.entries.len()), (9, 0));
    assert_eq!(bob.read(&secret.token).await.unwrap().text(), "only for bob", "tokens and keys are those of before");
    let printed = follower.until("new9").await;
    // Under the new epoch nothing counts as shown: what is not acknowledged may be printed again, and nothing is left out.
    for name in ["n2", "n3", "n4", "n5", "new6", "new7", "new8", "new9"] {
        assert!(printed.iter().any(|known| known == name), "{name}: {printed:?}");
    }
}

const PUBLISHERS: usize = 4;

/// Publishes one after the other until it is told to stop; each answer is counted.
async fn publish(alice: TestAgent, publisher: usize, stop: Arc<AtomicBool>, done: Arc<[AtomicUsize; PUBLISHERS]>) {
    let mut n = 0;
    while !stop.load(Ordering::Relaxed) {
        let body = json!({"name": format!("p{publisher}-{n}"), "data": format!("data {n}"), "to": ["bob", "carol"]});
        alice.publish(&body).await;
        n += 1;
        done[publisher].store(n, Ordering::SeqCst);
    }
}

/// The whole stream of an agent: the names of its entries, in order; panics if there is a hole.
async fn stream_of(agent: &TestAgent) -> Vec<String> {
    let epoch = agent.inbox("limit=1").await["epoch"].as_str().unwrap().to_owned();
    let mut names = Vec::new();
    loop {
        let query = format!("stream={}&epoch={epoch}&after={}&limit=1000", agent.name, names.len());
        let page = agent.inbox(&query).await;
        assert_eq!(page["skipped"], json!([]), "something is missing");
        for entry in page["entries"].as_array().unwrap() {
            names.push(entry["name"].as_str().unwrap().to_owned());
            assert_eq!(entry["seq"], names.len());
        }
        if page["more"] == false {
            assert_eq!(page["streams"][&agent.name]["head"], names.len());
            return names;
        }
    }
}

async fn a_copy_made_under_load_is_whole(db: Database) {
    let mut site = Site::start(db).await;
    let [alice, bob, carol] = site.hub.agents(["alice", "bob", "carol"]).await;
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(std::array::from_fn(|_| AtomicUsize::new(0))));
    let count = || done.iter().map(|count| count.load(Ordering::SeqCst)).sum::<usize>();
    let publishers =
        (0..PUBLISHERS).map(|publisher| tokio::spawn(publish(alice.clone(), publisher, stop.clone(), done.clone())));
    let publishers: Vec<_> = publishers.collect();
    eventually("something is stored", WAIT, || async { count() > 100 }).await;
    let before: Vec<usize> = done.iter().map(|count| count.load(Ordering::SeqCst)).collect();
    let begun = count();
    site.back_up().await;
    assert!(count() > begun, "nothing was published meanwhile: this test tests nothing");
    stop.store(true, Ordering::Relaxed);
    for publisher in publishers {
        publisher.await.expect("a publisher");
    }
    site.restore().await;

    let names = stream_of(&bob).await;
    assert_eq!(stream_of(&carol).await, names, "an item is in both streams or in none");
    let mut of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for name in &names {
        let (publisher, n) = name[1..].split_once('-').expect("a name of this test");
        of.entry(publisher.parse().unwrap()).or_default().push(n.parse().unwrap());
    }
    for (publisher, least) in before.into_iter().enumerate() {
        let numbers = of.remove(&publisher).unwrap_or_default();
        assert!(numbers.len() >= least, "what was acknowledged before the backup is in it: {least} of {publisher}");
        assert!(numbers.iter().copied().eq(0..numbers.len()), "publisher {publisher} has a hole: {numbers:?}");
    }
    let last = &bob.inbox("limit=1").await["entries"][0];
    assert_eq!(bob.retrieve(last["token"].as_str().unwrap()).await.ok()["name"], last["name"]);
    alice.publish(&json!({"name": "after", "data": "d", "to": ["bob"]})).await;
    assert_eq!(stream_of(&bob).await.len(), names.len() + 1);
}

async fn what_was_sent_before_a_restore_can_still_be_asked_about(db: Database) {
    let mut site = Site::start(db).await;
    have(&site.hub, &["alice", "bob"]).await;
    ok(&site.hub, &["channel", "make", "--as", "alice", "pubs"]).await;
    ok(&site.hub, &["channel", "join", "--as", "bob", "pubs"]).await;
    ok(&site.hub, &["send", "--as", "alice", "bob", "kept"]).await;
    site.back_up().await;
    assert_eq!(ok(&site.hub, &["send", "--as", "alice", "bob,#pubs", "lost"]).await, "sent bob/2 #pubs/1\n");
    site.restore().await;

    assert!(ok(&site.hub, &["status", "--as", "alice", "bob/1"]).await.starts_with("bob/1 live"));
    for command in ["status", "withdraw"] {
        let lost = site.hub.cli(&[command, "--as", "alice", "bob/2"]).await;
        assert!(lost.code == Some(1) && lost.stderr.contains("lost when the hub was restored"), "{lost:?}");
    }
    // What has the number of her own lost entry now is not hers: it is no more acknowledged than any other of bob's.
    ok(&site.hub, &["send", "--as", "bob", "#pubs", "x"]).await;
    assert!(ok(&site.hub, &["status", "--as", "alice"]).await.starts_with("alice at "));
    assert!(ok(&site.hub, &["inbox", "--as", "alice"]).await.starts_with("#pubs/1 bob "));
    assert_eq!(ok(&site.hub, &["send", "--as", "alice", "bob", "again"]).await, "sent bob/2\n");
    assert!(ok(&site.hub, &["status", "--as", "alice", "bob/2"]).await.starts_with("bob/2 live"));
    assert_eq!(ok(&site.hub, &["withdraw", "--as", "alice", "bob/1"]).await, "withdrew bob/1\n");
}
