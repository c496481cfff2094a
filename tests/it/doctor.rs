//! `agent-hub doctor`: what is as it should be, and what to mend, found with each fault really there.

use std::{collections::BTreeMap, os::unix::fs::PermissionsExt, path::Path};

use sqlx::{Connection, Executor, MySqlConnection};

use crate::harness::*;

on_both![
    a_hub_that_runs_is_found_in_order,
    a_hub_that_does_not_run_is_found_in_order_and_nothing_is_changed,
    a_weak_or_forgotten_secret_is_told,
    it_says_from_where_settings_come_and_never_what_they_are,
    a_hub_that_hangs_is_told,
    a_newer_schema_is_told,
    too_few_files_for_the_connections_are_told,
];
on_one![
    where_there_is_nothing_nothing_is_made,
    files_that_others_can_read_are_named,
    a_damaged_database_is_told,
    a_copy_is_known_for_one,
    exposure_is_judged_as_at_a_start,
];

/// Each check with its verdict and what was told; the worst verdict decides the exit code.
struct Found {
    lines: BTreeMap<String, (String, String)>,
    code: Option<i32>,
}

impl Found {
    #[track_caller]
    fn assert(&self, check: &str, verdict: &str, told: &str) {
        let (found, line) = self.lines.get(check).unwrap_or_else(|| panic!("{check} is not in {:?}", self.lines));
        assert!(found == verdict && line.contains(told), "{check}: expected {verdict} … {told}, found {found} {line}");
        if verdict == "fail" {
            assert_eq!(self.code, Some(1), "{:?}", self.lines);
        }
    }

    #[track_caller]
    fn assert_in_order(&self) {
        let bad: Vec<_> = self.lines.iter().filter(|(_, (verdict, _))| verdict != "ok").collect();
        assert!(bad.is_empty() && self.code == Some(0), "{:?} {bad:?}", self.code);
    }
}

fn read(output: &Output) -> Found {
    let answer: Value = serde_json::from_str(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"));
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let findings = answer["findings"].as_array().expect("findings");
    let mut lines = BTreeMap::new();
    for finding in findings {
        let (check, verdict) = (text(&finding["check"]), text(&finding["verdict"]));
        // Of two about the same, the worse is what counts.
        if verdict != "ok" || !lines.contains_key(&check) {
            lines.insert(check, (verdict, text(&finding["told"])));
        }
    }
    let failed = findings.iter().any(|finding| finding["verdict"] == "fail");
    assert_eq!(answer["verdict"] == "fail", failed, "{answer}");
    assert_eq!(output.code, Some(i32::from(failed)), "{output:?}");
    Found { lines, code: output.code }
}

async fn examine(hub: &TestHub, more: &[&str]) -> Found {
    // The tests' machine may allow fewer files than a hub's.
    read(&hub.cli(&[&["doctor", "--json", "--max-connections", "100"], more].concat()).await)
}

async fn a_hub_that_runs_is_found_in_order(db: Database) {
    let hub = TestHub::start(db).await;
    hub.add_agent("alice").await;
    let found = examine(&hub, &[]).await;
    found.assert("hub", "ok", &hub.address().to_string());
    if db == Database::Sqlite {
        found.assert("hub", "ok", &format!("process {}", hub.pid()));
        found.assert("integrity", "ok", "");
    } else {
        found.assert("durability", "ok", "innodb_flush_log_at_trx_commit");
        found.assert("offset", "ok", "");
        found.assert("packet", "ok", "");
    }
    found.assert_in_order();
    // The same for people: one line each.
    let output = hub.cli(&["doctor", "--max-connections", "100"]).await;
    assert!(output.stdout.lines().count() >= found.lines.len(), "{output:?}");
    assert!(output.stdout.lines().all(|line| line.starts_with("ok    ")), "{output:?}");
}

/// Every file below a folder, with its size, its mode and when it was written. The index that readers share is left out: each
/// notes itself there.
fn snapshot(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.to_string_lossy().ends_with("-shm") {
            continue;
        }
        let about = path.metadata().expect("a file");
        let modified = about.modified().expect("a time");
        files.insert(path.display().to_string(), format!("{} {:?} {modified:?}", about.len(), about.permissions()));
        if path.is_dir() {
            files.extend(snapshot(&path));
        }
    }
    files
}

async fn a_hub_that_does_not_run_is_found_in_order_and_nothing_is_changed(db: Database) {
    let mut hub = TestHub::start(db).await;
    hub.sigterm().await;
    let before = snapshot(hub.data_dir());
    let found = examine(&hub, &[]).await;
    found.assert_in_order();
    found.assert("hub", "ok", "none runs");
    assert_eq!(snapshot(hub.data_dir()), before);
}

