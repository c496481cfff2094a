//! The project's own measurements, each beside a peer measured in the same run on the same machine.
//!
//! `cargo bench --bench hub -- publish|sockets|push|scale|watch [NUMBER]`; without a name, all of them.
//! They start the release binary on a fresh folder and port 0, and speak to it over real sockets. With `BENCH_DATABASE`, the
//! address of an empty database of MySQL or MariaDB, `publish` and `push` measure a hub on that.
//!
//! - [`hub`]: the hub under test: start, add agents, log in, stop;
//! - [`http`], [`socket`]: clients that cost next to nothing, so that the hub is what is measured;
//! - [`fill`]: a database with as much in it as is asked for;
//! - [`peer`]: what the hub is compared with; this program starts itself again for those that need a process of their own;
//! - [`probe`]: CPU, memory, percentiles; [`table`]: how results are printed.

mod fill;
mod http;
mod hub;
mod peer;
mod probe;
mod publish;
mod push;
mod scale;
mod socket;
mod sockets;
mod table;
mod watch;

use std::process::ExitCode;

/// What a measurement may end with: it stops at the first thing that it did not expect.
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    // cargo adds `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let name = words.first().map_or("all", String::as_str);
    let number = words.get(1).and_then(|word| word.replace('_', "").parse().ok());
    match run(name, number) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(name: &str, number: Option<u64>) -> Outcome {
    if hub::server_database().is_some() && !["publish", "push"].contains(&name) && !name.starts_with("peer-") {
        return Err("with BENCH_DATABASE there are: publish, push".into());
    }
    match name {
        "publish" => one_thread(publish::run(number.unwrap_or(10))),
        "sockets" => one_thread(sockets::run(number.unwrap_or(10_000))),
        "push" => one_thread(push::run(number.unwrap_or(2_000))),
        "scale" => one_thread(scale::run(number.unwrap_or(1_000_000))),
        "watch" => one_thread(watch::run(number.unwrap_or(4))),
        "all" => ["publish", "sockets", "push", "scale", "watch"].iter().try_for_each(|name| run(name, number)),
        "peer-echo" => peer::echo(),
        "peer-sockets" => peer::sockets(),
        _ => Err("there are: publish [SECONDS], sockets [HOW MANY], push [PER SECOND], scale [ITEMS], watch [SECONDS]"
            .into()),
    }
}

/// The load runs on one thread: it is cheaper than a pool of them, and leaves the other core to the hub.
fn one_thread(measurement: impl Future<Output = Outcome>) -> Outcome {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(measurement)
}
