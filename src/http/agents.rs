//! The directory of agents.

use std::sync::Arc;

use agent_hub_protocol::body::{AgentAnswer, AgentsAnswer, OkAnswer};
use axum::extract::State;
use serde_json::value::RawValue;

use super::{
    Edge,
    extract::{Caller, Json, PageQuery, Param, Query},
};
use crate::error::Result;

/// `GET /secure/agents`.
pub async fn list(
    State(edge): State<Arc<Edge>>,
    Caller(_): Caller,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<AgentsAnswer>> {
    edge.hub.list_agents(page.after().unwrap_or_default(), page.limit()?).await.map(axum::Json)
}

/// `GET /secure/agents/{name}`.
pub async fn show(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Param(name): Param,
) -> Result<axum::Json<AgentAnswer>> {
    edge.hub.show_agent(&who, &name).await.map(axum::Json)
}

/// `PUT /secure/agents/me/keys`.
pub async fn publish_keys(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Json(keys): Json<Box<RawValue>>,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.publish_keys(&who, &keys).await?;
    Ok(axum::Json(OkAnswer::ok()))
}
