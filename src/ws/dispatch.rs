//! A frame, a verb of the hub, an answer. What changes the session itself is left to it.

use std::sync::Arc;

use agent_hub_protocol::{
    frame::{Ack, FrameError, HubFrame, HubMessage, Publish, Retrieve},
    limits::SOCKET_DATA_MAX_BYTES,
    trace::TraceParent,
};

use futures::{FutureExt, future::BoxFuture};
use tracing::Instrument;

use crate::{
    auth::principal::Principal,
    error::{Error, ErrorCode, Result},
    hub::{
        Hub,
        publish::{Beside, Publishing},
    },
    telemetry::traces,
};

/// An answer that is on its way. To wait for it holds nothing: a peer that does not read keeps no database connection.
pub type Answer = BoxFuture<'static, HubMessage>;

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

impl Request {
    /// The type of its frame.
    fn kind(&self) -> &'static str {
        match self {
            Self::Ack(_) => "ack",
            Self::Publish(_) => "publish",
            Self::Retrieve(_) => "retrieve",
            Self::Ping => "ping",
        }
    }
}

/// Asks the hub. A publish is queued before this returns, so that those of one session are stored in their order; what reads
/// the database runs as a task of its own.
pub async fn ask(hub: &Arc<Hub>, who: &Principal, request: Request, id: Option<String>) -> Answer {
    let (hub, who) = (hub.clone(), who.clone());
    let asked = request.kind();
    let answered = {
        let (hub, name) = (hub.clone(), who.name.clone());
        move |frame: Result<HubFrame>, id| {
            let frame = frame.unwrap_or_else(|error| refusal(&hub, Some(&name), asked, &error));
            HubMessage { frame, id }
        }
    };
    match request {
        Request::Publish(publish) => {
            let span = traces::frame(asked, publish.traceparent.as_deref().and_then(TraceParent::parse));
            let begun = begin_publish(&hub, &who, *publish).instrument(span.clone()).await;
            async move {
                let token = match begun {
                    Ok(publishing) => publishing.token(&hub).await,
                    Err(error) => Err(error),
                };
                traces::refused(&span, token.as_ref().err().map(|error| error.code().as_str()));
                answered(token.map(|token| HubFrame::Published { token }), id)
            }
            .boxed()
        }
        Request::Ack(ack) => apart(hub.clone(), async move {
            let acked = hub.ack(&who, ack.stream.as_deref(), ack.seq.0, None).await;
            answered(acked.map(|()| HubFrame::Ok), id)
        }),
        Request::Retrieve(Retrieve { token, idempotency_key, .. }) => apart(hub.clone(), async move {
            let most = i64::try_from(SOCKET_DATA_MAX_BYTES).unwrap_or(i64::MAX);
            let span = traces::frame(asked, None);
            let item = hub.retrieve(&who, &token, idempotency_key.as_deref(), most).instrument(span).await;
            answered(item.map(HubFrame::Data), id)
        }),
        Request::Ping => std::future::ready(answered(Ok(HubFrame::Pong), id)).boxed(),
    }
}

async fn begin_publish(hub: &Hub, who: &Principal, publish: Publish) -> Result<Publishing> {
    let (body, key, traceparent) = publish.into_body();
    if body.data.len() > SOCKET_DATA_MAX_BYTES {
        return Err(Error::of(ErrorCode::TooLargeForSocket));
    }
    let malformed = || Error::invalid("field `traceparent`: not one of W3C Trace Context");
    let traceparent = traceparent.map(|text| TraceParent::parse(&text).ok_or_else(malformed)).transpose()?;
    hub.begin_publish(who, body, Beside { key: key.as_deref(), traceparent }).await
}

/// Runs as a task of its own.
fn apart(hub: Arc<Hub>, answer: impl Future<Output = HubMessage> + Send + 'static) -> Answer {
    let task = tokio::spawn(answer);
    let failed = move |bug| {
        let error = Error::of(ErrorCode::Internal).because(bug);
        HubMessage { frame: refusal(&hub, None, "frame", &error), id: None }
    };
    async move { task.await.unwrap_or_else(failed) }.boxed()
}

/// What a client sees of an error. It is counted here, and told to those who watch.
pub fn refusal(hub: &Hub, agent: Option<&str>, asked: &str, error: &Error) -> HubFrame {
    error.log();
    hub.note_refusal(error.code(), agent, asked);
    HubFrame::Error(FrameError { code: error.code().as_str().to_owned(), detail: error.detail().to_owned() })
}
