//! The first frame: who is there, if the headers did not say so, and from where to go on.

use std::{collections::BTreeMap, sync::Arc};

use agent_hub_protocol::{
    PROTOCOL,
    frame::{self, ClientFrame, FrameError, Hello, HubFrame, HubMessage, Seq},
    limits::INLINE_MAX_BYTES,
};

use super::{
    pace::Pace,
    session::Session,
    socket::{Heard, Socket, encode},
    upgrade::Arrival,
};
use crate::{
    auth::principal::Principal,
    error::{Error, ErrorCode, Result},
    http::Edge,
};

/// From where a session goes on, other than from the durable cursors.
#[derive(Debug, Default)]
pub struct Resume {
    /// The epoch that the positions belong to.
    pub epoch: String,
    /// Position by stream.
    pub after: BTreeMap<String, Seq>,
}

/// Waits for `hello`, and runs the session.
pub async fn greet(edge: Arc<Edge>, mut socket: Socket, arrival: Arrival) {
    let deadline = tokio::time::timeout(edge.hub.limits.hello_timeout, first_frame(&mut socket));
    let heard = tokio::select! {
        heard = deadline => heard,
        () = edge.sockets.closing.cancelled() => {
            return socket.close(ErrorCode::ShuttingDown, "the hub is restarting").await;
        }
    };
    let text = match heard {
        Err(_) => return socket.close(ErrorCode::HelloTimeout, "no hello in time").await,
        Ok(Heard::Text(text)) => text,
        Ok(Heard::Broken(code)) => return socket.close_with(code, "").await,
        Ok(Heard::Binary) => {
            return refuse(socket, None, &Error::new(ErrorCode::BadFrame, "expected text, not binary")).await;
        }
        Ok(_) => return socket.finish().await,
    };
    let (id, hello) = match frame::read(&text) {
        Ok((id, ClientFrame::Hello(hello))) => (id, hello),
        Ok((id, _)) => return refuse(socket, id, &Error::new(ErrorCode::BadFrame, "expected hello first")).await,
        Err(unreadable) => {
            return refuse(socket, unreadable.id, &Error::new(ErrorCode::BadFrame, unreadable.error.to_string())).await;
        }
    };
    let Arrival { who, unauthenticated, slot } = arrival;
    let who = match identify(&edge, who, &hello).await {
        Ok(who) => who,
        // Whoever did not say who it is gets no frame.
        Err(error) if error.code() == ErrorCode::Unauthenticated => return socket.close(error.code(), "").await,
        Err(error) => return refuse(socket, id, &error).await,
    };
    drop(unauthenticated);
    match open(&edge, socket, who, id, hello).await {
        Ok(session) => session.run().await,
        Err((socket, id, error)) => refuse(socket, id, &error).await,
    }
    drop(slot);
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

type Refused = (Socket, Option<String>, Error);

async fn open(
    edge: &Arc<Edge>,
    socket: Socket,
    who: Principal,
    id: Option<String>,
    hello: Hello,
) -> std::result::Result<Session, Refused> {
    let resume = match (hello.after, hello.epoch) {
        (None, _) => Resume::default(),
        (Some(after), Some(epoch)) => Resume { epoch, after },
        (Some(_), None) => {
            return Err((socket, id, Error::new(ErrorCode::BadFrame, "`after` needs `epoch`, as welcome told it")));
        }
    };
    if hello.protocol.is_some_and(|protocol| protocol != PROTOCOL) {
        let told = format!("this hub speaks protocol {PROTOCOL}");
        return Err((socket, id, Error::new(ErrorCode::BadFrame, told)));
    }
    let inline_max = hello.inline_max_bytes.unwrap_or(0).min(INLINE_MAX_BYTES);
    Session::open(edge.hub.clone(), socket, who, id, &resume, inline_max).await
}

/// Says why, and ends the socket.
async fn refuse(mut socket: Socket, id: Option<String>, error: &Error) {
    let told = FrameError { code: error.code().as_str().into(), detail: error.detail().into() };
    if error.code().status() >= 500 {
        tracing::error!(%error, "a session could not be opened");
    }
    socket.put(encode(&HubMessage { frame: HubFrame::Error(told), id }));
    let code = match error.code().close() {
        0 => ErrorCode::BadFrame.close(),
        code => code,
    };
    socket.close_with(code, error.code().as_str()).await;
}
