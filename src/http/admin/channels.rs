//! Channels.

use std::sync::Arc;

use agent_hub_protocol::{admin::AdminChannelsAnswer, body::OkAnswer};
use axum::extract::State;

use crate::{
    error::Result,
    http::{
        Edge,
        extract::{Operator, PageQuery, Param, Query},
    },
};

/// Every channel, with its owner, how many members, and its head.
#[utoipa::path(
    get, path = "/admin/channels", tag = "administration", operation_id = "admin_list_channels",
    params(PageQuery),
    responses((status = 200, description = "A page of them.", body = AdminChannelsAnswer)),
)]
pub async fn list(
    State(edge): State<Arc<Edge>>,
    Operator(_): Operator,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<AdminChannelsAnswer>> {
    edge.hub.list_all_channels(page.after().unwrap_or_default(), page.limit()?).await.map(axum::Json)
}

/// Disables a channel: nothing is sent to it any more.
#[utoipa::path(
    post, path = "/admin/channels/{name}/disable", tag = "administration", operation_id = "admin_disable_channel",
    params(("name" = String, Path, description = "The channel; its `#` may be left out.")),
    responses((status = 200, description = "It is disabled.", body = OkAnswer)),
)]
pub async fn disable(
    State(edge): State<Arc<Edge>>,
    Operator(who): Operator,
    Param(name): Param,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.set_channel_disabled(&who, &name, true).await?;
    Ok(axum::Json(OkAnswer::ok()))
}

/// Enables a channel again.
#[utoipa::path(
    post, path = "/admin/channels/{name}/enable", tag = "administration", operation_id = "admin_enable_channel",
    params(("name" = String, Path, description = "The channel; its `#` may be left out.")),
    responses((status = 200, description = "It is enabled.", body = OkAnswer)),
)]
pub async fn enable(
    State(edge): State<Arc<Edge>>,
    Operator(who): Operator,
    Param(name): Param,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.set_channel_disabled(&who, &name, false).await?;
    Ok(axum::Json(OkAnswer::ok()))
}
