//! Items: what was published last, and the life of one.

use std::sync::Arc;

use agent_hub_protocol::admin::{ItemLife, ItemsAnswer};
use axum::extract::State;
use serde::Deserialize;

use crate::{
    error::Result,
    http::{
        Edge,
        extract::{Operator, Param, Query, limit},
    },
};

/// `?before=&address=&limit=`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemsQuery {
    before: Option<String>,
    address: Option<String>,
    limit: Option<u32>,
}

/// `GET /admin/items`.
pub async fn list(
    State(edge): State<Arc<Edge>>,
    Operator(_): Operator,
    Query(query): Query<ItemsQuery>,
) -> Result<axum::Json<ItemsAnswer>> {
    let limit = limit(query.limit)?;
    edge.hub.list_items(query.address.as_deref(), query.before.as_deref(), limit).await.map(axum::Json)
}

/// `GET /admin/items/{item}`.
pub async fn show(
    State(edge): State<Arc<Edge>>,
    Operator(_): Operator,
    Param(item): Param,
) -> Result<axum::Json<ItemLife>> {
    edge.hub.item_life(&item).await.map(axum::Json)
}
