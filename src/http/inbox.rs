//! The inbox: read, ack.

use std::{sync::Arc, time::Duration};

use agent_hub_protocol::{
    body::{AckBody, InboxAnswer, OkAnswer},
    limits::{INBOX_WAIT_MAX_S, SEQ_MAX},
};
use axum::extract::State;
use serde::Deserialize;

use super::{
    Edge,
    extract::{Caller, Json, Query, limit},
};
use crate::{
    error::{Error, Result},
    hub::inbox::InboxQuery,
};

/// `?stream=&after=&epoch=&limit=&wait=`.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ReadQuery {
    /// Only this stream. Left out: the agent's own first, then the others by turns.
    stream: Option<String>,
    /// From this number instead of the durable cursor; needs `stream` and `epoch`.
    after: Option<i64>,
    /// The epoch that `after` belongs to, as an inbox or a `welcome` told it.
    epoch: Option<String>,
    /// Most entries in the answer.
    limit: Option<u32>,
    /// Seconds to hold the request until there is an entry.
    wait: Option<u32>,
}

impl ReadQuery {
    fn check(self) -> Result<InboxQuery> {
        let after = match (self.after, self.epoch) {
            (None, _) => None,
            (Some(_), _) if self.stream.is_none() => {
                return Err(Error::invalid("parameter `after` needs `stream`: a position is of one stream"));
            }
            (Some(_), None) => return Err(Error::invalid("parameter `after` needs `epoch`, as the inbox told it")),
            (Some(after), Some(epoch)) if (0..=SEQ_MAX).contains(&after) => Some((after, epoch)),
            _ => return Err(Error::invalid("parameter `after`: expected an integer from 0 to 2^53 - 1")),
        };
        let wait = match self.wait.unwrap_or(0) {
            wait @ 0..=INBOX_WAIT_MAX_S => Duration::from_secs(u64::from(wait)),
            _ => return Err(Error::invalid(format!("parameter `wait`: expected 0 to {INBOX_WAIT_MAX_S} seconds"))),
        };
        Ok(InboxQuery { stream: self.stream, after, limit: limit(self.limit)?, wait })
    }
}

/// What is after the agent's cursors.
///
/// Move past what is done with by acknowledging it, `skipped` too.
#[utoipa::path(
    get, path = "/secure/inbox", tag = "inbox", operation_id = "read_inbox",
    params(ReadQuery),
    responses((status = 200, description = "Entries, and what has gone.", body = InboxAnswer)),
    extensions(("x-codes" = json!(["not_found", "resync", "too_many_requests", "shutting_down"]))),
)]
pub async fn read(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Query(query): Query<ReadQuery>,
) -> Result<axum::Json<InboxAnswer>> {
    edge.hub.inbox(&who, &query.check()?).await.map(axum::Json)
}

/// Acknowledges everything up to a number, for all sessions of the agent. Below the cursor nothing moves.
#[utoipa::path(
    post, path = "/secure/inbox/ack", tag = "inbox", operation_id = "ack",
    request_body = AckBody,
    responses((status = 200, description = "It is done with.", body = OkAnswer)),
    extensions(("x-codes" = json!(["not_found", "resync", "beyond_head"]))),
)]
pub async fn ack(
    State(edge): State<Arc<Edge>>,
    Caller(who): Caller,
    Json(body): Json<AckBody>,
) -> Result<axum::Json<OkAnswer>> {
    edge.hub.ack(&who, body.stream.as_deref(), body.seq, body.epoch.as_deref()).await?;
    Ok(axum::Json(OkAnswer::ok()))
}
