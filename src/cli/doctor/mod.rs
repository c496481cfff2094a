//! `agent-hub doctor`: what is as it should be, and what to mend. It changes nothing, and works whether a hub runs or not.

mod files;
mod running;
pub(super) mod settings;
mod system;

use serde_json::json;

use super::{Failure, print_line};
use crate::{
    app::place::Place,
    config::Config,
    store::examine::{Finding, Verdict, examine_embedded, examine_server},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// One JSON object instead of lines
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    config: Config,
}

/// Settings are those that `serve` would have.
pub(super) async fn run(args: Args) -> Result<(), Failure> {
    let Args { json, config } = args;
    let place = Place::find(&config.database)?;
    let mut findings = settings::examine(&config, &place);
    findings.extend(files::examine(&place));
    findings.extend(match (place.database(), place.server()) {
        (Some(file), _) if file.exists() => examine_embedded(file).await,
        (Some(file), _) => vec![no_database(file)],
        (None, Some(url)) => examine_server(url.expose(), config.limits.data_max_bytes).await,
        (None, None) => Vec::new(),
    });
    findings.extend(system::examine(&config, &place));
    findings.push(running::examine(&place).await);
    print(&findings, json)?;
    let failed = findings.iter().filter(|finding| finding.verdict == Verdict::Fail).count();
    match failed {
        0 => Ok(()),
        1 => Err(Failure::Other("one thing has to be mended".into())),
        many => Err(Failure::Other(format!("{many} things have to be mended"))),
    }
}

fn no_database(file: &std::path::Path) -> Finding {
    Finding::warn("database", format!("there is none at {}: the first start makes it", file.display()))
}

fn print(findings: &[Finding], json: bool) -> Result<(), Failure> {
    if json {
        let worst = findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Ok);
        let answer = json!({"verdict": worst, "findings": findings});
        return print_line(&answer.to_string());
    }
    findings.iter().try_for_each(|Finding { verdict, check, told }| {
        print_line(&format!("{:<5} {check:<12} {}", verdict.as_str(), super::one_line(told)))
    })
}
