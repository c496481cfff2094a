//! The folder and the files in it: whose they are, who can read them, and how much room is left.

use std::{
    fs::Metadata,
    io::ErrorKind,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::{
    app::place::Place,
    store::{beside, examine::Finding},
};

/// Below this much room nothing may be stored soon.
const ROOM_LEAST: u64 = 64 * 1024 * 1024;
/// Below this much room somebody should look.
const ROOM_GOOD: u64 = 1024 * 1024 * 1024;

/// What marks a file system that other machines have too.
const REMOTE: [(i64, &str); 4] = [(0x6969, "NFS"), (0xff53_4d42, "CIFS"), (0xfe53_4d42, "SMB"), (0x517b, "SMB")];

pub(super) fn examine(place: &Place) -> Vec<Finding> {
    if let Some(told) = place.missing_folder() {
        return vec![Finding::fail("folder", told)];
    }
    let folder = place.folder();
    let about = match std::fs::metadata(folder) {
        Ok(about) => about,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return vec![Finding::warn("folder", format!("there is no {}: a start makes it", folder.display()))];
        }
        Err(error) => return vec![Finding::fail("folder", format!("{}: {error}", folder.display()))],
    };
    let mut findings = vec![whose(folder, &about), private(&secrets(place))];
    if let Some(file) = place.database() {
        findings.extend(local(file, folder));
        findings.extend(room(folder));
    }
    findings
}

fn whose(folder: &Path, about: &Metadata) -> Finding {
    const CHECK: &str = "folder";
    let me = rustix::process::geteuid().as_raw();
    let shown = folder.display();
    if about.mode() & 0o002 != 0 {
        let told = format!("everybody on this machine can put files into {shown}: chmod o-w {shown}");
        return Finding::fail(CHECK, told);
    }
    if about.uid() != me {
        let told = format!(
            "{shown} belongs to user {}, and this is user {me}: run the hub as the one that owns it",
            about.uid()
        );
        return Finding::warn(CHECK, told);
    }
    if about.mode() & 0o020 != 0 {
        return Finding::warn(CHECK, format!("its group can put files into {shown}: chmod g-w {shown}"));
    }
    Finding::ok(CHECK, format!("{shown} is written by its owner alone"))
}

/// Whatever holds a key, a secret or data.
fn secrets(place: &Place) -> Vec<PathBuf> {
    let mut files = Vec::new();
    if let Some(database) = place.database() {
        files.push(database.to_owned());
        files.extend(["-wal", "-shm", ".jwt-secret"].map(|suffix| beside(database, suffix)));
    }
    let profiles = std::fs::read_dir(place.folder().join("profiles"));
    files.extend(profiles.into_iter().flatten().flatten().map(|entry| entry.path()).filter(|path| path.is_file()));
    files
}

fn private(files: &[PathBuf]) -> Finding {
    const CHECK: &str = "modes";
    let there = files.iter().filter_map(|file| Some((file, std::fs::metadata(file).ok()?)));
    let (mut count, mut open) = (0, Vec::new());
    for (file, about) in there {
        count += 1;
        if about.mode() & 0o077 != 0 {
            open.push(file.display().to_string());
        }
    }
    open.sort();
    if open.is_empty() {
        return Finding::ok(CHECK, format!("{count} files with keys and data are for their owner alone"));
    }
    Finding::fail(CHECK, format!("others can read keys or data: chmod 600 {}", open.join(" ")))
}

fn local(file: &Path, folder: &Path) -> Option<Finding> {
    let system = rustix::fs::statfs(if file.exists() { file } else { folder }).ok()?;
    #[allow(clippy::unnecessary_cast, reason = "its type differs by platform")]
    let kind = REMOTE.iter().find(|(mark, _)| *mark == system.f_type as i64);
    kind.map(|(_, name)| {
        let told = format!("{} is on {name}: locks are not safe there; move it to a local disk", file.display());
        Finding::fail("disk", told)
    })
}

fn room(folder: &Path) -> Option<Finding> {
    let system = rustix::fs::statvfs(folder).ok()?;
    Some(room_of(system.f_bavail.saturating_mul(system.f_frsize), folder))
}

fn room_of(bytes: u64, folder: &Path) -> Finding {
    const CHECK: &str = "room";
    let told = format!("{} MiB are free in {}", bytes / (1024 * 1024), folder.display());
    match bytes {
        ..ROOM_LEAST => Finding::fail(CHECK, format!("{told}: publishes will be refused; make room")),
        ROOM_LEAST..ROOM_GOOD => Finding::warn(CHECK, format!("{told}: make room, or lower --ttl-max")),
        _ => Finding::ok(CHECK, told),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::examine::Verdict;

    #[test]
    fn little_room_is_told_before_there_is_none() {
        let verdict = |mib: u64| room_of(mib * 1024 * 1024, Path::new("/data")).verdict;
        assert_eq!([verdict(10), verdict(100), verdict(2_000)], [Verdict::Fail, Verdict::Warn, Verdict::Ok]);
    }
}
