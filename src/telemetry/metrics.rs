//! Every metric of the hub. Prometheus reads them as text; the history and the dashboard read the same numbers.

use std::sync::atomic::{AtomicI64, AtomicU64};

use agent_hub_protocol::error::ErrorCode;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, info::Info},
    registry::{Registry, Unit},
};

use super::histogram::{Histogram, MEMBERS, SECONDS};

/// What a request asked for, and what it got.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabels {
    /// The route, as the router knows it; a path may hold a name.
    pub route: String,
    /// The method; `other` for those that no route has.
    pub method: &'static str,
    /// HTTP status.
    pub status: u16,
}

/// A stable code.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CodeLabels {
    /// As on the wire.
    pub code: &'static str,
}

/// What the hub is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BuildLabels {
    version: &'static str,
    database: &'static str,
}

macro_rules! metrics {
    ($($(#[doc = $help:literal])+ $field:ident: $kind:ident $(in $unit:ident)? = $name:literal;)*) => {
        /// What the hub counts of itself. To count is an atomic addition, or little more.
        #[derive(Debug)]
        pub struct Metrics {
            /// What is refused, by code; on a socket too.
            pub refused: Family<CodeLabels, Counter>,
            /// Requests by route.
            pub requests: Family<RequestLabels, Counter>,
            $($(#[doc = $help])+ pub $field: metrics!(@type $kind),)*
            registry: Registry,
        }

        impl Metrics {
            /// All at zero. `database` is `sqlite` or `mysql`.
            #[must_use]
            pub fn new(database: &'static str) -> Self {
                let mut registry = Registry::with_prefix("agent_hub");
                let build = BuildLabels { version: env!("CARGO_PKG_VERSION"), database };
                registry.register("build", "What runs", Info::new(build));
                let refused = Family::<CodeLabels, Counter>::default();
                registry.register("refused", "Refusals by code, by REST and on sockets", refused.clone());
                let requests = Family::<RequestLabels, Counter>::default();
                registry.register("requests", "REST requests by route, method and status", requests.clone());
                $(
                    let $field = metrics!(@new $kind);
                    let help = concat!($($help),+).trim();
                    metrics!(@register registry, $kind, $name, help, $field $(, $unit)?);
                )*
                Self { refused, requests, $($field,)* registry }
            }
        }
    };
    (@type times) => { Histogram };
    (@type sizes) => { Histogram };
    (@type counter) => { Counter };
    (@type gauge) => { Gauge };
    (@type decimal) => { Gauge<f64, AtomicU64> };
    (@new times) => { Histogram::new(SECONDS) };
    (@new sizes) => { Histogram::new(MEMBERS) };
    (@new counter) => { Counter::default() };
    (@new gauge) => { Gauge::<i64, AtomicI64>::default() };
    // Not a number until it is known.
    (@new decimal) => {{
        let gauge = Gauge::<f64, AtomicU64>::default();
        gauge.set(f64::NAN);
        gauge
    }};
    (@register $registry:ident, $kind:ident, $name:literal, $help:ident, $field:ident) => {
        $registry.register($name, $help.trim_end_matches('.'), $field.clone())
    };
    (@register $registry:ident, $kind:ident, $name:literal, $help:ident, $field:ident, $unit:ident) => {
        $registry.register_with_unit($name, $help.trim_end_matches('.'), Unit::$unit, $field.clone())
    };
}

metrics! {
    /// Items stored.
    published: counter = "published";
    /// Entries written to live sockets as they came.
    pushed: counter = "pushed";
    /// Entries read from the log for sessions that were behind, and written to their sockets.
    replayed: counter = "replayed";
    /// Cursors moved.
    acked: counter = "acked";
    /// Items retrieved.
    read: counter = "read";
    /// Items withdrawn by their publishers.
    withdrawn: counter = "withdrawn";
    /// Items whose data was erased because their time was over.
    expired: counter = "expired";
    /// Logins.
    logins: counter = "logins";
    /// Lines of the audit log that were lost, because the database did not take them in time. Anything but 0 is an alarm.
    audit_lost: counter = "audit_lost";
    /// Marks of readings that were lost for the same reason.
    readings_lost: counter = "readings_lost";
    /// Events that were too many to tell to those who watch.
    events_left_out: counter = "events_left_out";
    /// Batches that the database refused, or did not answer for.
    batches_failed: counter = "batches_failed";
    /// From the first statement of the writer's transaction to its commit.
    commit: times in Seconds = "commit";
    /// From the commit of an item to its notification written to a socket.
    push: times in Seconds = "push";
    /// From the head of a REST request to the head of its answer; not of inbox requests that wait.
    request: times in Seconds = "request";
    /// Members of the writer's transactions.
    batch: sizes = "batch_members";
    /// Live sessions.
    sessions: gauge = "sessions";
    /// Sessions that watch the traffic.
    watchers: gauge = "watchers";
    /// Open connections.
    connections: gauge = "connections";
    /// Jobs that wait for the writer.
    writer_queue: gauge = "writer_queue_jobs";
    /// Data that waits for the writer.
    writer_room: gauge in Bytes = "writer_queue";
    /// Entries that agents have not acknowledged; looked at four times a minute at most.
    backlog: decimal = "backlog_entries";
    /// Age of the oldest of these.
    oldest: decimal in Seconds = "backlog_oldest";
    /// Size of the database.
    store: decimal in Bytes = "store";
    /// Memory of the process.
    resident: gauge in Bytes = "resident_memory";
    /// Files and sockets that the process has open.
    open_files: gauge = "open_files";
}

impl Metrics {
    /// Counts a refusal.
    pub fn refuse(&self, code: ErrorCode) {
        self.refused.get_or_create(&CodeLabels { code: code.as_str() }).inc();
    }

    /// How much was refused, whatever the code.
    #[must_use]
    pub fn refusals(&self) -> u64 {
        ErrorCode::ALL.iter().map(|code| self.refused.get_or_create(&CodeLabels { code: code.as_str() }).get()).sum()
    }

    /// All of them in the older text format (Prometheus 0.0.4), which everything reads: there a counter is described under
    /// its sample's name, and has no unit.
    #[must_use]
    pub fn plain_text(&self) -> String {
        let text = self.text();
        let of_type = |suffix| -> Vec<&str> {
            text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(suffix)).collect()
        };
        let (counters, infos) = (of_type(" counter"), of_type(" info"));
        let mut plain = String::with_capacity(text.len());
        for line in text.lines() {
            let mut words = line.splitn(4, ' ');
            match [words.next(), words.next(), words.next(), words.next()] {
                [Some("#"), Some("EOF" | "UNIT"), ..] => continue,
                [Some("#"), Some(word), Some(name), Some(rest)] if counters.contains(&name) => {
                    plain.push_str(&format!("# {word} {name}_total {rest}"));
                }
                [Some("#"), Some("TYPE"), Some(name), Some("info")] => {
                    plain.push_str(&format!("# TYPE {name}_info gauge"));
                }
                [Some("#"), Some(word), Some(name), Some(rest)] if infos.contains(&name) => {
                    plain.push_str(&format!("# {word} {name}_info {rest}"));
                }
                _ => plain.push_str(line),
            }
            plain.push('\n');
        }
        plain
    }

    /// All of them, as text for Prometheus (OpenMetrics 1.0).
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(16 * 1024);
        // Writing to a string cannot fail.
        encode(&mut text, &self.registry).unwrap_or_default();
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_not_a_number() {
        let metrics = Metrics::new("sqlite");
        assert!(metrics.text().contains("\nagent_hub_backlog_oldest_seconds NaN\n"), "{}", metrics.text());
        metrics.oldest.set(0.0);
        assert!(metrics.text().contains("\nagent_hub_backlog_oldest_seconds 0.0\n"));
    }
}
