//! A hub that runs here: who holds the database, and whether it answers.

use std::{os::unix::fs::MetadataExt, path::Path, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::{
    app::place::Place,
    store::{beside, examine::Finding},
};

const CHECK: &str = "hub";
/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// More of an answer is not looked at.
const ANSWER_MAX: u64 = 4096;

pub(super) async fn examine(place: &Place) -> Finding {
    let holder = place.database().and_then(|database| holder(&beside(&real(database), ".lock")));
    let url = std::fs::read_to_string(place.folder().join("hub.url")).unwrap_or_default();
    let Some(address) = url.trim().strip_prefix("http://") else {
        return match holder {
            Some(pid) => {
                Finding::fail(CHECK, format!("process {pid} holds the database, and no hub has said where it is"))
            }
            None => Finding::ok(CHECK, "none has been started here yet"),
        };
    };
    let (health, ready) = (ask(address, "/health").await, ask(address, "/ready").await);
    match (health, ready, holder) {
        (Some(200), Some(200), Some(pid)) => {
            Finding::ok(CHECK, format!("it runs, as process {pid}, and is ready: http://{address}"))
        }
        (Some(200), Some(200), None) => Finding::ok(CHECK, format!("it runs, and is ready: http://{address}")),
        (Some(200), _, _) => Finding::fail(
            CHECK,
            format!("http://{address} lives, and is not ready: it cannot reach its database, or clocks differ"),
        ),
        (_, _, Some(pid)) => Finding::fail(
            CHECK,
            format!(
                "process {pid} holds the database, and http://{address} does not answer: look at its log, or stop it"
            ),
        ),
        (Some(status), _, None) => {
            Finding::warn(CHECK, format!("something else answers at http://{address}, with status {status}"))
        }
        (None, _, None) => Finding::ok(CHECK, format!("none runs; the last one was at http://{address}")),
    }
}

/// The hub takes its lock beside the file itself, by whatever name it was reached.
fn real(database: &Path) -> std::path::PathBuf {
    std::fs::canonicalize(database).unwrap_or_else(|_| database.to_owned())
}

/// The process that has locked a file, as the system tells it: to try the lock could keep a hub from starting.
fn holder(lock: &Path) -> Option<u32> {
    let inode = std::fs::metadata(lock).ok()?.ino();
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    holder_in(&locks, inode)
}

/// Of `1: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF`, process 1234 has locked inode 5678.
fn holder_in(locks: &str, inode: u64) -> Option<u32> {
    locks.lines().find_map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        let [_, "FLOCK", _, "WRITE", pid, file, ..] = words.as_slice() else { return None };
        let of = file.rsplit(':').next()?.parse::<u64>().ok()?;
        if of == inode { pid.parse().ok() } else { None }
    })
}

/// The status of the answer to a GET, if there is one.
async fn ask(address: &str, path: &str) -> Option<u16> {
    let answer = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.take(ANSWER_MAX).read_to_string(&mut answer).await.ok()?;
        answer.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
    };
    tokio::time::timeout(PATIENCE, answer).await.ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_holds_a_lock_is_found() {
        let locks = "1: POSIX  ADVISORY  WRITE 10 fe:00:77 0 EOF\n2: FLOCK  ADVISORY  READ 11 fe:00:77 0 EOF\n\
                     3: FLOCK  ADVISORY  WRITE 12 fe:00:78 0 EOF\n4: FLOCK  ADVISORY  WRITE 13 fe:00:77 0 EOF\n";
        assert_eq!(holder_in(locks, 77), Some(13));
        assert_eq!(holder_in(locks, 79), None);
    }
}
