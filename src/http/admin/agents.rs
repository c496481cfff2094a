//! Agents: every one of them, made, rotated, disabled.

use std::{sync::Arc, time::Duration};

use agent_hub_protocol::{
    admin::{AdminAgentDetail, AdminAgentsAnswer, ApiKeyAnswer, NewAgentBody, RoleBody, RotateBody},
    body::OkAnswer,
};
use axum::extract::State;
use serde::Deserialize;

use crate::{
    error::{Error, Result},
    http::{
        Edge,
        extract::{Json, Operator, OptionalJson, Param, Query, limit},
    },
    hub::admin::agents::Sort,
};

/// Longest overlap of two keys, in seconds.
const OVERLAP_MAX_S: i64 = 30 * 86_400;

/// `?sort=&after=&limit=`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentsQuery {
    sort: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
}

impl AgentsQuery {
    fn sort(&self) -> Result<Sort> {
        let sort = match self.sort.as_deref() {
            None | Some("name") => return Ok(Sort::Name),
            Some("oldest") => Sort::Oldest,
            Some("backlog") => Sort::Backlog,
            Some("last_seen") => Sort::LastSeen,
            Some(_) => return Err(Error::invalid("parameter `sort`: expected name, oldest, backlog or last_seen")),
        };
        match self.after {
            None => Ok(sort),
            Some(_) => Err(Error::invalid("parameter `after`: pages go on by name alone")),
        }
    }
}

/// `GET /admin/agents`.
pub async fn list(
    State(edge): State<Arc<Edge>>,
    Operator(_): Operator,
    Query(query): Query<AgentsQuery>,
) -> Result<axum::Json<AdminAgentsAnswer>> {
    let (sort, limit) = (query.sort()?, limit(query.limit)?);
    let after = query.after.unwrap_or_default();
    edge.hub.list_all_agents(sort, &after, limit).await.map(axum::Json)
}

/// `GET /admin/agents/{name}`.
pub async fn show(
    State(edge): State<Arc<Edge>>,
    Operator(_): Operator,
    Param(name): Param,
) -> Result<axum::Json<AdminAgentDetail>> {
    edge.hub.detail_agent(&name).await.map(axum::Json)
}

/// `POST /admin/agents/{name}/role`.
pub async fn set_role(
    State(edge): State<Arc<Edge>>,
    Operator(who): Operator,
    Param(name): Param,
    Json(body): Json<RoleBody>,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.set_role(&who, &name, &body.role).await?;
    Ok(axum::Json(OkAnswer::ok()))
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
