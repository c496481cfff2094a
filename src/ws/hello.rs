//! The first frame: who is there, if the headers did not say so, and from where to go on.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use agent_hub_protocol::{
    PROTOCOL,
    frame::{self, ClientFrame, Hello, HubMessage, Seq},
    limits::INLINE_MAX_BYTES,
};

use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{
    dispatch::refusal,
    pace::Pace,
    session::Session,
    socket::{Heard, Socket, encode},
};
use crate::{
    auth::principal::Principal,
    error::{Error, ErrorCode, Result},
    http::{Edge, listener::Slot},
    hub::Hub,
};

/// From where a session goes on, other than from the durable cursors.
#[derive(Debug, Default)]
pub struct Resume {
    /// The epoch that the positions belong to.
    pub epoch: String,
    /// Position by stream.
    pub after: BTreeMap<String, Seq>,
}

/// What a socket brings along from its request.
#[derive(Debug)]
pub struct Arrival {
    /// Who is there, if the headers said so.
    pub who: Option<Principal>,
    /// Address of the peer, as far as proxies are trusted to tell it.
    pub peer: IpAddr,
    /// A slot among those that have not said so.
    pub unauthenticated: Option<Slot>,
    /// The connection's slot under the caps.
    pub slot: Option<Arc<Slot>>,
}

/// Waits for `hello`, and opens the session; `None` once the socket was refused.
pub async fn greet(edge: Arc<Edge>, socket: Socket, arrival: Arrival) -> Option<Session> {
    match hello(&edge, socket, arrival).await {
        Ok(session) => Some(session),
        Err((socket, refusal)) => {
            match refusal {
                Refusal::Gone => socket.finish().await,
                Refusal::Close(code, reason) => socket.close_with(code, reason).await,
                Refusal::Error(id, error) => refuse(&edge.hub, socket, id, &error).await,
            }
            None
        }
    }
}

/// Why there is no session.
enum Refusal {
    /// The peer is gone.
    Gone,
    /// With a close code, and no frame.
    Close(u16, &'static str),
    /// With a frame that says why.
    Error(Option<String>, Error),
}

async fn hello(
    edge: &Arc<Edge>,
    mut socket: Socket,
    arrival: Arrival,
) -> std::result::Result<Session, (Socket, Refusal)> {
    let text = match first_text(edge, &mut socket).await {
        Ok(text) => text,
        Err(refusal) => return Err((socket, refusal)),
    };
    let bad_frame = |id, told: String| Refusal::Error(id, Error::new(ErrorCode::BadFrame, told));
    let (id, hello) = match frame::read(&text) {
        Ok((id, ClientFrame::Hello(hello))) => (id, hello),
        Ok((id, _)) => return Err((socket, bad_frame(id, "expected hello first".into()))),
        Err(unreadable) => return Err((socket, bad_frame(unreadable.id, unreadable.error.to_string()))),
    };
    let Arrival { who, peer, unauthenticated, slot } = arrival;
    let who = match identify(edge, who, &hello).await {
        Ok(who) => who,
        // Whoever did not say who it is gets no frame.
        Err(error) if error.code() == ErrorCode::Unauthenticated => {
            edge.hub.note_refusal(error.code(), None, "hello");
            return Err((socket, Refusal::Close(error.code().close(), "")));
        }
        Err(error) => return Err((socket, Refusal::Error(id, error))),
    };
    drop(unauthenticated);
    let (resume, inline_max) = match options(hello) {
        Ok(options) => options,
        Err(error) => return Err((socket, Refusal::Error(id, error))),
    };
    let opened = Session::open(edge.hub.clone(), socket, who, id.clone(), &resume, inline_max, (peer, slot)).await;
    opened.map_err(|(socket, error)| match error.code() {
        // Revoked meanwhile: as if it had never been let in.
        ErrorCode::Unauthenticated => (socket, Refusal::Close(error.code().close(), "")),
        _ => (socket, Refusal::Error(id, error)),
    })
}

async fn first_text(edge: &Edge, socket: &mut Socket) -> std::result::Result<Utf8Bytes, Refusal> {
    let heard = tokio::select! {
        heard = tokio::time::timeout(edge.hub.limits.hello_timeout, first_frame(socket)) => heard,
        () = edge.sockets.closing.cancelled() => {
            return Err(Refusal::Close(ErrorCode::ShuttingDown.close(), "the hub is restarting"));
        }
    };
    match heard {
        Err(_) => Err(Refusal::Close(ErrorCode::HelloTimeout.close(), "no hello in time")),
        Ok(Heard::Text(text)) => Ok(text),
        Ok(Heard::Broken(code)) => Err(Refusal::Close(code, "")),
        Ok(Heard::Binary) => Err(Refusal::Error(None, Error::new(ErrorCode::BadFrame, "expected text, not binary"))),
        Ok(_) => Err(Refusal::Gone),
    }
}

/// The first message that is not a sign of life; those do not extend the time. They are bounded by it, and by their pace.
async fn first_frame(socket: &mut Socket) -> Heard {
    let mut pace = Pace::new();
    loop {
        match socket.hear().await {
            Heard::Ping | Heard::Pong if pace.allows() => {}
            Heard::Ping | Heard::Pong => return Heard::Broken(ErrorCode::TooManyRequests.close()),
            heard => return heard,
        }
    }
}

async fn identify(edge: &Edge, known: Option<Principal>, hello: &Hello) -> Result<Principal> {
    match (known, &hello.api_key, &hello.token) {
        (Some(who), None, None) => Ok(who),
        (Some(_), ..) => Err(Error::new(ErrorCode::BadFrame, "the headers said who is there; hello must not")),
        (None, Some(key), Some(jwt)) => edge.hub.authenticate(key, jwt).await,
        (None, ..) => Err(Error::of(ErrorCode::Unauthenticated)),
    }
}

/// From where to go on, and how much data is told inline.
fn options(hello: Hello) -> Result<(Resume, u32)> {
    let resume = match (hello.after, hello.epoch) {
        (None, _) => Resume::default(),
        (Some(after), Some(epoch)) => Resume { epoch, after },
        (Some(_), None) => return Err(Error::new(ErrorCode::BadFrame, "`after` needs `epoch`, as welcome told it")),
    };
    if hello.protocol.is_some_and(|protocol| protocol != PROTOCOL) {
        return Err(Error::new(ErrorCode::BadFrame, format!("this hub speaks protocol {PROTOCOL}")));
    }
    Ok((resume, hello.inline_max_bytes.unwrap_or(0).min(INLINE_MAX_BYTES)))
}

/// Says why, and ends the socket.
async fn refuse(hub: &Hub, mut socket: Socket, id: Option<String>, error: &Error) {
    socket.put(encode(&HubMessage { frame: refusal(hub, None, "hello", error), id }));
    let code = match error.code().close() {
        0 => ErrorCode::BadFrame.close(),
        code => code,
    };
    socket.close_with(code, error.code().as_str()).await;
}
