//! Channels and their members.

use std::sync::Arc;

use agent_hub_protocol::body::{ChannelAnswer, ChannelBody, ChannelsAnswer, MembersAnswer, MembershipAnswer, OkAnswer};
use axum::extract::State;

use super::{
    Edge,
    extract::{Caller, Json, PageQuery, Param, Params, Query},
};
use crate::error::Result;

/// `GET /secure/channels`.
pub async fn list(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<ChannelsAnswer>> {
    edge.hub.list_channels(&who, page.after().unwrap_or_default(), page.limit()?).await.map(axum::Json)
}

/// `POST /secure/channels`.
pub async fn make(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Json(body): Json<ChannelBody>,
) -> Result<axum::Json<ChannelAnswer>> {
    edge.hub.make_channel(&who, &body).await.map(axum::Json)
}

/// `PUT /secure/channels/{name}/membership`.
pub async fn join(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Param(name): Param,
) -> Result<axum::Json<MembershipAnswer>> {
    edge.hub.join(&who, &name).await.map(axum::Json)
}

/// `DELETE /secure/channels/{name}/membership`.
pub async fn leave(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Param(name): Param,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.leave(&who, &name).await?;
    Ok(axum::Json(OkAnswer::ok()))
}

/// `GET /secure/channels/{name}/members`.
pub async fn members(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Param(name): Param,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<MembersAnswer>> {
    edge.hub.list_members(&who, &name, page.after(), page.limit()?).await.map(axum::Json)
}

/// `PUT /secure/channels/{name}/members/{agent}`.
pub async fn add_member(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Params(name, agent): Params,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.set_member(&who, &name, &agent, true).await?;
    Ok(axum::Json(OkAnswer::ok()))
}

/// `DELETE /secure/channels/{name}/members/{agent}`.
pub async fn remove_member(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Params(name, agent): Params,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.set_member(&who, &name, &agent, false).await?;
    Ok(axum::Json(OkAnswer::ok()))
}