async fn a_weak_or_forgotten_secret_is_told(db: Database) {
    let hub = TestHub::start(db).await;
    examine(&hub, &["--jwt-secret", "short"]).await.assert("secret", "fail", "fewer than 32 bytes");
    examine(&hub, &["--jwt-secret", &"ab".repeat(20)]).await.assert("secret", "fail", "easy to guess");
    let (one, other) = ("0123456789abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba9876543210");
    let rotating = ["--jwt-secret", one, "--jwt-secret-previous", other];
    examine(&hub, &rotating).await.assert("previous", "ok", "still accepted");
    // The hub has been started longer ago than a JWT lives.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    examine(&hub, &[&rotating[..], &["--jwt-ttl", "1s"]].concat()).await.assert("previous", "warn", "can go");
    examine(&hub, &["--jwt-secret", one, "--jwt-secret-previous", one]).await.assert("previous", "warn", "the same");
    let database = db == Database::MariaDb;
    if database {
        let without = TestHub::builder(db).without("JWT_SECRET").prepare().await;
        examine(&without, &[]).await.assert("secret", "fail", "JWT_SECRET is needed");
    }
}

async fn it_says_from_where_settings_come_and_never_what_they_are(db: Database) {
    let secret = "a-secret-that-nobody-may-be-shown-0123456789";
    let hub = TestHub::builder(db)
        .env("JWT_SECRET", secret)
        .env("AGENT_HUB_TTL_MAX", "12345d")
        .settings_in_dotenv()
        .start()
        .await;
    let output = hub.cli(&["doctor", "--json", "--max-connections", "100"]).await;
    let found = read(&output);
    for told in
        ["jwt-secret from .env", "ttl-max from .env", "data-dir from the environment", "max-connections from a flag"]
    {
        found.assert("settings", "ok", told);
    }
    assert!(!output.stdout.contains("json from"), "how it answers is no setting: {output:?}");
    let shown = output.stdout + &output.stderr;
    assert!(!shown.contains(secret) && !shown.contains("12345d"), "{shown}");
    if db == Database::MariaDb {
        assert!(!shown.contains(hub.mariadb().url()), "{shown}");
    }
    let misspelt = TestHub::builder(db).env("AGENT_HUB_TTLMAX", "9d").prepare().await;
    examine(&misspelt, &[]).await.assert("settings", "warn", "AGENT_HUB_TTLMAX");
}

async fn a_hub_that_hangs_is_told(db: Database) {
    let hub = TestHub::start(db).await;
    hub.signal("STOP");
    let found = examine(&hub, &[]).await;
    hub.signal("CONT");
    match db {
        Database::Sqlite => found.assert("hub", "fail", "does not answer"),
        // On a server nobody holds the database: a hub that does not answer here may run elsewhere.
        Database::MariaDb => found.assert("hub", "ok", "none runs"),
    }
}

async fn a_newer_schema_is_told(db: Database) {
    let mut hub = TestHub::start(db).await;
    hub.sigterm().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'x', TRUE, 'x', 0)";
    match db {
        Database::Sqlite => {
            let url = format!("sqlite:{}", hub.data_dir().join("hub.db").display());
            let mut db = sqlx::SqliteConnection::connect(&url).await.unwrap();
            db.execute(sqlx::raw_sql(&*newer.replace("'x', 0", "x'00', 0").leak())).await.unwrap();
            db.close().await.unwrap();
        }
        Database::MariaDb => drop(hub.mariadb().connect().await.execute(sqlx::raw_sql(newer)).await.unwrap()),
    }
    examine(&hub, &[]).await.assert("schema", "fail", "newer agent-hub");
}

async fn too_few_files_for_the_connections_are_told(db: Database) {
    let hub = TestHub::start(db).await;
    let found = read(&hub.cli(&["doctor", "--json", "--max-connections", "4000000000"]).await);
    found.assert("nofile", "warn", "LimitNOFILE");
}

async fn where_there_is_nothing_nothing_is_made(db: Database) {
    let hub = TestHub::builder(db).prepare().await;
    let folder = hub.data_dir().join("not").join("there");
    let found = examine(&hub, &["--data-dir", folder.to_str().unwrap()]).await;
    found.assert("database", "warn", "the first start makes it");
    found.assert("folder", "warn", "a start makes it");
    assert!(!hub.data_dir().join("not").exists());
    let nobody = "mysql://root:hunter2@127.0.0.1:1/hub";
    let output = hub.cli(&["doctor", "--json", "--database-url", nobody]).await;
    read(&output).assert("database", "fail", "cannot reach the database");
    assert!(!output.stdout.contains("hunter2"), "{output:?}");
}

async fn files_that_others_can_read_are_named(db: Database) {
    let hub = TestHub::start(db).await;
    let chmod = |file: &str, mode| {
        std::fs::set_permissions(hub.data_dir().join(file), std::fs::Permissions::from_mode(mode)).unwrap()
    };
    for file in ["profiles/operator.json", "hub.db.jwt-secret", "hub.db"] {
        chmod(file, 0o644);
        examine(&hub, &[]).await.assert("modes", "fail", &format!("chmod 600 {}", hub.data_dir().join(file).display()));
        chmod(file, 0o600);
    }
    chmod(".", 0o777);
    examine(&hub, &[]).await.assert("folder", "fail", "chmod o-w");
    chmod(".", 0o775);
    examine(&hub, &[]).await.assert("folder", "warn", "chmod g-w");
    chmod(".", 0o755);
    examine(&hub, &[]).await.assert_in_order();
}

