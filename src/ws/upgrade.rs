//! `GET /secure/ws`: from a request to a socket. Everything that can be refused with an HTTP status is refused here.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::{
    hello::{self, Arrival},
    socket::Socket,
};
use crate::{
    auth::principal::Principal,
    error::{Error, ErrorCode, Result},
    http::{
        Edge,
        extract::{credentials, only, peer_address},
        framing::Watched,
        listener::Slot,
    },
};

/// Opens a socket.
pub async fn open(State(edge): State<Arc<Edge>>, mut request: Request) -> Result<Response> {
    let headers = request.headers();
    let accept = handshake(headers)?;
    check_origin(headers, &edge.sockets.origins)?;
    if edge.sockets.closing.is_cancelled() {
        return Err(Error::of(ErrorCode::ShuttingDown));
    }
    let who = authenticate(&edge, headers).await?;
    let unauthenticated = if who.is_none() {
        let peer = request.extensions().get::<SocketAddr>().map_or([0, 0, 0, 0].into(), SocketAddr::ip);
        let slot = edge.sockets.unauthenticated.admit(peer);
        Some(slot.ok_or_else(|| Error::new(ErrorCode::Busy, "too many sockets have not said who they are"))?)
    } else {
        None
    };
    let slot = request.extensions().get::<Arc<Slot>>().cloned();
    let upgrade =
        request.extensions_mut().remove::<OnUpgrade>().ok_or_else(|| Error::of(ErrorCode::UpgradeRequired))?;
    let peer = peer_address(request.headers(), request.extensions(), &edge.trusted_proxies);
    let arrival = Arrival { who, peer, unauthenticated, slot };
    let tasks = edge.sockets.tasks.clone();
    tasks.spawn(async move {
        if let Some(socket) = upgraded(upgrade).await {
            // Boxed: what greeting needs is not kept for as long as the session lives.
            if let Some(session) = Box::pin(hello::greet(edge, socket, arrival)).await {
                session.run().await;
            }
        }
    });
    let headers = [
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    Ok((StatusCode::SWITCHING_PROTOCOLS, headers).into_response())
}

/// The handshake of RFC 6455, section 4.2.1; its answer.
fn handshake(headers: &HeaderMap) -> Result<HeaderValue> {
    let refused = || Error::of(ErrorCode::UpgradeRequired);
    let has = |name, token: &str| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(token))
    };
    if !has(header::CONNECTION, "upgrade") || !has(header::UPGRADE, "websocket") {
        return Err(refused());
    }
    if only(headers, "sec-websocket-version") != Some("13") {
        return Err(Error::new(ErrorCode::UpgradeRequired, "expected Sec-WebSocket-Version: 13"));
    }
    let bad_key = || Error::new(ErrorCode::BadRequest, "Sec-WebSocket-Key is missing or not well formed");
    let key =
        only(headers, "sec-websocket-key").filter(|key| key.len() == 24 && key.ends_with("==")).ok_or_else(bad_key)?;
    HeaderValue::from_str(&derive_accept_key(key.as_bytes())).map_err(|_| bad_key())
}

/// A browser says from which page a socket is opened; other clients say nothing. Only exact matches: a look-alike is foreign.
fn check_origin(headers: &HeaderMap, allowed: &[String]) -> Result<()> {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let known = |origin: &HeaderValue| origin.to_str().is_ok_and(|origin| allowed.iter().any(|known| known == origin));
    if origins.all(known) { Ok(()) } else { Err(Error::of(ErrorCode::OriginRefused)) }
}

/// Credentials in the headers have to be good, if there are any; else they come in the first frame.
async fn authenticate(edge: &Edge, headers: &HeaderMap) -> Result<Option<Principal>> {
    if !headers.contains_key("x-api-key") && !headers.contains_key(header::AUTHORIZATION) {
        return Ok(None);
    }
    let (key, jwt) = credentials(headers).ok_or_else(|| Error::of(ErrorCode::Unauthenticated))?;
    edge.hub.authenticate(key, jwt).await.map(Some)
}

async fn upgraded(upgrade: OnUpgrade) -> Option<Socket> {
    let parts = upgrade.await.ok()?.downcast::<TokioIo<Watched>>().ok()?;
    Some(Socket::new(parts.io.into_inner().into_inner(), parts.read_buf.to_vec()).await)
}
