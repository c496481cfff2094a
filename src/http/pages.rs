//! Pages for people, part of the binary: the dashboard at `/`, the API described at `/docs`, and the JavaScript client at
//! `/client/…`, which pages of this hub's own origin use.
//!
//! A page gets nothing from elsewhere, runs nothing that stands in it or that somebody wrote into it, and is shown in no frame.

use axum::{
    Router,
    extract::Path,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::error::{Error, ErrorCode, Result};

#[derive(Debug, RustEmbed)]
#[folder = "clients/javascript/src/"]
#[include = "*.js"]
struct Client;

#[derive(Debug, RustEmbed)]
#[folder = "clients/dashboard/src/"]
#[allow_missing = true]
#[include = "*.html"]
#[include = "*.js"]
#[include = "*.css"]
#[include = "*.svg"]
struct Dashboard;

#[derive(Debug, RustEmbed)]
#[folder = "clients/docs/src/"]
#[include = "*.html"]
#[include = "*.js"]
#[include = "*.css"]
struct Docs;

/// `connect-src 'self'` allows sockets of the own origin too (CSP 3); nothing may be made of text but text.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

/// The routes of the pages.
pub(super) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/", get(|| async { page::<Dashboard>("index.html") }))
        .route("/dashboard/{*path}", get(|Path(path): Path<String>| async move { page::<Dashboard>(&path) }))
        .route("/docs", get(|| async { page::<Docs>("index.html") }))
        .route("/docs/{*path}", get(|Path(path): Path<String>| async move { page::<Docs>(&path) }))
        .route("/client/{*path}", get(|Path(path): Path<String>| async move { page::<Client>(&path) }))
}

fn page<Files: RustEmbed>(path: &str) -> Result<Response> {
    let EmbeddedFile { data, .. } = Files::get(path).ok_or_else(|| Error::of(ErrorCode::NotFound))?;
    let media = match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/javascript; charset=utf-8",
    };
    let header = |name, value| (name, HeaderValue::from_static(value));
    let headers = [
        header(header::CONTENT_TYPE, media),
        header(header::CONTENT_SECURITY_POLICY, POLICY),
        header(header::REFERRER_POLICY, "no-referrer"),
        header(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        header(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        header(header::X_FRAME_OPTIONS, "DENY"),
    ];
    Ok((headers, data).into_response())
}
