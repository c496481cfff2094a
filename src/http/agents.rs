//! The directory of agents.

use std::sync::Arc;

use agent_hub_protocol::{
    body::{AgentAnswer, AgentsAnswer, OkAnswer},
    schema::PublicKeys,
};
use axum::extract::State;
use serde_json::value::RawValue;

use super::{
    Edge,
    extract::{Caller, Json, PageQuery, Param, Query},
};
use crate::error::Result;

/// The directory, by name.
#[utoipa::path(
    get, path = "/secure/agents", tag = "agents", operation_id = "list_agents",
    params(PageQuery),
    responses((status = 200, description = "A page of it.", body = AgentsAnswer)),
)]
pub async fn list(
    State(edge): State<Arc<Edge>>,
    Caller(_): Caller,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<AgentsAnswer>> {
    edge.hub.list_agents(page.after().unwrap_or_default(), page.limit()?).await.map(axum::Json)
}

/// One agent, with its public keys.
#[utoipa::path(
    get, path = "/secure/agents/{name}", tag = "agents", operation_id = "show_agent",
    params(("name" = String, Path, description = "The agent; `me` is yourself.")),
    responses((status = 200, description = "The agent.", body = AgentAnswer)),
    extensions(("x-codes" = json!(["address_disabled"]))),
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Param(name): Param,
) -> Result<axum::Json<AgentAnswer>> {
    edge.hub.show_agent(&who, &name).await.map(axum::Json)
}

/// Publishes your own public keys.
#[utoipa::path(
    put, path = "/secure/agents/me/keys", tag = "agents", operation_id = "publish_keys",
    request_body = PublicKeys,
    responses((status = 200, description = "They are published.", body = OkAnswer)),
    extensions(("x-codes" = json!(["too_many_requests"]))),
)]
pub async fn publish_keys(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Json(keys): Json<Box<RawValue>>,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.publish_keys(&who, &keys).await?;
    Ok(axum::Json(OkAnswer::ok()))
}
