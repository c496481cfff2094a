//! Around every request: an id, a span for the log, the headers that every answer has, and two refusals that come before any
//! route is looked at.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::Instrument;

use super::framing::Doubt;
use crate::error::{Error, ErrorCode};

/// Longest path and query together, in bytes.
const URI_MAX: usize = 4096;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

static NEXT: AtomicU64 = AtomicU64::new(0);

/// Unique in this process, and unlike those of the one before.
fn request_id() -> String {
    static STARTED: std::sync::LazyLock<i64> = std::sync::LazyLock::new(crate::clock::now_ms);
    format!("{:x}-{:x}", *STARTED, NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Wraps a request.
pub async fn wrap(request: Request, next: Next) -> Response {
    let id = request_id();
    // The path may hold a token: the route tells enough.
    let span = tracing::info_span!("request", id = %id, method = %request.method());
    async move {
        let started = Instant::now();
        let streamed = request.headers().contains_key(header::TRANSFER_ENCODING);
        let mut response = match check(&request) {
            Ok(()) => next.run(request).await,
            Err(refusal) => refusal.into_response(),
        };
        finish(response.headers_mut(), &id, streamed);
        tracing::debug!(status = response.status().as_u16(), took_us = started.elapsed().as_micros(), "answered");
        response
    }
    .instrument(span)
    .await
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
