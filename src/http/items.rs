//! Items: publish, retrieve, withdraw, status.

use std::sync::Arc;

use agent_hub_protocol::{
    body::{ItemAnswer, OkAnswer, PublishAnswer, PublishBody, StatusAnswer},
    name::ChannelName,
};
use axum::{extract::State, http::HeaderMap};
use serde::Deserialize;

use super::{
    Edge,
    extract::{Caller, Json, Param, Query, idempotency_key, limit, traceparent},
};
use crate::{
    error::{Error, Result},
    hub::{publish::Beside, status::MemberPage},
};

/// `POST /secure/agent/publish`.
pub async fn publish(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    headers: HeaderMap,
    Json(body): Json<PublishBody>,
) -> Result<axum::Json<PublishAnswer>> {
    let beside = Beside { key: idempotency_key(&headers)?, traceparent: traceparent(&headers) };
    let token = edge.hub.publish(&who, body, beside).await?;
    Ok(axum::Json(PublishAnswer { status: "ok".into(), token }))
}

/// `GET /secure/retrieve/{token}`.
pub async fn retrieve(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Param(token): Param,
    headers: HeaderMap,
) -> Result<axum::Json<ItemAnswer>> {
    edge.hub.retrieve(&who, &token, idempotency_key(&headers)?, i64::MAX).await.map(axum::Json)
}

/// `DELETE /secure/retrieve/{token}`.
pub async fn withdraw(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Param(token): Param,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.withdraw(&who, &token).await?;
    Ok(axum::Json(OkAnswer::ok()))
}

/// `?address=&after=&limit=`: a page of one channel's members.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusQuery {
    address: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
}

/// `GET /secure/status/{token}`.
pub async fn status(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Param(token): Param,
    Query(query): Query<StatusQuery>,
) -> Result<axum::Json<StatusAnswer>> {
    let limit = limit(query.limit)?;
    let channel = query.address.as_deref().map(ChannelName::parse).transpose();
    let address = channel.map_err(|error| Error::invalid(format!("parameter `address` {error}")))?;
    let page = address.map(|address| MemberPage { address, after: query.after, limit });
    edge.hub.status(&who, &token, page.as_ref()).await.map(axum::Json)
}
