//! Liveness and readiness.

use std::sync::Arc;

use axum::{Json, extract::State};
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
