//! Channels and their members.

use std::sync::Arc;

use agent_hub_protocol::body::{ChannelAnswer, ChannelBody, ChannelsAnswer, MembersAnswer, MembershipAnswer, OkAnswer};
use axum::extract::State;

use super::{
    Edge,
    extract::{Caller, Json, PageQuery, Param, Params, Query},
};
use crate::error::Result;

/// Channels, by name.
#[utoipa::path(
    get, path = "/secure/channels", tag = "channels", operation_id = "list_channels",
    params(PageQuery),
    responses((status = 200, description = "A page of them.", body = ChannelsAnswer)),
)]
pub async fn list(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<ChannelsAnswer>> {
    edge.hub.list_channels(&who, page.after().unwrap_or_default(), page.limit()?).await.map(axum::Json)
}

/// Makes a channel; its maker owns it and is its first member.
#[utoipa::path(
    post, path = "/secure/channels", tag = "channels", operation_id = "make_channel",
    request_body = ChannelBody,
    responses((status = 200, description = "It is made.", body = ChannelAnswer)),
    extensions(("x-codes" = json!(["name_taken", "too_many_requests"]))),
)]
pub async fn make(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Json(body): Json<ChannelBody>,
) -> Result<axum::Json<ChannelAnswer>> {
    edge.hub.make_channel(&who, &body).await.map(axum::Json)
}

/// Joins a channel. A member stays what it is.
#[utoipa::path(
    put, path = "/secure/channels/{name}/membership", tag = "channels", operation_id = "join",
    params(("name" = String, Path, description = "The channel; its `#` may be left out.")),
    responses((
        status = 200, description = "You are a member: what is published after `acked` is yours.", body = MembershipAnswer,
    )),
    extensions(("x-codes" = json!(["not_member", "address_disabled", "invalid", "too_many_requests"]))),
)]
pub async fn join(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Param(name): Param,
) -> Result<axum::Json<MembershipAnswer>> {
    edge.hub.join(&who, &name).await.map(axum::Json)
}

/// Leaves a channel.
#[utoipa::path(
    delete, path = "/secure/channels/{name}/membership", tag = "channels", operation_id = "leave",
    params(("name" = String, Path, description = "The channel; its `#` may be left out.")),
    responses((status = 200, description = "You are no member.", body = OkAnswer)),
    extensions(("x-codes" = json!(["owner_stays", "address_disabled", "too_many_requests"]))),
)]
pub async fn leave(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Param(name): Param,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.leave(&who, &name).await?;
    Ok(axum::Json(OkAnswer::ok()))
}

/// The members of a channel with their keys, for members and operators.
#[utoipa::path(
    get, path = "/secure/channels/{name}/members", tag = "channels", operation_id = "list_members",
    params(("name" = String, Path, description = "The channel; its `#` may be left out."), PageQuery),
    responses((status = 200, description = "A page of them.", body = MembersAnswer)),
    extensions(("x-codes" = json!(["not_member", "address_disabled"]))),
)]
pub async fn members(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Param(name): Param,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<MembersAnswer>> {
    edge.hub.list_members(&who, &name, page.after(), page.limit()?).await.map(axum::Json)
}

/// Makes an agent a member, for the owner and operators.
#[utoipa::path(
    put, path = "/secure/channels/{name}/members/{agent}", tag = "channels", operation_id = "add_member",
    params(
        ("name" = String, Path, description = "The channel; its `#` may be left out."),
        ("agent" = String, Path, description = "The member."),
    ),
    responses((status = 200, description = "It is a member.", body = OkAnswer)),
    extensions(("x-codes" = json!(["forbidden", "address_disabled", "invalid", "too_many_requests"]))),
)]
pub async fn add_member(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Params(name, agent): Params,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.set_member(&who, &name, &agent, true).await?;
    Ok(axum::Json(OkAnswer::ok()))
}

/// Ends an agent's membership, for the owner and operators.
#[utoipa::path(
    delete, path = "/secure/channels/{name}/members/{agent}", tag = "channels", operation_id = "remove_member",
    params(
        ("name" = String, Path, description = "The channel; its `#` may be left out."),
        ("agent" = String, Path, description = "The member."),
    ),
    responses((status = 200, description = "It is no member.", body = OkAnswer)),
    extensions(("x-codes" = json!(["forbidden", "owner_stays", "address_disabled", "too_many_requests"]))),
)]
pub async fn remove_member(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Params(name, agent): Params,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.set_member(&who, &name, &agent, false).await?;
    Ok(axum::Json(OkAnswer::ok()))
}
