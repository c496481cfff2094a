//! What handlers ask for in their signature: who is asking, a body, a query, a path parameter. Each refuses in the hub's own form.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock},
    time::Duration,
};

use agent_hub_protocol::{
    limits::{INBOX_LIMIT_DEFAULT, PAGE_LIMIT_MAX},
    parse,
    trace::TraceParent,
};
use axum::{
    extract::{FromRequest, FromRequestParts, Path, Request},
    http::{Extensions, HeaderMap, header, request::Parts},
};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Body as _;
use serde::de::DeserializeOwned;

use super::Edge;
use crate::{
    auth::principal::Principal,
    clock,
    config::Network,
    error::{Error, ErrorCode, Result},
};

/// Bodies up to this many bytes are read without asking for room.
const BODY_SMALL: usize = 16 * 1024;
/// How long a body may take to arrive.
const BODY_LIMIT: Duration = Duration::from_secs(28);

/// Who is asking: both credentials were shown, and belong together.
#[derive(Debug)]
pub struct Caller(pub Principal);

impl FromRequestParts<Arc<Edge>> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self> {
        let refused = || Error::of(ErrorCode::Unauthenticated);
        let (key, jwt) = credentials(&parts.headers).ok_or_else(refused)?;
        let who = edge.hub.authenticate(key, jwt).await?;
        if let Some(asker) = parts.extensions.get::<Asker>() {
            asker.0.get_or_init(|| who.clone());
        }
        Ok(Self(who))
    }
}

/// Where a request notes who asks, once that is known.
#[derive(Debug, Clone, Default)]
pub struct Asker(pub Arc<OnceLock<Principal>>);

impl Asker {
    /// Whether what was shown with the head still holds, and gives as much, now that the body is here: it may have taken half a
    /// minute, and a revocation takes effect within a second.
    async fn recheck(&self, edge: &Edge) -> Result<()> {
        let Some(who) = self.0.get() else { return Ok(()) };
        let now = edge.hub.recheck(who).await?;
        if now.ends_at <= clock::now_ms() {
            return Err(Error::of(ErrorCode::Unauthenticated));
        }
        if who.is_operator() && !now.is_operator() {
            return Err(Error::new(ErrorCode::Forbidden, "the role was taken away meanwhile"));
        }
        Ok(())
    }
}

/// The API key and the JWT of the headers, if both are there, once each.
#[must_use]
pub fn credentials(headers: &HeaderMap) -> Option<(&str, &str)> {
    let key = only(headers, "x-api-key")?;
    let authorization = only(headers, "authorization")?;
    let (scheme, jwt) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some((key, jwt))
}

/// A header that stands once.
#[must_use]
pub fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// The `Idempotency-Key`, if there is one.
///
/// # Errors
/// `bad_request`: several, or not text.
pub fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>> {
    if !headers.contains_key("idempotency-key") {
        return Ok(None);
    }
    let refused = || Error::new(ErrorCode::BadRequest, "Idempotency-Key: expected one, of visible ASCII characters");
    only(headers, "idempotency-key").map(Some).ok_or_else(refused)
}

/// The `traceparent`, if there is one that can be read: as W3C Trace Context says, another is as none.
#[must_use]
pub fn traceparent(headers: &HeaderMap) -> Option<TraceParent> {
    only(headers, "traceparent").and_then(TraceParent::parse)
}

/// An operator.
#[derive(Debug)]
pub struct Operator(pub Principal);

impl FromRequestParts<Arc<Edge>> for Operator {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self> {
        let Caller(who) = Caller::from_request_parts(parts, edge).await?;
        if who.is_operator() { Ok(Self(who)) } else { Err(Error::new(ErrorCode::Forbidden, "this needs an operator")) }
    }
}

/// The address of whoever asks: of the connection, or, behind a trusted proxy, what that proxy says.
#[derive(Debug, Clone, Copy)]
pub struct PeerAddress(pub IpAddr);

impl FromRequestParts<Arc<Edge>> for PeerAddress {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, edge: &Arc<Edge>) -> Result<Self> {
        Ok(Self(peer_address(&parts.headers, &parts.extensions, &edge.trusted_proxies)))
    }
}

/// As [`PeerAddress`], of a request.
#[must_use]
pub fn peer_address(headers: &HeaderMap, extensions: &Extensions, trusted: &[Network]) -> IpAddr {
    let peer = extensions.get::<SocketAddr>().map_or([0, 0, 0, 0].into(), |peer| peer.ip().to_canonical());
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(*address));
    if !is_trusted(&peer) {
        return peer;
    }
    // From the right: the last address that no trusted proxy has is the first that could lie.
    let hops = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<&str> = hops.flat_map(|value| value.split(',')).collect();
    let told = hops.iter().rev().map_while(|hop| hop.trim().parse::<IpAddr>().ok());
    told.map(|hop| hop.to_canonical()).find(|hop| !is_trusted(hop)).unwrap_or(peer)
}

