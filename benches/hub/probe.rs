//! What a process has cost, and how long things took.

use std::{fs, process::Command, time::Duration};

use crate::Outcome;

/// Ticks of `/proc/PID/stat` in a second: a constant of the Linux ABI.
const TICKS_PER_S: f64 = 100.0;

/// CPU seconds that a process has used, in user and kernel mode.
pub fn cpu_s(pid: u32) -> Outcome<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field is the name in brackets and may hold spaces; `utime` and `stime` are the 12th and 13th behind it.
    let behind_name = stat.rsplit_once(") ").ok_or("unreadable /proc/PID/stat")?.1;
    let ticks: f64 = behind_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS_PER_S)
}

/// Resident memory of a process, in KiB.
pub fn resident_kib(pid: u32) -> Outcome<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// Lets this process and its children open `files` files, if that is allowed.
pub fn allow_open_files(files: u64) {
    let pid = std::process::id().to_string();
    let limit = format!("--nofile={files}:{files}");
    let raised = Command::new("prlimit").args(["--pid", &pid, &limit]).status();
    if !raised.is_ok_and(|status| status.success()) {
        eprintln!("could not raise the limit of open files to {files}: go on with what there is (see `ulimit -n`)");
    }
}

/// How long each of many things took.
#[derive(Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// One more.
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// How many.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// All of several in one.
    pub fn merge(several: impl IntoIterator<Item = Self>) -> Self {
        Self(several.into_iter().flat_map(|times| times.0).collect())
    }

    /// The median and the 99th percentile, in milliseconds.
    pub fn p50_p99_ms(&self) -> (f64, f64) {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let at = |percent: usize| sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1)));
        let ms = |percent| at(percent).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3);
        (ms(50), ms(99))
    }

    /// The times at these fractions, in milliseconds: `p50 1.23  p99 4.56`, and the longest.
    pub fn describe(mut self, fractions: &[(&str, f64)]) -> String {
        if self.0.is_empty() {
            return "nothing measured".into();
        }
        self.0.sort_unstable();
        let last = self.0.len() - 1;
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let at = |fraction: f64| self.0[((last as f64 * fraction).ceil() as usize).min(last)];
        let mut told: Vec<String> =
            fractions.iter().map(|(name, fraction)| format!("{name} {:.2}", ms(at(*fraction)))).collect();
        told.push(format!("max {:.2} ms", ms(self.0[last])));
        told.join("  ")
    }
}

/// The fractions that matter for something a person or an agent waits for.
pub const USUAL: &[(&str, f64)] = &[("p50", 0.50), ("p99", 0.99), ("p99.9", 0.999)];
