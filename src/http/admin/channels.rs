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

/// `GET /admin/channels`.
pub async fn list(
    State(edge): State<Arc<Edge>>,
    Operator(_): Operator,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<AdminChannelsAnswer>> {
    edge.hub.list_all_channels(page.after().unwrap_or_default(), page.limit()?).await.map(axum::Json)
}

/// `POST /admin/channels/{name}/disable`.
pub async fn disable(
    State(edge): State<Arc<Edge>>,
    Operator(who): Operator,
    Param(name): Param,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.set_channel_disabled(&who, &name, true).await?;
    Ok(axum::Json(OkAnswer::ok()))
}

/// `POST /admin/channels/{name}/enable`.
pub async fn enable(
    State(edge): State<Arc<Edge>>,
    Operator(who): Operator,
    Param(name): Param,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.set_channel_disabled(&who, &name, false).await?;
    Ok(axum::Json(OkAnswer::ok()))
}
