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

/// Publishes an item, and tells those it is for.
///
/// Without `to`, an item that has the name of another agent is for that agent; otherwise it is for whoever holds its token.
#[utoipa::path(
    post, path = "/secure/agent/publish", tag = "items", operation_id = "publish",
    params(
        (
            "Idempotency-Key" = Option<String>, Header,
            description = "Makes it safe to repeat: the same key with the same request is one item.",
        ),
        (
            "traceparent" = Option<String>, Header,
            description = "W3C Trace Context: whoever is told finds it in the notification. A malformed one counts as none.",
        ),
    ),
    request_body = PublishBody,
    responses((
        status = 200, description = "It is stored.", body = PublishAnswer,
        links(
            ("retrieve" = (operation_id = "retrieve", parameters(("token" = "$response.body#/token")))),
            ("withdraw" = (operation_id = "withdraw", parameters(("token" = "$response.body#/token")))),
            ("status" = (operation_id = "status", parameters(("token" = "$response.body#/token")))),
        ),
    )),
    extensions(("x-codes" = json!(["unknown_address", "address_disabled", "not_member", "idempotency_mismatch"]))),
)]
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

/// Retrieves the data of an item.
///
/// A one-time item is used up by this, unless its publisher asks. With an `Idempotency-Key` the same agent gets the same answer
/// again for a minute; without one a lost answer is a lost message.
#[utoipa::path(
    get, path = "/secure/retrieve/{token}", tag = "items", operation_id = "retrieve",
    params(
        ("token" = String, Path, description = "The item's token."),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to repeat."),
    ),
    responses((status = 200, description = "The item.", body = ItemAnswer)),
    extensions(("x-codes" = json!([
        "expired", "withdrawn", "consumed", "busy", "outcome_unknown", "shutting_down", "storage_full"
    ]))),
)]
pub async fn retrieve(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Param(token): Param,
    headers: HeaderMap,
) -> Result<axum::Json<ItemAnswer>> {
    edge.hub.retrieve(&who, &token, idempotency_key(&headers)?, i64::MAX).await.map(axum::Json)
}

/// Withdraws an item: its publisher erases the data. Twice is the same as once.
#[utoipa::path(
    delete, path = "/secure/retrieve/{token}", tag = "items", operation_id = "withdraw",
    params(("token" = String, Path, description = "The item's token.")),
    responses((status = 200, description = "It is withdrawn.", body = OkAnswer)),
    extensions(("x-codes" = json!(["expired", "consumed"]))),
)]
pub async fn withdraw(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Param(token): Param,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.withdraw(&who, &token).await?;
    Ok(axum::Json(OkAnswer::ok()))
}

/// `?address=&after=&limit=`: a page of one channel's members.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StatusQuery {
    /// A channel that it was sent to: the answer lists its members.
    address: Option<String>,
    /// The last member of the page before.
    after: Option<String>,
    /// Most members in the answer.
    limit: Option<u32>,
}

/// What became of an item, for its publisher.
#[utoipa::path(
    get, path = "/secure/status/{token}", tag = "items", operation_id = "status",
    params(("token" = String, Path, description = "The item's token."), StatusQuery),
    responses((status = 200, description = "What is known.", body = StatusAnswer)),
)]
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
