//! What the system says of this process.

/// Bytes of memory that the process has in use; `None` where the system does not say (`/proc` of Linux does).
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

/// Files and sockets that the process has open; `None` where the system does not say.
#[must_use]
pub fn open_files() -> Option<u64> {
    u64::try_from(std::fs::read_dir("/proc/self/fd").ok()?.count()).ok()
}
