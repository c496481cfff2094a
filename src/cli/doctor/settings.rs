//! The settings: from where each comes, whether the hub would start with them, and the secrets among them.

use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, SystemTime},
};

use clap::{ArgMatches, Command, CommandFactory, parser::ValueSource};

use crate::{
    app::place::{Place, weakness},
    cli::Cli,
    config::{Config, Secret},
    store::examine::Finding,
};

pub(super) fn examine(config: &Config, place: &Place) -> Vec<Finding> {
    let mut findings = vec![sources(), exposure(config), secret(config, place)];
    findings.extend(unknown().map(|told| Finding::warn("settings", told)));
    findings.extend(previous(config, place));
    findings
}

/// Which settings come from where. Never what they are.
fn sources() -> Finding {
    let mut command = Cli::command();
    // They have been read once without a fault.
    let matches = command.try_get_matches_from_mut(std::env::args_os()).ok();
    let Some((name, matches)) = matches.as_ref().and_then(ArgMatches::subcommand) else {
        return Finding::ok("settings", "all are defaults");
    };
    let command = command.find_subcommand(name).unwrap_or(&command);
    // How the command answers is no setting of a hub.
    let is_setting = |arg: &&clap::Arg| arg.get_id() != "json";
    let known = command.get_arguments().filter(is_setting);
    let known = known.filter_map(|arg| Some((arg.get_id().as_str(), arg.get_long()?)));
    let dotenv = dotenv();
    let mut told = Vec::new();
    for (id, long) in known {
        let source = match matches.try_contains_id(id).is_ok().then(|| matches.value_source(id)).flatten() {
            Some(ValueSource::CommandLine) => "a flag",
            Some(ValueSource::EnvVariable) if is_of_dotenv(command, id, &dotenv) => ".env",
            Some(ValueSource::EnvVariable) => "the environment",
            _ => continue,
        };
        told.push(format!("{long} from {source}"));
    }
    let told =
        if told.is_empty() { "all are defaults".to_owned() } else { told.join(", ") + "; the others are defaults" };
    Finding::ok("settings", told)
}

fn dotenv() -> Vec<(String, String)> {
    dotenvy::from_path_iter(".env").map(|lines| lines.flatten().collect()).unwrap_or_default()
}

/// What the environment had already is not overridden by `.env`.
fn is_of_dotenv(command: &Command, id: &str, dotenv: &[(String, String)]) -> bool {
    let arg = command.get_arguments().find(|arg| arg.get_id() == id);
    let variable = arg.and_then(|arg| arg.get_env()).and_then(|name| name.to_str()).unwrap_or_default();
    let value = std::env::var(variable).unwrap_or_default();
    dotenv.iter().any(|(name, written)| name == variable && *written == value)
}

/// Variables that look like settings and are none: a misspelt one passes silently otherwise.
pub(in crate::cli) fn unknown() -> Option<String> {
    let command = Cli::command();
    let commands = std::iter::once(&command).chain(command.get_subcommands());
    let known: BTreeSet<_> = commands.flat_map(Command::get_arguments).filter_map(|arg| arg.get_env()).collect();
    let is_ours = |name: &String| name.starts_with("AGENT_HUB_") && !name.starts_with("AGENT_HUB_TEST_");
    let set = std::env::vars_os().map(|(name, _)| name).filter(|name| !known.contains(name.as_os_str()));
    let strange: Vec<_> = set.filter_map(|name| name.into_string().ok()).filter(is_ours).collect();
    if strange.is_empty() {
        return None;
    }
    Some(format!("no such setting: {}; see agent-hub serve --help", strange.join(", ")))
}

fn exposure(config: &Config) -> Finding {
    const CHECK: &str = "exposure";
    match config.check_exposure() {
        Err(told) => Finding::fail(CHECK, told),
        Ok(()) if config.listen.ip().is_loopback() => {
            Finding::ok(CHECK, format!("{} is this machine alone", config.listen))
        }
        Ok(()) if config.access.behind_proxy && config.access.trusted_proxy.is_empty() => {
            let told =
                "--behind-proxy without --trusted-proxy: failed logins of everybody count for the proxy's address";
            Finding::warn(CHECK, told)
        }
        Ok(()) if config.access.behind_proxy => {
            Finding::ok(CHECK, format!("{}, behind a proxy that speaks TLS", config.listen))
        }
        Ok(()) => {
            Finding::warn(CHECK, format!("--insecure: whoever is on the way to {} reads keys and data", config.listen))
        }
    }
}

fn secret(config: &Config, place: &Place) -> Finding {
    const CHECK: &str = "secret";
    let judge = |secret: &Secret, name: &str| match weakness(secret) {
        Some(why) => Finding::fail(CHECK, format!("{name} {why}; a good one: openssl rand -hex 32")),
        None => Finding::ok(CHECK, format!("{name} is long and random enough")),
    };
    if let Some(secret) = &config.access.jwt_secret {
        return judge(secret, "JWT_SECRET");
    }
    let Some(file) = place.secret_file() else {
        let told = "JWT_SECRET is needed with MySQL, the same on every node; a good one: openssl rand -hex 32";
        return Finding::fail(CHECK, told);
    };
    match std::fs::read_to_string(&file) {
        Ok(secret) => judge(&Secret::new(secret.trim()), &format!("the secret in {}", file.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Finding::ok(CHECK, format!("none yet: a start makes {}", file.display()))
        }
        Err(error) => Finding::fail(CHECK, format!("{} cannot be read: {error}", file.display())),
    }
}

/// The secret of before is for the time of a rotation.
fn previous(config: &Config, place: &Place) -> Option<Finding> {
    const CHECK: &str = "previous";
    let previous = config.access.jwt_secret_previous.as_ref()?;
    if let Some(why) = weakness(previous) {
        return Some(Finding::fail(CHECK, format!("JWT_SECRET_PREVIOUS {why}: take it out, every JWT of it ends")));
    }
    if config.access.jwt_secret.as_ref() == Some(previous) {
        return Some(Finding::warn(CHECK, "JWT_SECRET_PREVIOUS is the same as JWT_SECRET: take it out"));
    }
    let ttl = config.access.jwt_ttl;
    let since = age(&place.folder().join("hub.url"));
    Some(match since {
        Some(since) if since > ttl => {
            let told = format!(
                "the hub started {} ago, longer than a JWT lives ({}): JWT_SECRET_PREVIOUS can go",
                told(since),
                told(ttl)
            );
            Finding::warn(CHECK, told)
        }
        _ => {
            Finding::ok(CHECK, format!("JWT_SECRET_PREVIOUS is still accepted; {} after a start it can go", told(ttl)))
        }
    })
}

/// How long ago a file was written.
fn age(file: &Path) -> Option<Duration> {
    let written = std::fs::metadata(file).and_then(|file| file.modified()).ok()?;
    SystemTime::now().duration_since(written).ok()
}

fn told(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds @ 120..=7_199 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}
