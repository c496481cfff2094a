//! Agents: every one of them, made, rotated, disabled.

use std::{sync::Arc, time::Duration};

use agent_hub_protocol::{
    admin::{AdminAgentDetail, AdminAgentsAnswer, ApiKeyAnswer, NewAgentBody, RoleBody, RotateBody},
    body::OkAnswer,
    limits::KEY_OVERLAP_MAX_S,
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

/// `?sort=&after=&limit=`.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AgentsQuery {
    /// `name`, if left out; `oldest`, `backlog`, `last_seen`: the first of that order.
    sort: Option<String>,
    /// The last name of the page before; with `name` alone.
    after: Option<String>,
    /// Most lines in the answer.
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

/// Every agent, with its sessions and its backlog.
#[utoipa::path(
    get, path = "/admin/agents", tag = "administration", operation_id = "admin_list_agents",
    params(AgentsQuery),
    responses((status = 200, description = "A page of them.", body = AdminAgentsAnswer)),
)]
pub async fn list(
    State(edge): State<Arc<Edge>>,
    Operator(_): Operator,
    Query(query): Query<AgentsQuery>,
) -> Result<axum::Json<AdminAgentsAnswer>> {
    let (sort, limit) = (query.sort()?, limit(query.limit)?);
    let after = query.after.unwrap_or_default();
    edge.hub.list_all_agents(sort, &after, limit).await.map(axum::Json)
}

/// One agent: where it stands in each stream, its live sessions, its public keys.
#[utoipa::path(
    get, path = "/admin/agents/{name}", tag = "administration", operation_id = "admin_show_agent",
    params(("name" = String, Path, description = "The agent.")),
    responses((status = 200, description = "The agent.", body = AdminAgentDetail)),
)]
pub async fn show(
    State(edge): State<Arc<Edge>>,
    Operator(_): Operator,
    Param(name): Param,
) -> Result<axum::Json<AdminAgentDetail>> {
    edge.hub.detail_agent(&name).await.map(axum::Json)
}

/// Changes the role of an agent. The last operator stays one.
#[utoipa::path(
    post, path = "/admin/agents/{name}/role", tag = "administration", operation_id = "admin_set_role",
    params(("name" = String, Path, description = "The agent.")),
    request_body = RoleBody,
    responses((status = 200, description = "It has that role.", body = OkAnswer)),
    extensions(("x-codes" = json!(["last_operator"]))),
)]
pub async fn set_role(
    State(edge): State<Arc<Edge>>,
    Operator(who): Operator,
    Param(name): Param,
    Json(body): Json<RoleBody>,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.set_role(&who, &name, &body.role).await?;
    Ok(axum::Json(OkAnswer::ok()))
}

/// Makes an agent.
#[utoipa::path(
    post, path = "/admin/agents", tag = "administration", operation_id = "admin_make_agent",
    request_body = NewAgentBody,
    responses((status = 200, description = "It is made; its key is shown this once.", body = ApiKeyAnswer)),
    extensions(("x-codes" = json!(["name_taken"]))),
)]
pub async fn make(
    State(edge): State<Arc<Edge>>,
    Operator(who): Operator,
    Json(body): Json<NewAgentBody>,
) -> Result<axum::Json<ApiKeyAnswer>> {
    edge.hub.make_agent(&who, &body).await.map(axum::Json)
}

/// Disables an agent: it is let in no more, and its sockets are closed. The last operator stays one.
#[utoipa::path(
    post, path = "/admin/agents/{name}/disable", tag = "administration", operation_id = "admin_disable_agent",
    params(("name" = String, Path, description = "The agent.")),
    responses((status = 200, description = "It is disabled.", body = OkAnswer)),
    extensions(("x-codes" = json!(["last_operator"]))),
)]
pub async fn disable(
    State(edge): State<Arc<Edge>>,
    Operator(who): Operator,
    Param(name): Param,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.set_disabled(&who, &name, true).await?;
    Ok(axum::Json(OkAnswer::ok()))
}

/// Enables an agent again.
#[utoipa::path(
    post, path = "/admin/agents/{name}/enable", tag = "administration", operation_id = "admin_enable_agent",
    params(("name" = String, Path, description = "The agent.")),
    responses((status = 200, description = "It is enabled.", body = OkAnswer)),
)]
pub async fn enable(
    State(edge): State<Arc<Edge>>,
    Operator(who): Operator,
    Param(name): Param,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.set_disabled(&who, &name, false).await?;
    Ok(axum::Json(OkAnswer::ok()))
}

/// Gives an agent a new key. The old one ends at once, or after `overlap_s`.
#[utoipa::path(
    post, path = "/admin/agents/{name}/rotate", tag = "administration", operation_id = "admin_rotate_key",
    params(("name" = String, Path, description = "The agent.")),
    request_body = Option<RotateBody>,
    responses((status = 200, description = "The new key, shown this once.", body = ApiKeyAnswer)),
)]
pub async fn rotate(
    State(edge): State<Arc<Edge>>,
    Operator(who): Operator,
    Param(name): Param,
    OptionalJson(body): OptionalJson<RotateBody>,
) -> Result<axum::Json<ApiKeyAnswer>> {
    let overlap = match body.overlap_s.unwrap_or(0) {
        overlap @ 0..=KEY_OVERLAP_MAX_S => Duration::from_secs(overlap.unsigned_abs()),
        _ => return Err(Error::invalid(format!("field `overlap_s`: expected 0 to {KEY_OVERLAP_MAX_S} seconds"))),
    };
    edge.hub.rotate(&who, &name, overlap).await.map(axum::Json)
}
