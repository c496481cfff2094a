//! The audit log: searched, and exported.

use std::sync::Arc;

use agent_hub_protocol::{admin::AuditAnswer, time::Timestamp};
use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures::stream;
use serde::Deserialize;

use crate::{
    error::{Error, Result},
    http::{
        Edge,
        extract::{Operator, Query, limit},
    },
    hub::admin::log::Export,
    store::audit::Search,
};

/// `?before=&actor=&action=&subject=&since=&until=&limit=`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    before: Option<i64>,
    actor: Option<String>,
    action: Option<String>,
    subject: Option<String>,
    since: Option<String>,
    until: Option<String>,
    limit: Option<u32>,
}

impl AuditQuery {
    fn search(self) -> Result<Search> {
        let moment = |name: &str, text: Option<String>| match text {
            None => Ok(None),
            Some(text) => match Timestamp::from_rfc3339(&text) {
                Some(moment) => Ok(Some(moment.0)),
                None => Err(Error::invalid(format!("parameter `{name}`: expected a time as RFC 3339"))),
            },
        };
        Ok(Search {
            before: self.before,
            actor: self.actor.unwrap_or_default(),
            action: self.action.unwrap_or_default(),
            subject: self.subject.unwrap_or_default(),
            since: moment("since", self.since)?,
            until: moment("until", self.until)?,
        })
    }
}

/// `GET /admin/audit`.
pub async fn search(
    State(edge): State<Arc<Edge>>,
    Operator(_): Operator,
    Query(query): Query<AuditQuery>,
) -> Result<axum::Json<AuditAnswer>> {
    let limit = limit(query.limit)?;
    edge.hub.search_audit(&query.search()?, limit).await.map(axum::Json)
}

/// `GET /admin/audit.csv`.
pub async fn export(
    State(edge): State<Arc<Edge>>,
    Operator(_): Operator,
    Query(query): Query<AuditQuery>,
) -> Result<Response> {
    if query.limit.is_some() {
        return Err(Error::invalid("unknown parameter `limit`"));
    }
    let hub = edge.hub.clone();
    // A page at a time, as fast as it is taken: a long log is never in memory.
    let pages = stream::try_unfold(Export::of(query.search()?), move |export| {
        let hub = hub.clone();
        async move { hub.export_audit(export).await }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    Ok((headers, Body::from_stream(pages)).into_response())
}
