//! Liveness, readiness, and metrics.

use std::sync::Arc;

use axum::{Json, extract::State, http::header, response::IntoResponse};
use serde_json::{Value, json};

use super::Edge;
use crate::error::Result;

/// `GET /health`: the process runs.
pub async fn live() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// `GET /ready`: the hub can do its work.
pub async fn ready(State(edge): State<Arc<Edge>>) -> Result<Json<Value>> {
    edge.hub.check_ready().await?;
    Ok(Json(json!({ "status": "ready" })))
}

/// The media type of OpenMetrics 1.0, which Prometheus reads.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `GET /metrics`: everything that is counted, for Prometheus.
pub async fn metrics(State(edge): State<Arc<Edge>>) -> impl IntoResponse {
    edge.hub.gauge();
    ([(header::CONTENT_TYPE, OPEN_METRICS)], edge.hub.metrics.text())
}
