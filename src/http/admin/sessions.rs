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
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SessionsQuery {
    /// Only those of this agent.
    agent: Option<String>,
    /// The last session of the page before.
    after: Option<String>,
    /// Most lines in the answer.
    limit: Option<u32>,
}

/// Live sessions of this node, in the order in which they were opened.
#[utoipa::path(
    get, path = "/admin/sessions", tag = "administration", operation_id = "admin_list_sessions",
    params(SessionsQuery),
    responses((
        status = 200, description = "A page of them.", body = SessionsAnswer,
        links(("cut" = (operation_id = "admin_cut_session", parameters(("session" = "$response.body#/sessions/0/session"))))),
    )),
    extensions(("x-codes" = json!(["not_found"]))),
)]
pub async fn list(
    State(edge): State<Arc<Edge>>,
    Operator(_): Operator,
    Query(query): Query<SessionsQuery>,
) -> Result<axum::Json<SessionsAnswer>> {
    let limit = limit(query.limit)?;
    edge.hub.list_sessions(query.agent.as_deref(), query.after.as_deref(), limit).await.map(axum::Json)
}

/// Cuts a session: it is closed with 1013, and the client comes back. To keep an agent out, disable it.
#[utoipa::path(
    delete, path = "/admin/sessions/{session}", tag = "administration", operation_id = "admin_cut_session",
    params(("session" = String, Path, description = "Its id, as `welcome` told it.")),
    responses((status = 200, description = "It is cut.", body = OkAnswer)),
)]
pub async fn cut(
    State(edge): State<Arc<Edge>>,
    Operator(who): Operator,
    Param(session): Param,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.cut_session(&who, &session).await?;
    Ok(axum::Json(OkAnswer::ok()))
}
