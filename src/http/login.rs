//! `POST /login`.

use std::sync::Arc;

use agent_hub_protocol::body::LoginAnswer;
use axum::{Json, extract::State, http::HeaderMap};

use super::{
    Edge,
    extract::{PeerAddress, only},
};
use crate::error::{Error, ErrorCode, Result};

/// A JWT for an API key and the name that it belongs to.
///
/// Whatever is wrong, the refusal is the same. Failures are counted, and slowed; the right key always passes.
#[utoipa::path(
    post, path = "/login", tag = "login", operation_id = "log_in", security(()),
    params(
        ("x-api-key" = String, Header, description = "The agent's API key."),
        ("username" = String, Header, description = "The name of the agent that it belongs to."),
    ),
    responses((status = 200, description = "Logged in.", body = LoginAnswer)),
    extensions(("x-codes" = json!(["unauthenticated", "too_many_requests", "unavailable"]))),
)]
pub async fn log_in(
    State(edge): State<Arc<Edge>>,
    PeerAddress(peer): PeerAddress,
    headers: HeaderMap,
) -> Result<Json<LoginAnswer>> {
    for name in ["x-api-key", "username"] {
        if !headers.contains_key(name) {
            return Err(Error::new(ErrorCode::BadRequest, format!("the header `{name}` is missing")));
        }
    }
    let key = only(&headers, "x-api-key").unwrap_or_default();
    let name = only(&headers, "username").unwrap_or_default();
    edge.hub.login(key, name, peer).await.map(Json)
}
