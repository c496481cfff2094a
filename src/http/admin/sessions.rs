//! Live sessions of this node.

use std::sync::Arc;

use agent_hub_protocol::{admin::SessionsAnswer, body::OkAnswer};
use axum::extract::State;
use serde::Deserialize;

use crate::{
    error::Result,
    http::{
        Edge,
        extract::{Operator, Param, Query, limit},
    },
};

/// `?agent=&after=&limit=`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionsQuery {
    agent: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
}

/// `GET /admin/sessions`.
pub async fn list(
    State(edge): State<Arc<Edge>>,
    Operator(_): Operator,
    Query(query): Query<SessionsQuery>,
) -> Result<axum::Json<SessionsAnswer>> {
    let limit = limit(query.limit)?;
    edge.hub.list_sessions(query.agent.as_deref(), query.after.as_deref(), limit).await.map(axum::Json)
}

/// `DELETE /admin/sessions/{session}`.
pub async fn cut(
    State(edge): State<Arc<Edge>>,
    Operator(who): Operator,
    Param(session): Param,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.cut_session(&who, &session).await?;
    Ok(axum::Json(OkAnswer::ok()))
}
