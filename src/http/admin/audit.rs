//! The audit log: searched, and exported.

use std::sync::Arc;

use agent_hub_protocol::{admin::AuditAnswer, limits::SEQ_MAX, time::Timestamp};
use axum::{
    body::Body,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use serde::Deserialize;

use crate::{
    error::{Error, ErrorCode, Result},
    http::{
        Edge,
        extract::{Operator, Query, limit},
    },
    hub::admin::log::Export,
    store::audit::Search,
};

/// `?before=&actor=&action=&subject=&since=&until=&limit=`.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// The last line of the page before.
    before: Option<i64>,
    /// Who: an agent, or `$command-line`.
    actor: Option<String>,
    /// What; ending in `.`, everything that begins so.
    action: Option<String>,
    /// Upon whom or what.
    subject: Option<String>,
    /// Not before this moment, as RFC 3339.
    since: Option<String>,
    /// Before this moment.
    until: Option<String>,
    /// Most lines in the answer.
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
        if self.before.is_some_and(|line| !(0..=SEQ_MAX).contains(&line)) {
            return Err(Error::invalid("parameter `before`: expected the number of a line"));
        }
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

/// The audit log, the newest first.
#[utoipa::path(
    get, path = "/admin/audit", tag = "administration", operation_id = "admin_audit",
    params(AuditQuery),
    responses((status = 200, description = "A page of it.", body = AuditAnswer)),
)]
pub async fn search(
    State(edge): State<Arc<Edge>>,
    Operator(_): Operator,
    Query(query): Query<AuditQuery>,
) -> Result<axum::Json<AuditAnswer>> {
    let limit = limit(query.limit)?;
    edge.hub.search_audit(&query.search()?, limit).await.map(axum::Json)
}

/// The audit log as CSV, at most 100,000 lines. What a spreadsheet would take for a formula begins with a single quote.
#[utoipa::path(
    get, path = "/admin/audit.csv", tag = "administration", operation_id = "admin_audit_csv",
    params(
        ("before" = Option<i64>, Query, description = "Only lines before this one."),
        ("actor" = Option<String>, Query, description = "Who: an agent, or `$command-line`."),
        ("action" = Option<String>, Query, description = "What; ending in `.`, everything that begins so."),
        ("subject" = Option<String>, Query, description = "Upon whom or what."),
        ("since" = Option<String>, Query, description = "Not before this moment, as RFC 3339."),
        ("until" = Option<String>, Query, description = "Before this moment."),
    ),
    responses((status = 200, description = "All of it that was asked for.", body = String, content_type = "text/csv")),
)]
pub async fn export(
    State(edge): State<Arc<Edge>>,
    Operator(who): Operator,
    Query(query): Query<AuditQuery>,
) -> Result<Response> {
    if query.limit.is_some() {
        return Err(Error::invalid("unknown parameter `limit`"));
    }
    let hub = edge.hub.clone();
    // A page at a time, as fast as it is taken: a long log is never in memory.
    let first = hub.export_audit(Export::of(query.search()?)).await?;
    // That much is known to work before the answer says so.
    let (text, export) = first.unwrap_or_default();
    let rest = stream::try_unfold(export, move |export| {
        let (hub, who) = (hub.clone(), who.clone());
        async move {
            // It is read at the reader's pace, which may be longer than the reader may.
            if !hub.recheck(&who).await?.is_operator() {
                return Err(Error::of(ErrorCode::Forbidden));
            }
            hub.export_audit(export).await
        }
    });
    let pages = stream::once(std::future::ready(Ok::<_, Error>(text))).chain(rest);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    Ok((headers, Body::from_stream(pages)).into_response())
}
