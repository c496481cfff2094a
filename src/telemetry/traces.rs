//! Traces: the way of a request through the hub. Every span that is exported is made here, so that what it may tell is seen at a
//! glance: routes, kinds, sizes, counts and codes. Never a token, a key, data, or what something is called.
//!
//! Without the feature `otel`, and without an endpoint to export to, nobody listens to these spans, and they cost next to nothing.

use agent_hub_protocol::trace::TraceParent;
use tracing::{Span, field::Empty};

#[cfg(feature = "otel")]
mod export;
#[cfg(not(feature = "otel"))]
mod export {
    //! Nothing is exported.
    use agent_hub_protocol::trace::TraceParent;
    use tracing::Span;
    use tracing_subscriber::{Layer, Registry, filter::LevelFilter, layer::Identity};

    /// Would end the export.
    #[derive(Debug)]
    pub struct Export;

    impl Export {
        /// Nothing to end.
        pub fn finish(self) {}
    }

    /// A layer without a filter would listen to everything: then every span is made, and every library's finest lines too.
    pub(in crate::telemetry) fn start() -> Result<(impl Layer<Registry>, Export), String> {
        Ok((Identity::new().with_filter(LevelFilter::OFF), Export))
    }

    pub(super) fn set_parent(_: &Span, _: TraceParent) {}

    pub(super) fn link(_: &Span, _: &Span) {}
}

pub use export::Export;
pub(super) use export::start;

/// Target of the spans that are exported, which the log leaves out.
pub const TARGET: &str = "agent_hub::trace";

/// A REST request, from its head to its answer. `route` is as it is registered: a path may hold a token.
#[must_use]
pub fn request(method: &str, route: &str, parent: Option<TraceParent>) -> Span {
    let span = tracing::info_span!(
        target: TARGET, "request",
        otel.name = %format_args!("{method} {route}"), otel.kind = "server", otel.status_code = Empty,
        http.request.method = method, http.route = route, http.response.status_code = Empty, error.type = Empty,
    );
    continue_from(span, parent)
}

/// A frame that asks something, from its arrival to its answer.
#[must_use]
pub fn frame(kind: &str, parent: Option<TraceParent>) -> Span {
    let span = tracing::info_span!(
        target: TARGET, parent: None, "frame",
        otel.name = kind, otel.kind = "server", otel.status_code = Empty, error.type = Empty,
    );
    continue_from(span, parent)
}

/// Notes the status of an answer, and the code of a refusal.
pub fn answered(span: &Span, status: u16, code: Option<&str>) {
    span.record("http.response.status_code", status);
    refused(span, code);
    // What a client did wrong is no error of the hub.
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}

/// Notes the code of a refusal.
pub fn refused(span: &Span, code: Option<&str>) {
    if let Some(code) = code {
        span.record("error.type", code);
    }
}

/// A publish, from when it is taken to when everybody is told.
#[must_use]
pub fn publish(bytes: usize, streams: usize) -> Span {
    tracing::info_span!(
        target: TARGET, "publish",
        agent_hub.bytes = bytes, agent_hub.streams = streams, error.type = Empty,
    )
}

/// One transaction of the writer. It belongs to all the publishes in it, and to none of their traces: it is linked to them.
#[must_use]
pub fn commit<'a>(members: usize, publishes: impl Iterator<Item = &'a Span>) -> Span {
    let span = tracing::info_span!(
        target: TARGET, parent: None, "commit",
        agent_hub.members = members, otel.status_code = Empty, error.type = Empty,
    );
    if !span.is_disabled() {
        for publish in publishes {
            export::link(&span, publish);
            export::link(publish, &span);
        }
    }
    span
}

/// Notes that a transaction did not come about.
pub fn failed(span: &Span, why: &str) {
    span.record("otel.status_code", "ERROR");
    span.record("error.type", why);
}

/// The push of one entry, from its commit to when the last live session has taken it.
#[must_use]
pub fn push(publish: &Span) -> Span {
    tracing::info_span!(target: TARGET, parent: publish, "push")
}

/// The reading of an item.
#[must_use]
pub fn retrieve() -> Span {
    tracing::info_span!(target: TARGET, "retrieve", error.type = Empty)
}

fn continue_from(span: Span, parent: Option<TraceParent>) -> Span {
    if let Some(parent) = parent {
        export::set_parent(&span, parent);
    }
    span
}

#[cfg(test)]
mod tests {
    use tracing::Level;
    use tracing_subscriber::{Layer, filter::LevelFilter, layer::SubscriberExt};

    #[test]
    fn where_nothing_is_exported_no_span_is_made_and_no_fine_line_is_listened_to() {
        let (spans, _export) = super::start().unwrap();
        let lines = tracing_subscriber::fmt::layer().with_writer(std::io::sink).with_filter(LevelFilter::INFO);
        let listeners = tracing_subscriber::registry().with(spans).with(lines);
        tracing::subscriber::with_default(listeners, || {
            assert!(!tracing::enabled!(Level::DEBUG));
            assert!(tracing::enabled!(Level::INFO));
            assert_eq!(LevelFilter::current(), LevelFilter::INFO);
        });
    }
}