/// A JSON object as the body.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Edge>> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, edge: &Arc<Edge>) -> Result<Self> {
        Ok(Self(parse::object(&read_body(request, edge).await?)?))
    }
}

/// As [`Json`], where the body may be left out.
#[derive(Debug)]
pub struct OptionalJson<T>(pub T);

impl<T: DeserializeOwned + Default> FromRequest<Arc<Edge>> for OptionalJson<T> {
    type Rejection = Error;

    async fn from_request(request: Request, edge: &Arc<Edge>) -> Result<Self> {
        let body = read_body(request, edge).await?;
        if body.is_empty() { Ok(Self(T::default())) } else { Ok(Self(parse::object(&body)?)) }
    }
}

/// The body's bytes: JSON, not compressed, not larger than it may be, and not slower.
async fn read_body(request: Request, edge: &Edge) -> Result<Bytes> {
    let asker = request.extensions().get::<Asker>().cloned().unwrap_or_default();
    let body = collect_body(request, edge).await?;
    asker.recheck(edge).await?;
    Ok(body)
}

async fn collect_body(request: Request, edge: &Edge) -> Result<Bytes> {
    let most = edge.body_max;
    check_media(request.headers())?;
    let too_large = || Error::new(ErrorCode::TooLarge, format!("a body is at most {most} bytes"));
    let told = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let told = told.and_then(|length| length.parse::<usize>().ok());
    // Without a length it may become as long as it may be; without a body at all hyper says that it has ended.
    let length = told.unwrap_or(if request.body().is_end_stream() { 0 } else { most });
    if length > most {
        return Err(too_large());
    }
    let _room = if length > BODY_SMALL {
        let kib = u32::try_from(length.div_ceil(1024)).unwrap_or(u32::MAX);
        Some(edge.body_room.try_acquire_many(kib).map_err(|_| Error::of(ErrorCode::Busy))?)
    } else {
        None
    };
    match tokio::time::timeout(BODY_LIMIT, Limited::new(request.into_body(), most).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(Error::new(ErrorCode::BadRequest, "the body was cut short or is not well formed")),
        Err(_) => Err(Error::of(ErrorCode::RequestTimeout)),
    }
}

fn check_media(headers: &HeaderMap) -> Result<()> {
    let refused = || Error::of(ErrorCode::UnsupportedMediaType);
    if headers.get(header::CONTENT_ENCODING).is_some_and(|coding| coding != "identity") {
        return Err(refused());
    }
    let Some(media) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let media =
        media.to_str().map_err(|_| refused())?.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = media == "application/json" || (media.starts_with("application/") && media.ends_with("+json"));
    if is_json { Ok(()) } else { Err(refused()) }
}

/// The query; an unknown or repeated parameter is refused.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let refused = |error: axum::extract::rejection::QueryRejection| {
            // serde's words name the parameter; a value that it repeats comes from the client's own query.
            let told = error.to_string();
            let known = told.split_once("unknown field `").and_then(|(_, rest)| rest.split_once('`'));
            match known {
                Some((name, _)) => Error::invalid(format!("unknown parameter `{}`", name.escape_debug())),
                None => Error::invalid("a parameter has a value that is not allowed, or stands twice"),
            }
        };
        let axum::extract::Query(query) = axum::extract::Query::try_from_uri(&parts.uri).map_err(refused)?;
        Ok(Self(query))
    }
}

/// One path parameter. One that is not UTF-8 names nothing.
#[derive(Debug)]
pub struct Param(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Param {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(value)| Self(value)).map_err(|_| Error::of(ErrorCode::NotFound))
    }
}

/// Two path parameters.
#[derive(Debug)]
pub struct Params(pub String, pub String);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        path.map(|Path((first, second))| Self(first, second)).map_err(|_| Error::of(ErrorCode::NotFound))
    }
}

/// `?after=&limit=` of a list.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// The last name of the page before.
    after: Option<String>,
    /// Most lines in the answer.
    limit: Option<u32>,
}

impl PageQuery {
    /// The last name of the page before.
    #[must_use]
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref().filter(|after| !after.is_empty())
    }

    /// Rows in the answer.
    ///
    /// # Errors
    /// `invalid`.
    pub fn limit(&self) -> Result<u32> {
        limit(self.limit)
    }
}

/// Checks a `limit`.
///
/// # Errors
/// `invalid`.
pub fn limit(limit: Option<u32>) -> Result<u32> {
    match limit.unwrap_or(INBOX_LIMIT_DEFAULT) {
        limit @ 1..=PAGE_LIMIT_MAX => Ok(limit),
        _ => Err(Error::invalid(format!("parameter `limit`: expected 1 to {PAGE_LIMIT_MAX}"))),
    }
}
