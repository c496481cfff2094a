//! Seeing inside the hub: what it counts and times of itself. Names of agents and channels are never labels.
//!
//! - [`metrics`]: every metric, and its text for Prometheus; [`histogram`]: how times and sizes are counted;
//! - [`process`]: what the system says of this process.

pub mod histogram;
pub mod metrics;
pub mod process;
