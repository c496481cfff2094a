//! Around every request: an id, a span for the log, the headers that every answer has, and two refusals that come before any
//! route is looked at.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::Instrument;

use super::{
    Edge,
    extract::{Asker, traceparent},
    framing::Doubt,
};
use crate::{
    error::{Error, ErrorCode},
    hub::Hub,
    telemetry::{metrics::RequestLabels, traces},
};

/// Longest path and query together, in bytes.
const URI_MAX: usize = 4096;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

static NEXT: AtomicU64 = AtomicU64::new(0);

/// Unique in this process, and unlike those of the one before.
fn request_id() -> String {
    static STARTED: std::sync::LazyLock<i64> = std::sync::LazyLock::new(crate::clock::now_ms);
    format!("{:x}-{:x}", *STARTED, NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Where a request may wait for something to come.
const WAITING_ROUTE: &str = "/secure/inbox";

/// Wraps a request.
pub async fn wrap(State(edge): State<Arc<Edge>>, mut request: Request, next: Next) -> Response {
    let id = request_id();
    let asker = Asker::default();
    request.extensions_mut().insert(asker.clone());
    let asked = Asked::of(&request);
    // The path may hold a token: the route tells enough.
    let span = tracing::info_span!("request", id = %id, method = %request.method());
    let trace = traces::request(asked.method, &asked.route, traceparent(request.headers()));
    let answered = async move {
        let started = Instant::now();
        let streamed = request.headers().contains_key(header::TRANSFER_ENCODING);
        let mut response = match check(&request) {
            Ok(()) => next.run(request).await,
            Err(refusal) => refusal.into_response(),
        };
        finish(response.headers_mut(), &id, streamed);
        let agent = asker.0.get().map(|who| &*who.name);
        tracing::debug!(
            route = asked.route,
            status = response.status().as_u16(),
            code = response.extensions().get::<ErrorCode>().map(|code| code.as_str()),
            agent,
            took_us = started.elapsed().as_micros(),
            "answered"
        );
        asked.count(&edge.hub, &response, agent, started);
        response
    };
    let response = answered.instrument(span).instrument(trace.clone()).await;
    let code = response.extensions().get::<ErrorCode>().map(|code| code.as_str());
    traces::answered(&trace, response.status().as_u16(), code);
    response
}

/// What is asked, as far as metrics and those who watch are told: a path may hold a name or a token, a route does not.
struct Asked {
    route: String,
    method: &'static str,
    /// It may be held until there is something to tell.
    waits: bool,
}

impl Asked {
    fn of(request: &Request) -> Self {
        let route = request.extensions().get::<MatchedPath>();
        let waits = route.is_some_and(|route| route.as_str() == WAITING_ROUTE)
            && request.uri().query().is_some_and(|query| query.contains("wait="));
        let method = match *request.method() {
            Method::GET => "GET",
            Method::POST => "POST",
            Method::PUT => "PUT",
            Method::DELETE => "DELETE",
            Method::HEAD => "HEAD",
            _ => "other",
        };
        Self { route: route.map_or("none", MatchedPath::as_str).to_owned(), method, waits }
    }

    fn count(self, hub: &Hub, response: &Response, agent: Option<&str>, started: Instant) {
        if let Some(code) = response.extensions().get::<ErrorCode>() {
            hub.note_refusal(*code, agent, &format!("{} {}", self.method, self.route));
        }
        if !self.waits {
            hub.metrics.request.observe(started.elapsed().as_secs_f64());
        }
        let labels = RequestLabels { route: self.route, method: self.method, status: response.status().as_u16() };
        hub.metrics.requests.get_or_create(&labels).inc();
    }
}

fn check(request: &Request) -> Result<(), Error> {
    if request.uri().path_and_query().is_some_and(|uri| uri.as_str().len() > URI_MAX) {
        return Err(Error::of(ErrorCode::UriTooLong));
    }
    if request.extensions().get::<Doubt>().is_some_and(Doubt::is_raised) {
        return Err(Error::new(ErrorCode::BadRequest, "Content-Length and Transfer-Encoding exclude each other"));
    }
    Ok(())
}

fn finish(headers: &mut HeaderMap, id: &str, streamed: bool) {
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // What a proxy before the hub may have read differently ends with this answer.
    if streamed {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
}
