//! Starting a hub: what the first start makes, where settings come from, and what a bad one gets.

use std::os::unix::fs::PermissionsExt as _;

use crate::harness::*;

on_both![
    the_first_start_makes_an_operator_and_shows_no_key,
    a_later_start_makes_nothing_anew,
    flags_win_over_the_environment_and_that_over_the_dotenv_file,
    a_bad_setting_is_one_line_and_exit_code_two,
    a_failure_at_start_is_one_line_and_not_a_panic,
    a_port_in_use_is_one_line,
    what_holds_secrets_is_for_its_owner_only,
    the_embedded_database_is_for_one_hub_at_a_time,
    commands_refuse_what_they_do_not_understand,
    help_names_every_setting,
];

on_one![
    a_database_may_be_a_bare_file_name_in_the_working_folder,
    the_folder_of_a_database_that_was_named_is_there_or_the_name_is_a_slip,
    what_to_type_next_finds_this_hub,
    a_setting_that_is_none_is_warned_of,
];

const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

async fn serve(hub: &TestHub, more: &[&str]) -> Output {
    hub.cli(&[&SERVE[..], more].concat()).await
}

/// One line for the person who typed it, and no panic.
#[track_caller]
fn assert_one_line(output: &Output, codes: &[i32]) {
    assert!(codes.contains(&output.code.expect("an exit code")), "{output:?}");
    assert!(output.stderr.starts_with("agent-hub: "), "{output:?}");
    assert_eq!(output.stderr.trim_end().lines().count(), 1, "{output:?}");
    assert!(!output.stderr.contains("panicked") && output.stdout.is_empty(), "{output:?}");
}

async fn the_first_start_makes_an_operator_and_shows_no_key(db: Database) {
    let hub = TestHub::start(db).await;
    let operator = hub.operator().await;
    assert_eq!(operator.get("/admin/agents").await.ok()["agents"][0]["role"], "operator");
    let profile = std::fs::read_to_string(hub.data_dir().join("profiles/operator.json")).unwrap();
    let profile: Value = serde_json::from_str(&profile).unwrap();
    assert_eq!(profile["agent"], "operator");
    assert!(profile["hub"].as_str().unwrap().starts_with("http://"), "{profile}");
    // Standard output is no terminal here: the path of the profile is told, the key is not.
    let said = hub.stdout_text();
    assert!(said.contains("profiles/operator.json"), "{said}");
    assert!(!said.contains("ahub_") && !hub.log_text().contains("ahub_"), "{said}");
}

async fn a_later_start_makes_nothing_anew(db: Database) {
    let mut hub = TestHub::start(db).await;
    let (before, first) = (hub.operator().await, hub.stdout_text());
    let welcome = before.connect().await.welcome;
    hub.restart().await;
    let after = hub.operator().await;
    assert_eq!(after.api_key, before.api_key);
    before.inbox("").await;
    assert_eq!(hub.count("agents").await, 1);
    let again = after.connect().await.welcome;
    assert_eq!((&again["hub"], &again["epoch"]), (&welcome["hub"], &welcome["epoch"]));
    let said = hub.stdout_text()[first.len()..].to_owned();
    assert!(said.contains(" listens on http://") && !said.contains("operator.json"), "{said}");
}

async fn flags_win_over_the_environment_and_that_over_the_dotenv_file(db: Database) {
    let ttl_max = async |hub: &TestHub| hub.operator().await.connect().await.welcome["limits"]["ttl_max_s"].clone();
    let mut hub = TestHub::builder(db).env("AGENT_HUB_TTL_MAX", "100").settings_in_dotenv().start().await;
    assert_eq!(ttl_max(&hub).await, 100);
    hub.restart_with_env("AGENT_HUB_TTL_MAX", "200s").await;
    assert_eq!(ttl_max(&hub).await, 200);
    hub.restart_with("--ttl-max", "5m").await;
    assert_eq!(ttl_max(&hub).await, 300);
}

