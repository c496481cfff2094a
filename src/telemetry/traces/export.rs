//! The export of spans by OTLP, over HTTP, as the standard variables (`OTEL_EXPORTER_OTLP_ENDPOINT` and so on) say.

use std::time::Duration;

use agent_hub_protocol::trace::TraceParent;
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider},
};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{
    Layer, Registry,
    filter::{LevelFilter, filter_fn},
    layer::Identity,
};

use super::TARGET;

/// Where spans go; without either, nowhere.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
/// How long the last spans may take at the end.
const LAST_EXPORT: Duration = Duration::from_millis(400);

type Spans = Box<dyn Layer<Registry> + Send + Sync>;

/// The export, until it is ended.
#[derive(Debug)]
pub struct Export(Option<SdkTracerProvider>);

impl Export {
    /// Sends what is left. Blocks for a moment: not for an asynchronous task.
    pub fn finish(self) {
        if let Some(error) = self.0.and_then(|provider| provider.shutdown_with_timeout(LAST_EXPORT).err()) {
            tracing::warn!(%error, "the last spans were not exported");
        }
    }
}

/// What listens to the hub's spans, if somebody is to be told. For before the asynchronous runtime starts: the exporter has a
/// thread of its own.
pub(in crate::telemetry) fn start() -> Result<(Spans, Export), String> {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let says = |name: &str, what: &str| std::env::var(name).is_ok_and(|value| value.trim().eq_ignore_ascii_case(what));
    let is_off = says("OTEL_SDK_DISABLED", "true") || says("OTEL_TRACES_EXPORTER", "none");
    if is_off || !ENDPOINTS.iter().any(is_set) {
        // Not without a filter: that would listen to everything.
        return Ok((Box::new(Identity::new().with_filter(LevelFilter::OFF)), Export(None)));
    }
    let exporter = SpanExporter::builder().with_http().build();
    let exporter = exporter.map_err(|error| format!("traces cannot be exported: {error}"))?;
    let mut resource = Resource::builder();
    if !is_set(&"OTEL_SERVICE_NAME") {
        resource = resource.with_service_name("agent-hub");
    }
    let version = opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let resource = resource.with_attribute(version).build();
    let provider = SdkTracerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build();
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("agent-hub"))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_target(false)
        .with_level(false)
        .with_filter(filter_fn(|meta| meta.is_span() && meta.target() == TARGET));
    Ok((Box::new(spans), Export(Some(provider))))
}

pub(super) fn set_parent(span: &Span, parent: TraceParent) {
    let remote = SpanContext::new(
        TraceId::from_bytes(parent.trace_id),
        SpanId::from_bytes(parent.parent_id),
        TraceFlags::new(parent.flags),
        true,
        TraceState::default(),
    );
    // Nobody may listen to the span.
    drop(span.set_parent(Context::new().with_remote_span_context(remote)));
}

/// Links `span` to `other`, in whichever traces they are.
pub(super) fn link(span: &Span, other: &Span) {
    if !other.is_disabled() {
        span.add_link(other.context().span().span_context().clone());
    }
}
