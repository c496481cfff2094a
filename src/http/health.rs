//! Liveness, readiness, and metrics.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
    response::IntoResponse,
};
use serde_json::{Value, json};

use super::Edge;
use crate::error::Result;

/// The process runs.
#[utoipa::path(
    get, path = "/health", tag = "health", operation_id = "health", security(()),
    responses((status = 200, description = "It does.", body = Object)),
)]
pub async fn live() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// The hub can do its work.
#[utoipa::path(
    get, path = "/ready", tag = "health", operation_id = "ready", security(()),
    responses((status = 200, description = "It can.", body = Object)),
    extensions(("x-codes" = json!(["unavailable"]))),
)]
pub async fn ready(State(edge): State<Arc<Edge>>) -> Result<Json<Value>> {
    edge.hub.check_ready().await?;
    Ok(Json(json!({ "status": "ready" })))
}

/// The media types of OpenMetrics 1.0, and of the text that came before it.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const PLAIN_METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Everything that is counted, for Prometheus, in the format that it asks for.
#[utoipa::path(
    get, path = "/metrics", tag = "health", operation_id = "metrics", security(()),
    responses((
        status = 200, description = "Metrics as text.",
        content((String = "application/openmetrics-text"), (String = "text/plain")),
    )),
)]
pub async fn metrics(State(edge): State<Arc<Edge>>, headers: HeaderMap) -> impl IntoResponse {
    edge.hub.gauge();
    let metrics = &edge.hub.metrics;
    let mut accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    if accepted.any(|media| media.contains("application/openmetrics-text")) {
        ([(header::CONTENT_TYPE, OPEN_METRICS)], metrics.text())
    } else {
        ([(header::CONTENT_TYPE, PLAIN_METRICS)], metrics.plain_text())
    }
}
