//! The hub itself: what it is, and what it measured of itself.

use std::sync::Arc;

use agent_hub_protocol::admin::{HistoryAnswer, HubAnswer};
use axum::extract::State;
use serde::Deserialize;

use crate::{
    error::{Error, Result},
    http::{
        Edge,
        extract::{Operator, Query},
    },
};

/// `GET /admin/hub`.
pub async fn show(State(edge): State<Arc<Edge>>, Operator(_): Operator) -> axum::Json<HubAnswer> {
    axum::Json(edge.hub.describe().await)
}

/// `?last=` samples.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    last: Option<usize>,
}

/// `GET /admin/history`.
pub async fn history(
    State(edge): State<Arc<Edge>>,
    Operator(_): Operator,
    Query(query): Query<HistoryQuery>,
) -> Result<axum::Json<HistoryAnswer>> {
    if query.last == Some(0) {
        return Err(Error::invalid("parameter `last`: expected at least 1"));
    }
    Ok(axum::Json(edge.hub.show_history(query.last)))
}
