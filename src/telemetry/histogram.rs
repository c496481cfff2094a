//! Times and sizes, counted in buckets without a lock: a push is timed ten thousand times a second. Two readings of one
//! histogram give the quantiles of what came between them, which the library's own does not tell.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use prometheus_client::{
    encoding::{EncodeMetric, MetricEncoder, NoLabelSet},
    metrics::MetricType,
};

/// Upper bounds for times, in seconds: six to the decade from 0.1 ms to 10 s.
pub const SECONDS: &[f64] = &[
    0.0001, 0.000_15, 0.0002, 0.0003, 0.0005, 0.0007, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02,
    0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0,
];
/// Upper bounds for the members of a batch.
pub const MEMBERS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// A histogram. Clones count into the same buckets.
#[derive(Debug, Clone)]
pub struct Histogram {
    bounds: &'static [f64],
    /// One for each bound, and one for what is beyond the last.
    buckets: Arc<[AtomicU64]>,
    /// In millionths of the unit.
    sum_millionths: Arc<AtomicU64>,
}

impl Histogram {
    /// One with these ascending upper bounds.
    #[must_use]
    pub fn new(bounds: &'static [f64]) -> Self {
        let buckets = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, buckets, sum_millionths: Arc::default() }
    }

    /// Counts `value`, which is not negative.
    pub fn observe(&self, value: f64) {
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates, and is not negative")]
        self.sum_millionths.fetch_add((value * 1e6) as u64, Ordering::Relaxed);
    }

    /// What has been counted so far.
    #[must_use]
    pub fn read(&self) -> Reading {
        let counts = self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect();
        Reading { bounds: self.bounds, counts, sum: self.sum_millionths.load(Ordering::Relaxed) as f64 / 1e6 }
    }
}

/// A histogram at one moment, or between two.
#[derive(Debug, Clone)]
pub struct Reading {
    bounds: &'static [f64],
    counts: Vec<u64>,
    sum: f64,
}

impl Reading {
    /// What was counted since `before`, an earlier reading of the same histogram.
    #[must_use]
    pub fn since(&self, before: &Self) -> Self {
        let counts = self.counts.iter().zip(&before.counts).map(|(now, then)| now.saturating_sub(*then)).collect();
        Self { bounds: self.bounds, counts, sum: self.sum - before.sum }
    }

    /// How many values.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Their mean; `None` without any.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        let count = self.count();
        (count > 0).then(|| self.sum / count as f64)
    }

    /// The value below which the share `q` of all values lies, read off within its bucket; `None` without any value.
    #[must_use]
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        let rank = q * count as f64;
        let mut below = 0.0;
        for (index, inside) in self.counts.iter().enumerate() {
            let inside = *inside as f64;
            if inside > 0.0 && below + inside >= rank {
                let low = if index == 0 { 0.0 } else { self.bounds[index - 1] };
                // Beyond the last bound nothing is known but that it is more.
                let high = self.bounds.get(index).copied().unwrap_or(low);
                return Some(low + (high - low) * ((rank - below) / inside).clamp(0.0, 1.0));
            }
            below += inside;
        }
        self.bounds.last().copied()
    }
}

impl EncodeMetric for Histogram {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        let Reading { bounds, counts, sum } = self.read();
        let bounds = bounds.iter().copied().chain(std::iter::once(f64::MAX));
        let buckets: Vec<(f64, u64)> = bounds.zip(counts.iter().copied()).collect();
        encoder.encode_histogram::<NoLabelSet>(sum, counts.iter().sum(), &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_read_off_what_came_between_two_readings() {
        let histogram = Histogram::new(SECONDS);
        (0..100).for_each(|_| histogram.observe(3.0));
        let before = histogram.read();
        assert_eq!(before.since(&before).quantile(0.5), None);
        (0..98).for_each(|_| histogram.observe(0.0012));
        (0..2).for_each(|_| histogram.observe(0.18));
        let between = histogram.read().since(&before);
        let (half, most) = (between.quantile(0.5).unwrap(), between.quantile(0.99).unwrap());
        assert!((0.001..=0.0015).contains(&half) && (0.15..=0.2).contains(&most), "{half} {most}");
        assert!((between.mean().unwrap() - 0.004_776).abs() < 1e-5);
    }

    #[test]
    fn what_is_beyond_every_bound_is_counted() {
        let histogram = Histogram::new(MEMBERS);
        histogram.observe(100_000.0);
        assert_eq!((histogram.read().count(), histogram.read().quantile(0.5)), (1, Some(512.0)));
    }
}
