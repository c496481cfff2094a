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
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ItemsQuery {
    /// The last item of the page before.
    before: Option<String>,
    /// Only what was sent there.
    address: Option<String>,
    /// Most lines in the answer.
    limit: Option<u32>,
}

/// What was published last, the newest first, without data.
#[utoipa::path(
    get, path = "/admin/items", tag = "administration", operation_id = "admin_list_items",
    params(ItemsQuery),
    responses((
        status = 200, description = "A page of it.", body = ItemsAnswer,
        links(("life" = (operation_id = "admin_show_item", parameters(("item" = "$response.body#/items/0/item"))))),
    )),
    extensions(("x-codes" = json!(["unknown_address"]))),
)]
pub async fn list(
    State(edge): State<Arc<Edge>>,
    Operator(_): Operator,
    Query(query): Query<ItemsQuery>,
) -> Result<axum::Json<ItemsAnswer>> {
    let limit = limit(query.limit)?;
    edge.hub.list_items(query.address.as_deref(), query.before.as_deref(), limit).await.map(axum::Json)
}

/// The life of an item: pushed, acknowledged, read, by whom and when; what it answers, and what answers it.
#[utoipa::path(
    get, path = "/admin/items/{item}", tag = "administration", operation_id = "admin_show_item",
    params(("item" = String, Path, description = "Its id, or its token.")),
    responses((status = 200, description = "Its life.", body = ItemLife)),
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    Operator(_): Operator,
    Param(item): Param,
) -> Result<axum::Json<ItemLife>> {
    edge.hub.item_life(&item).await.map(axum::Json)
}