async fn a_bad_setting_is_one_line_and_exit_code_two(db: Database) {
    let hub = TestHub::builder(db).prepare().await;
    for bad in [
        &["--ttl-max", "0"][..],
        &["--ttl-max", "soon"],
        &["--ping-interval", "-1"],
        &["--drain-time", "1h"],
        &["--data-max-bytes", "0"],
        &["--data-max-bytes", "1e9"],
        &["--writer-queue", "0"],
        &["--log-format", "poem"],
        &["--trusted-proxy", "10.0.0.0/64"],
        &["--ttl-maximum", "60"],
        &["--database-url", "postgres://localhost/x"],
        &["--database-url", "nonsense"],
        &["surplus"],
    ] {
        assert_one_line(&serve(&hub, bad).await, &[2]);
    }
    for listen in ["nonsense", "127.0.0.1", "127.0.0.1:99999", "0.0.0.0:0"] {
        let output = hub.cli(&["serve", "--listen", listen]).await;
        assert_one_line(&output, &[2]);
    }
    let open = hub.cli(&["serve", "--listen", "0.0.0.0:0"]).await;
    assert!(open.stderr.contains("--behind-proxy") && open.stderr.contains("--insecure"), "{open:?}");
}

async fn a_failure_at_start_is_one_line_and_not_a_panic(db: Database) {
    let secret = "a-secret-for-a-database-that-is-not-there-0123";
    let hub = TestHub::builder(db).env("JWT_SECRET", secret).prepare().await;
    for url in ["mysql://someone:hunter2@127.0.0.1:1/x", "sqlite:/proc/no/such/folder/hub.db"] {
        let output = serve(&hub, &["--database-url", url]).await;
        assert_one_line(&output, &[1, 2]);
        assert!(!output.stderr.contains("hunter2"), "the password is repeated: {output:?}");
    }
}

async fn a_port_in_use_is_one_line(db: Database) {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let hub = TestHub::builder(db).prepare().await;
    let output = hub.cli(&["serve", "--listen", &address]).await;
    assert_eq!(output.code, Some(1), "{output:?}");
    let last = output.stderr.trim_end().lines().last().unwrap_or_default();
    assert!(last.starts_with("agent-hub: ") && last.contains(&address), "{output:?}");
}

// N13
async fn what_holds_secrets_is_for_its_owner_only(db: Database) {
    let hub = TestHub::start(db).await;
    hub.add_agent("alice").await;
    let mut files = vec!["profiles/operator.json"];
    if db == Database::Sqlite {
        files.extend(["hub.db", "hub.db-wal", "hub.db.jwt-secret"]);
    }
    for file in files {
        let mode = std::fs::metadata(hub.data_dir().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file} has mode {mode:o}");
    }
}

async fn the_embedded_database_is_for_one_hub_at_a_time(db: Database) {
    let mut hub = TestHub::start(db).await;
    match db {
        Database::Sqlite => {
            assert_one_line(&serve(&hub, &[]).await, &[2]);
            hub.operator().await.inbox("").await;
            // A killed hub leaves its lock file behind, and that must not stop the next one.
            hub.sigkill();
            hub.restart().await;
        }
        // Several nodes share one MySQL: only a port of their own is needed.
        Database::MariaDb => {
            let output = tokio::time::timeout(std::time::Duration::from_secs(3), serve(&hub, &[])).await;
            assert!(output.is_err(), "the second node ended: {output:?}");
        }
    }
    hub.operator().await.inbox("").await;
}

async fn commands_refuse_what_they_do_not_understand(db: Database) {
    let hub = TestHub::start(db).await;
    for bad in [
        &["dance"][..],
        &["agent"],
        &["agent", "add"],
        &["agent", "add", "x", "--role", "king"],
        &["agent", "rotate", "operator", "--overlap", "soon"],
    ] {
        let output = hub.cli(bad).await;
        assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""), "{bad:?}: {output:?}");
    }
    for refused in [
        &["agent", "add", "Alice"][..],
        &["agent", "add", "me"],
        &["agent", "add", "operator"],
        &["agent", "disable", "nobody"],
        &["agent", "enable", "nobody"],
        &["agent", "rotate", "nobody"],
    ] {
        assert_one_line(&hub.cli(refused).await, &[1, 2]);
    }
    assert_eq!(hub.count("agents").await, 1);
}