async fn a_damaged_database_is_told(db: Database) {
    let mut hub = TestHub::start(db).await;
    let [alice, _bob] = hub.agents(["alice", "bob"]).await;
    for _ in 0..50 {
        alice.tell("bob", &"x".repeat(4_000)).await;
    }
    hub.sigterm().await;
    let file = hub.data_dir().join("hub.db");
    // What is in the log would stand for what is damaged.
    let mut last = sqlx::SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    last.execute("PRAGMA wal_checkpoint(TRUNCATE)").await.unwrap();
    last.close().await.unwrap();
    let sound = std::fs::read(&file).unwrap();
    let mut damaged = sound.clone();
    let half = damaged.len() / 2;
    damaged[half..].fill(0x5a);
    std::fs::write(&file, &damaged).unwrap();
    examine(&hub, &[]).await.assert("integrity", "fail", "restore a backup");
    std::fs::write(&file, "this is no database, but some text that somebody wrote here").unwrap();
    examine(&hub, &[]).await.assert("database", "fail", "no database of SQLite");
    std::fs::write(&file, &sound).unwrap();
    examine(&hub, &[]).await.assert_in_order();
}

async fn a_copy_is_known_for_one(db: Database) {
    let hub = TestHub::start(db).await;
    let folder = hub.data_dir().join("restored");
    std::fs::create_dir(&folder).unwrap();
    let copy = folder.join("hub.db");
    assert_eq!(hub.cli(&["backup", copy.to_str().unwrap()]).await.code, Some(0));
    let found = examine(&hub, &["--data-dir", folder.to_str().unwrap()]).await;
    found.assert("epoch", "ok", "a copy");
    examine(&hub, &[]).await.assert("epoch", "ok", "agent-hub epoch --new");
}

async fn exposure_is_judged_as_at_a_start(db: Database) {
    let hub = TestHub::start(db).await;
    let listen = ["--listen", "0.0.0.0:3000"];
    let with = |more: &[&'static str]| [&listen[..], more].concat();
    examine(&hub, &with(&[])).await.assert("exposure", "fail", "--behind-proxy");
    examine(&hub, &with(&["--insecure"])).await.assert("exposure", "warn", "reads keys");
    examine(&hub, &with(&["--behind-proxy"])).await.assert("exposure", "warn", "--trusted-proxy");
    examine(&hub, &with(&["--behind-proxy", "--trusted-proxy", "10.0.0.0/8"])).await.assert("exposure", "ok", "proxy");
}

#[tokio::test]
async fn each_setting_of_a_server_that_loses_data_is_told() {
    limited(120, async {
        let server = MariaDbServer::start_with(&["--log-bin", "--sync-binlog=1"]).await;
        let mut admin = MySqlConnection::connect(&server.url("mysql")).await.expect("MariaDB");
        let hub = TestHub::builder(Database::MariaDb).env("DATABASE_URL", &server.url("hub")).prepare().await;
        examine(&hub, &[]).await.assert("database", "fail", "CREATE DATABASE");
        admin.execute("CREATE DATABASE hub").await.expect("a database");
        let found = examine(&hub, &[]).await;
        found.assert("schema", "warn", "the first start makes them");
        found.assert("durability", "ok", "sync_binlog are 1");
        for (check, set, back, verdict, told) in [
            ("durability", "sync_binlog = 0", "sync_binlog = 1", "fail", "sync_binlog is 0"),
            (
                "durability",
                "innodb_flush_log_at_trx_commit = 2",
                "innodb_flush_log_at_trx_commit = 1",
                "fail",
                "power cut",
            ),
            ("primary", "read_only = 1", "read_only = 0", "fail", "replica"),
            ("packet", "max_allowed_packet = 1048576", "max_allowed_packet = 16777216", "fail", "raise it to 1114112"),
            ("packet", "max_allowed_packet = 2097152", "max_allowed_packet = 16777216", "warn", "travel together"),
            ("connections", "max_connections = 12", "max_connections = 100", "warn", "max_connections is 12"),
        ] {
            admin.execute(sqlx::raw_sql(&*format!("SET GLOBAL {set}").leak())).await.expect("a bad setting");
            examine(&hub, &[]).await.assert(check, verdict, told);
            admin.execute(sqlx::raw_sql(&*format!("SET GLOBAL {back}").leak())).await.expect("a good setting");
        }
    })
    .await;
}

#[tokio::test]
async fn a_table_that_knows_no_transactions_and_a_folding_column_are_told() {
    limited(60, async {
        let mut hub = TestHub::start(Database::MariaDb).await;
        hub.sigterm().await;
        let mut admin = hub.mariadb().connect().await;
        admin.execute("ALTER TABLE agents MODIFY name VARCHAR(64) CHARACTER SET utf8mb4 NOT NULL").await.unwrap();
        examine(&hub, &[]).await.assert("tables", "fail", "collation");
        admin.execute("ALTER TABLE items ENGINE=Aria").await.unwrap();
        examine(&hub, &[]).await.assert("tables", "fail", "InnoDB");
    })
    .await;
}
