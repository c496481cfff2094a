//! How many frames a client may send: a token bucket, one for each session.

use std::time::Instant;

/// Frames a second, for as long as it likes.
const PER_SECOND: f64 = 2_000.0;
/// Frames at once.
const BURST: f64 = 5_500.0;

/// The bucket.
#[derive(Debug)]
pub struct Pace {
    left: f64,
    at: Instant,
}

impl Pace {
    /// Full.
    pub fn new() -> Self {
        Self { left: BURST, at: Instant::now() }
    }

    /// Whether one more frame may come now.
    pub fn allows(&mut self) -> bool {
        let now = Instant::now();
        self.left = (self.left + now.duration_since(self.at).as_secs_f64() * PER_SECOND).min(BURST) - 1.0;
        self.at = now;
        self.left >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_a_flood_does_not() {
        let mut pace = Pace::new();
        let passed = (0..20_000).take_while(|_| pace.allows()).count();
        assert!((5_500..15_000).contains(&passed), "{passed}");
    }
}
