//! Administration, for operators.

use std::{sync::Arc, time::Duration};

use agent_hub_protocol::{
    admin::{AdminAgentsAnswer, ApiKeyAnswer, NewAgentBody, RotateBody},
    body::OkAnswer,
};
use axum::extract::State;

use super::{
    Edge,
    extract::{Json, Operator, OptionalJson, PageQuery, Param, Query},
};
use crate::error::{Error, Result};

/// Longest overlap of two keys, in seconds.
const OVERLAP_MAX_S: i64 = 30 * 86_400;

/// `GET /admin/agents`.
pub async fn list(
    State(edge): State<Arc<Edge>>,
    Operator(_): Operator,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<AdminAgentsAnswer>> {
    edge.hub.list_all_agents(page.after().unwrap_or_default(), page.limit()?).await.map(axum::Json)
}

/// `POST /admin/agents`.
pub async fn make(
    State(edge): State<Arc<Edge>>,
    Operator(who): Operator,
    Json(body): Json<NewAgentBody>,
) -> Result<axum::Json<ApiKeyAnswer>> {
    edge.hub.make_agent(&who, &body).await.map(axum::Json)
}

/// `POST /admin/agents/{name}/disable`.
pub async fn disable(
    State(edge): State<Arc<Edge>>,
    Operator(who): Operator,
    Param(name): Param,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.set_disabled(&who, &name, true).await?;
    Ok(axum::Json(OkAnswer::ok()))
}

/// `POST /admin/agents/{name}/enable`.
pub async fn enable(
    State(edge): State<Arc<Edge>>,
    Operator(who): Operator,
    Param(name): Param,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.set_disabled(&who, &name, false).await?;
    Ok(axum::Json(OkAnswer::ok()))
}

/// `POST /admin/agents/{name}/rotate`.
pub async fn rotate(
    State(edge): State<Arc<Edge>>,
    Operator(who): Operator,
    Param(name): Param,
    OptionalJson(body): OptionalJson<RotateBody>,
) -> Result<axum::Json<ApiKeyAnswer>> {
    let overlap = match body.overlap_s.unwrap_or(0) {
        overlap @ 0..=OVERLAP_MAX_S => Duration::from_secs(overlap.unsigned_abs()),
        _ => return Err(Error::invalid(format!("field `overlap_s`: expected 0 to {OVERLAP_MAX_S} seconds"))),
    };
    edge.hub.rotate(&who, &name, overlap).await.map(axum::Json)
}
