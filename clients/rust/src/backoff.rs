//! How long to wait before the next try: a random time, so that those who were cut off together do not come back together.

use std::time::Duration;

/// Growing random pauses.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    first: Duration,
    most: Duration,
    tries: u32,
}

impl Backoff {
    /// Between two sockets: up to 1 s, 2 s, 4 s … 30 s.
    pub(crate) const fn of_sessions() -> Self {
        Self { first: Duration::from_secs(1), most: Duration::from_secs(30), tries: 0 }
    }

    /// Between two requests: up to 0.1 s, 0.2 s, 0.4 s … 5 s.
    pub(crate) const fn of_requests() -> Self {
        Self { first: Duration::from_millis(100), most: Duration::from_secs(5), tries: 0 }
    }

    /// The next pause.
    pub(crate) fn pause(&mut self) -> Duration {
        let most = self.first.saturating_mul(1 << self.tries.min(16)).min(self.most);
        self.tries += 1;
        part_of(most)
    }

    /// It worked: begin anew.
    pub(crate) fn reset(&mut self) {
        self.tries = 0;
    }
}

/// A random part of `most`.
pub(crate) fn part_of(most: Duration) -> Duration {
    // Without randomness of the system, half of it is as good as any.
    let drawn = getrandom::u32().unwrap_or(u32::MAX / 2);
    most.mul_f64(f64::from(drawn) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_their_limit_and_begin_anew() {
        let mut backoff = Backoff::of_sessions();
        for most in [1, 2, 4, 8, 16, 30, 30] {
            assert!(backoff.pause() <= Duration::from_secs(most));
        }
        backoff.reset();
        assert!(backoff.pause() <= Duration::from_secs(1));
    }
}
