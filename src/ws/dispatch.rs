//! A frame, a verb of the hub, an answer. What changes the session itself is left to it.

use std::sync::Arc;

use agent_hub_protocol::{
    frame::{Ack, FrameError, HubFrame, Publish, Retrieve},
    limits::SOCKET_DATA_MAX_BYTES,
};

use crate::{
    auth::principal::Principal,
    error::{Error, ErrorCode, Result},
    hub::Hub,
};

/// A frame that only asks something of the hub; several may be under way.
#[derive(Debug)]
pub enum Request {
    /// Moves the durable cursor.
    Ack(Ack),
    /// Stores an item.
    Publish(Box<Publish>),
    /// Reads an item.
    Retrieve(Retrieve),
    /// Nothing.
    Ping,
}

/// The answer to a request.
pub async fn answer(hub: Arc<Hub>, who: Principal, request: Request) -> HubFrame {
    match ask(&hub, &who, request).await {
        Ok(frame) => frame,
        Err(error) => refusal(&error),
    }
}

async fn ask(hub: &Hub, who: &Principal, request: Request) -> Result<HubFrame> {
    Ok(match request {
        Request::Ack(ack) => {
            hub.ack(who, ack.stream.as_deref(), ack.seq.0, None).await?;
            HubFrame::Ok
        }
        Request::Publish(publish) => {
            let (body, key) = publish.into_body();
            if body.data.len() > SOCKET_DATA_MAX_BYTES {
                return Err(Error::of(ErrorCode::TooLargeForSocket));
            }
            HubFrame::Published { token: hub.publish(who, body, key.as_deref()).await? }
        }
        Request::Retrieve(Retrieve { token, idempotency_key, .. }) => {
            let most = i64::try_from(SOCKET_DATA_MAX_BYTES).unwrap_or(i64::MAX);
            HubFrame::Data(hub.retrieve(who, &token, idempotency_key.as_deref(), most).await?)
        }
        Request::Ping => HubFrame::Pong,
    })
}

/// What a client sees of an error that leaves its socket open.
pub fn refusal(error: &Error) -> HubFrame {
    if error.code().status() >= 500 {
        tracing::error!(%error, "a frame was not answered as it should");
    }
    HubFrame::Error(FrameError { code: error.code().as_str().to_owned(), detail: error.detail().to_owned() })
}
