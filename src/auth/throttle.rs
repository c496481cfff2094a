//! Failed logins are slowed down: by name and address, and by address. Only failures count, and only failures are refused:
//! nobody can lock an agent out that has the right key.

use std::{
    hash::BuildHasher,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::Mutex,
    time::{Duration, Instant},
};

use governor::{DefaultKeyedRateLimiter, Quota};

const PER_NAME: NonZeroU32 = NonZeroU32::new(10).unwrap();
const PER_NAME_REFILL: Duration = Duration::from_secs(5);
const PER_ADDRESS: NonZeroU32 = NonZeroU32::new(1_000).unwrap();
const PER_ADDRESS_REFILL: Duration = Duration::from_millis(100);
/// Beyond so many pairs, those that have recovered are forgotten.
const PAIRS_MAX: usize = 50_000;

/// Counts failed logins.
#[derive(Debug)]
pub struct Throttle {
    by_name: DefaultKeyedRateLimiter<(u64, IpAddr)>,
    by_address: DefaultKeyedRateLimiter<IpAddr>,
    hasher: std::hash::RandomState,
    forgot_at: Mutex<Instant>,
}

impl Default for Throttle {
    fn default() -> Self {
        let quota = |refill, burst| Quota::with_period(refill).unwrap_or(Quota::per_second(burst)).allow_burst(burst);
        Self {
            by_name: DefaultKeyedRateLimiter::keyed(quota(PER_NAME_REFILL, PER_NAME)),
            by_address: DefaultKeyedRateLimiter::keyed(quota(PER_ADDRESS_REFILL, PER_ADDRESS)),
            hasher: std::hash::RandomState::new(),
            forgot_at: Mutex::new(Instant::now()),
        }
    }
}

impl Throttle {
    /// Counts a failed login; `Some` with the seconds to wait when there were too many.
    pub fn failed(&self, name: &str, address: IpAddr) -> Option<u64> {
        self.forget_recovered();
        let address = network(address);
        // The address first: whoever exceeds it fills no table with made-up names.
        if self.by_address.check_key(&address).is_err() {
            return Some(PER_ADDRESS_REFILL.as_secs().max(1));
        }
        let pair = (self.hasher.hash_one(name), address);
        self.by_name.check_key(&pair).is_err().then_some(PER_NAME_REFILL.as_secs())
    }
}

impl Throttle {
    /// Keeps the tables small, at most once a second.
    fn forget_recovered(&self) {
        if self.by_name.len() <= PAIRS_MAX {
            return;
        }
        if let Ok(mut at) = self.forgot_at.try_lock()
            && at.elapsed() > Duration::from_secs(1)
        {
            *at = Instant::now();
            self.by_name.retain_recent();
            self.by_address.retain_recent();
        }
    }
}

/// Whoever has one IPv6 address has 2^64 of them: they count as one.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) & !u128::from(u64::MAX)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_failures_for_one_name_leave_others_alone() {
        let throttle = Throttle::default();
        let (here, there): (IpAddr, IpAddr) = ([127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        let refused = (0..300).filter(|_| throttle.failed("alice", here).is_some()).count();
        assert!(refused >= 280, "{refused}");
        assert_eq!(throttle.failed("bob", here), None);
        let [one, two] = ["2001:db8::1", "2001:db8::2"].map(|address| network(address.parse().unwrap()));
        assert_eq!(one, two);
        assert_eq!(throttle.failed("alice", there), None);
    }
}
