//! What the hub measures of itself, every five seconds, and the last hour of it: kept here, so that a page just opened is not
//! empty. The same look sets the gauges that Prometheus reads.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use agent_hub_protocol::{admin::HistoryAnswer, time::Timestamp};
use tokio_util::sync::CancellationToken;

use super::Hub;
use crate::{
    clock,
    error::Result,
    telemetry::{histogram::Reading, process},
};

/// Between two samples.
const EVERY: Duration = Duration::from_secs(5);
/// Samples that are kept: an hour.
const KEPT: usize = 720;
/// What the database has to be asked for is asked for this rarely,
const ASKED_EVERY: Duration = Duration::from_secs(15);
/// and at most this share of the time is spent on it.
const ASKED_SHARE: u32 = 50;

/// What is sampled, in the order of [`Sample`].
const COLUMNS: [&str; 21] = [
    "requests_per_s",
    "refused_per_s",
    "published_per_s",
    "pushed_per_s",
    "replayed_per_s",
    "acked_per_s",
    "read_per_s",
    "commit_p50_ms",
    "commit_p99_ms",
    "push_p50_ms",
    "push_p99_ms",
    "batch_mean",
    "sessions",
    "connections",
    "writer_queue",
    "writer_room_bytes",
    "backlog",
    "oldest_s",
    "resident_bytes",
    "store_bytes",
    "open_files",
];

type Sample = [Option<f64>; COLUMNS.len()];

/// The last hour.
#[derive(Debug, Default)]
pub struct History {
    kept: Mutex<Kept>,
    /// What only the database knows is known just now.
    is_known: AtomicBool,
}

#[derive(Debug, Default)]
struct Kept {
    samples: VecDeque<Sample>,
    until: i64,
}

/// Counters and histograms at the last sample.
struct Before {
    at: Instant,
    counts: [u64; 7],
    commit: Reading,
    push: Reading,
    batch: Reading,
}

impl Before {
    fn read(hub: &Hub) -> Self {
        let metrics = &hub.metrics;
        let counts = [
            metrics.request.read().count(),
            metrics.refusals(),
            metrics.published.get(),
            metrics.pushed.get(),
            metrics.replayed.get(),
            metrics.acked.get(),
            metrics.read.get(),
        ];
        let (commit, push, batch) = (metrics.commit.read(), metrics.push.read(), metrics.batch.read());
        Self { at: Instant::now(), counts, commit, push, batch }
    }

    /// The sample of what came since.
    fn sample(&self, now: &Self, hub: &Hub) -> Sample {
        let seconds = (now.at - self.at).as_secs_f64().max(0.001);
        let (metrics, is_known) = (&hub.metrics, hub.history.is_known.load(Ordering::Relaxed));
        let ms = |reading: &Reading, q| reading.quantile(q).map(|seconds| seconds * 1000.0);
        let (commit, push) = (now.commit.since(&self.commit), now.push.since(&self.push));
        let mut sample = [None; COLUMNS.len()];
        for (value, (new, old)) in sample.iter_mut().zip(now.counts.iter().zip(self.counts)) {
            *value = Some(new.saturating_sub(old) as f64 / seconds);
        }
        let rest = [
            ms(&commit, 0.5),
            ms(&commit, 0.99),
            ms(&push, 0.5),
            ms(&push, 0.99),
            now.batch.since(&self.batch).mean(),
            Some(metrics.sessions.get() as f64),
            Some(metrics.connections.get() as f64),
            Some(metrics.writer_queue.get() as f64),
            Some(metrics.writer_room.get() as f64),
            Some(metrics.backlog.get()).filter(|_| is_known),
            Some(metrics.oldest.get()).filter(|_| is_known),
            Some(metrics.resident.get() as f64).filter(|bytes| *bytes > 0.0),
            Some(metrics.store.get()).filter(|_| is_known),
            Some(metrics.open_files.get() as f64).filter(|files| *files > 0.0),
        ];
        sample[self.counts.len()..].copy_from_slice(&rest);
        sample
    }
}

impl Hub {
    /// The last hour, or only the last samples of it.
    #[must_use]
    pub fn show_history(&self, last: Option<usize>) -> HistoryAnswer {
        let kept = self.history.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let skipped = kept.samples.len().saturating_sub(last.unwrap_or(KEPT));
        let column = |index: usize| {
            let values = kept.samples.iter().skip(skipped).map(|sample| sample[index].map(rounded));
            (COLUMNS[index].to_owned(), values.collect())
        };
        let series: BTreeMap<_, _> = (0..COLUMNS.len()).map(column).collect();
        HistoryAnswer {
            interval_s: EVERY.as_secs() as u32,
            until: Timestamp(if kept.samples.is_empty() { self.started_at } else { kept.until }),
            series,
        }
    }

    /// Sets the gauges that are not counted as things happen.
    pub fn gauge(&self) {
        let metrics = &self.metrics;
        let set = |gauge: &prometheus_client::metrics::gauge::Gauge, value: usize| {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        set(&metrics.sessions, self.registry.count_sessions());
        set(&metrics.watchers, self.registry.traffic.watchers());
        let (jobs, bytes) = self.writer.waiting();
        set(&metrics.writer_queue, jobs);
        set(&metrics.writer_room, bytes);
        set(&metrics.resident, process::resident_bytes().unwrap_or(0) as usize);
    }

    /// Asks the database for what only it knows.
    async fn gauge_store(&self) -> Result<()> {
        let (backlog, oldest) = self.store.total_behind().await?;
        self.metrics.backlog.set(backlog as f64);
        let age_ms = oldest.map_or(0, |at| clock::now_ms().saturating_sub(at).max(0));
        self.metrics.oldest.set(age_ms as f64 / 1000.0);
        self.metrics.store.set(self.store.size_bytes().await? as f64);
        Ok(())
    }
}

/// Asks the database from time to time; apart from the samples, which must not wait for it.
pub(super) async fn ask(hub: Arc<Hub>, stop: CancellationToken) {
    let asking = async {
        loop {
            let begun = Instant::now();
            let asked = hub.gauge_store().await;
            if let Err(error) = &asked {
                tracing::warn!(%error, "the backlog could not be looked at; its gauges stay as they were");
            }
            hub.history.is_known.store(asked.is_ok(), Ordering::Relaxed);
            // What failed is not measured by how long it took to.
            let took = if asked.is_ok() { begun.elapsed() } else { Duration::ZERO };
            tokio::time::sleep(ASKED_EVERY.max(took * ASKED_SHARE)).await;
        }
    };
    stop.run_until_cancelled(asking).await;
}

/// To four digits or so: the history is read by people.
fn rounded(value: f64) -> f64 {
    if value.abs() >= 100.0 { value.round() } else { (value * 1000.0).round() / 1000.0 }
}

/// Samples, for as long as the hub runs.
pub(super) async fn sample(hub: Arc<Hub>, stop: CancellationToken) {
    let mut before = Before::read(&hub);
    while stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        hub.gauge();
        // The system counts them one by one: not at each request for the metrics.
        let files = process::open_files().unwrap_or(0);
        hub.metrics.open_files.set(i64::try_from(files).unwrap_or(i64::MAX));
        let now = Before::read(&hub);
        let sample = before.sample(&now, &hub);
        before = now;
        let mut kept = hub.history.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.samples.len() >= KEPT {
            kept.samples.pop_front();
        }
        kept.samples.push_back(sample);
        kept.until = clock::now_ms();
    }
}