async fn help_names_every_setting(db: Database) {
    let hub = TestHub::builder(db).prepare().await;
    let help = hub.cli(&["serve", "--help"]).await;
    assert_eq!(help.code, Some(0));
    for flag in [
        "listen",
        "database-url",
        "data-dir",
        "jwt-secret",
        "jwt-secret-previous",
        "jwt-ttl",
        "public-url",
        "allow-origin",
        "behind-proxy",
        "insecure",
        "trusted-proxy",
        "data-max-bytes",
        "ttl-max",
        "ping-interval",
        "hello-timeout",
        "drain-time",
        "tombstones-for",
        "sweep-interval",
        "sessions-per-agent",
        "max-connections",
        "max-connections-per-address",
        "max-unauthenticated",
        "writer-queue",
        "log-format",
        "log-level",
    ] {
        assert!(help.stdout.contains(&format!("--{flag}")), "--{flag} is missing:\n{}", help.stdout);
    }
    if db == Database::MariaDb {
        let shown = help.stdout.contains(hub.mariadb().url()) || help.stdout.contains(&hub.jwt_secret());
        assert!(!shown, "help shows what is in the environment:\n{}", help.stdout);
    }
    let version = hub.cli(&["--version"]).await;
    assert_eq!(version.stdout.trim_end(), concat!("agent-hub ", env!("CARGO_PKG_VERSION")));
    for command in ["agent", "backup", "doctor", "epoch"] {
        assert!(hub.cli(&["--help"]).await.stdout.contains(command), "{command}");
    }
}

async fn a_database_may_be_a_bare_file_name_in_the_working_folder(db: Database) {
    let mut hub = TestHub::builder(db).without("JWT_SECRET").env("DATABASE_URL", "sqlite:fresh.db").prepare().await;
    hub.launch().await;
    let folder = hub.data_dir().parent().unwrap().to_owned();
    for file in ["fresh.db", "fresh.db.jwt-secret", "hub.url", "profiles/operator.json"] {
        assert!(folder.join(file).exists(), "{file}");
    }
    assert_eq!(hub.cli(&["agent", "add", "bob"]).await.code, Some(0));
    let here = folder.to_str().unwrap();
    assert_eq!(hub.cli(&["send", "--as", "bob", "bob", "hi", "--data-dir", here]).await.stdout, "sent bob/1\n");
}

async fn the_folder_of_a_database_that_was_named_is_there_or_the_name_is_a_slip(db: Database) {
    let hub = TestHub::builder(db).prepare().await;
    let folder = hub.data_dir().parent().unwrap().join("slip");
    let url = format!("sqlite:{}/x.db", folder.display());
    let told = format!("there is no folder {}", folder.display());
    for args in [&SERVE[..], &["agent", "add", "bob"]] {
        let output = hub.cli(&[args, &["--database-url", &url]].concat()).await;
        assert_one_line(&output, &[2]);
        assert!(output.stderr.contains(&told), "{output:?}");
    }
    let doctor = hub.cli(&["doctor", "--database-url", &url]).await;
    assert!(doctor.code == Some(1) && doctor.stdout.contains(&told), "{doctor:?}");
    let epoch = hub.cli(&["epoch", "--new", "--data-dir", folder.to_str().unwrap()]).await;
    assert_one_line(&epoch, &[2]);
    assert!(epoch.stderr.contains("there is no database"), "{epoch:?}");
    assert!(!folder.exists());
    // The data folder is made, whoever names a database in it.
    let data = hub.data_dir().parent().unwrap().join("data-folder");
    let (data, url) = (data.display().to_string(), format!("sqlite:{}/deep/x.db", data.display()));
    let made = hub.cli(&["agent", "add", "bob", "--data-dir", &data, "--database-url", &url]).await;
    assert_eq!(made.code, Some(0), "{made:?}");
}

async fn what_to_type_next_finds_this_hub(db: Database) {
    let mut hub = TestHub::builder(db).prepare().await;
    let home = hub.data_dir().parent().unwrap().to_owned();
    hub.restart_with("--data-dir", "it's rel").await;
    let told = format!("agent-hub wait --as bob --data-dir '{}/it'\\''s rel'\n", home.display());
    assert!(hub.stdout_text().contains(&told), "{told}{}", hub.stdout_text());
    hub.restart_with("--data-dir", home.join(".local/share/agent-hub").display()).await;
    assert!(hub.stdout_text().contains("agent-hub wait --as bob\n"), "where commands look by themselves");
}

async fn a_setting_that_is_none_is_warned_of(db: Database) {
    let hub = TestHub::builder(db).env("AGENT_HUB_LISTN", "0.0.0.0:1").start().await;
    let warned = |line: &&str| line.contains("no such setting: AGENT_HUB_LISTN") && line.contains("WARN");
    assert_eq!(hub.log_text().lines().filter(warned).count(), 1, "{}", hub.log_text());
}
