//! Seeing inside the hub: what it says of itself, and counts and times. Names of agents and channels are never labels.
//!
//! - [`logs`]: lines on standard error;
//! - [`traces`]: the way of a request through the hub, as spans, exported by OTLP where the feature `otel` is built in;
//! - [`metrics`]: every metric, and its text for Prometheus; [`histogram`]: how times and sizes are counted;
//! - [`process`]: what the system says of this process.

pub mod histogram;
pub mod logs;
pub mod metrics;
pub mod process;
pub mod traces;
