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

/// What the hub is: version, ids, database, limits.
#[utoipa::path(
    get, path = "/admin/hub", tag = "administration", operation_id = "admin_show_hub",
    responses((status = 200, description = "The hub.", body = HubAnswer)),
)]
pub async fn show(State(edge): State<Arc<Edge>>, Operator(_): Operator) -> axum::Json<HubAnswer> {
    axum::Json(edge.hub.describe().await)
}

/// `?last=` samples.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    /// Only so many samples, the last ones.
    last: Option<u32>,
}

/// What the hub measured of itself over the last hour.
#[utoipa::path(
    get, path = "/admin/history", tag = "administration", operation_id = "admin_history",
    params(HistoryQuery),
    responses((status = 200, description = "Columns of samples, the oldest first.", body = HistoryAnswer)),
)]
pub async fn history(
    State(edge): State<Arc<Edge>>,
    Operator(_): Operator,
    Query(query): Query<HistoryQuery>,
) -> Result<axum::Json<HistoryAnswer>> {
    if query.last == Some(0) {
        return Err(Error::invalid("parameter `last`: expected at least 1"));
    }
    Ok(axum::Json(edge.hub.show_history(query.last.map(|last| last as usize))))
}
