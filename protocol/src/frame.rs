//! Frames of the socket: JSON text, one object each, told apart by `type`.
//!
//! From client to hub, unknown types and fields are refused ([`read`]). From hub to client, clients ignore what they do not
//! know: [`HubFrame::Unknown`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::IgnoredAny};

use crate::{
    body::{Cursor, ItemAnswer, Notification, PublishBody, Skipped},
    event::Events,
    limits::FRAME_ID_MAX_BYTES,
    parse::{self, ParseError, present},
    problem::Position,
    time::Timestamp,
};

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientFrame {
    /// Must be first.
    Hello(Hello),
    /// Moves the durable cursor.
    Ack(Ack),
    /// As `POST /secure/agent/publish`.
    Publish(Box<Publish>),
    /// As `GET /secure/retrieve/{token}`.
    Retrieve(Retrieve),
    /// Joins a channel.
    Join(Channel),
    /// Leaves a channel.
    Leave(Channel),
    /// A new JWT, before the old one ends.
    Refresh(Refresh),
    /// An operator's wish to see the traffic.
    Watch(Watch),
    /// Answered with `pong`.
    Ping(Empty),
}

macro_rules! client_frames {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            #[serde(default, rename = "type")]
            #[cfg_attr(feature = "openapi", schema(value_type = String))]
            _type: Skip,
            #[serde(default, rename = "id")]
            #[cfg_attr(feature = "openapi", schema(value_type = String))]
            _id: Skip,
            $($(#[$field_doc])* pub $field: $kind,)*
        }
    )*};
}

/// A field that was read before: `type` and `id` stand in every frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Skip;

impl<'de> Deserialize<'de> for Skip {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

client_frames! {
    /// `hello`: who is there, and from where to go on.
    Hello {
        /// API key, where it could not be a header.
        #[serde(default, deserialize_with = "present")]
        api_key: Option<String>,
        /// JWT, where it could not be a header.
        #[serde(default, deserialize_with = "present")]
        token: Option<String>,
        /// The protocol that the client speaks.
        #[serde(default, deserialize_with = "present")]
        protocol: Option<u32>,
        /// The epoch that the positions of `after` belong to.
        #[serde(default, deserialize_with = "present")]
        epoch: Option<String>,
        /// Position by stream; overrides the durable cursor for this session.
        #[serde(default, deserialize_with = "present")]
        after: Option<BTreeMap<String, Seq>>,
        /// Data of up to so many bytes is told with its notification.
        #[serde(default, deserialize_with = "present")]
        inline_max_bytes: Option<u32>,
    }
    /// `ack`: everything up to `seq` is done with.
    Ack {
        /// The number.
        seq: Seq,
        /// Address of the stream; left out: the agent's own.
        #[serde(default, deserialize_with = "present")]
        stream: Option<String>,
    }
    /// `publish`: the fields of [`PublishBody`], and what REST carries in headers.
    Publish {
        /// See [`PublishBody`].
        name: String,
        /// See [`PublishBody`].
        data: String,
        /// See [`PublishBody`].
        #[serde(default, deserialize_with = "present")]
        ttl: Option<i64>,
        /// See [`PublishBody`].
        #[serde(default, deserialize_with = "present")]
        to: Option<Vec<String>>,
        /// See [`PublishBody`].
        #[serde(default, deserialize_with = "present")]
        one_time: Option<bool>,
        /// See [`PublishBody`].
        #[serde(default, deserialize_with = "present")]
        reply_to: Option<String>,
        /// As the header `Idempotency-Key`.
        #[serde(default, deserialize_with = "present")]
        idempotency_key: Option<String>,
        /// As the header `traceparent`, see [`crate::trace`].
        #[serde(default, deserialize_with = "present")]
        traceparent: Option<String>,
    }
    /// `retrieve`: the data of an item.
    Retrieve {
        /// The item's token.
        token: String,
        /// As the header `Idempotency-Key`.
        #[serde(default, deserialize_with = "present")]
        idempotency_key: Option<String>,
    }
    /// `join` and `leave`.
    Channel {
        /// The channel, with or without `#`.
        channel: String,
    }
    /// `refresh`.
    Refresh {
        /// The new JWT.
        token: String,
    }
    /// `watch`.
    Watch {
        /// Everything that happens, as `events`; left out: every publish, as `traffic`.
        #[serde(default, deserialize_with = "present")]
        events: Option<bool>,
    }
    /// A frame without fields.
    Empty {}
}

impl Publish {
    /// The body that REST would carry, and what it would carry in headers: the idempotency key and the `traceparent`.
    #[must_use]
    pub fn into_body(self) -> (PublishBody, Option<String>, Option<String>) {
        let Self { name, data, ttl, to, one_time, reply_to, idempotency_key, traceparent, .. } = self;
        (PublishBody { name, data, ttl, to, one_time, reply_to }, idempotency_key, traceparent)
    }
}

/// A sequence number as a client may write it: an integer from 0 to 2^53 - 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seq(pub i64);

impl<'de> Deserialize<'de> for Seq {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        if (0..=crate::limits::SEQ_MAX).contains(&number) {
            Ok(Self(number))
        } else {
            Err(serde::de::Error::custom("expected an integer from 0 to 2^53 - 1"))
        }
    }
}

/// A frame that could not be read; `id` is echoed where it could be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The client's `id`.
    pub id: Option<String>,
    /// What is wrong.
    pub error: ParseError,
}

/// Reads one client frame and its `id`.
///
/// # Errors
/// [`Unreadable`]: not an object, an unknown type or field, a wrong value.
pub fn read(text: &str) -> Result<(Option<String>, ClientFrame), Unreadable> {
    #[derive(Deserialize)]
    struct Head {
        #[serde(rename = "type")]
        kind: String,
        #[serde(default, deserialize_with = "present")]
        id: Option<String>,
    }
    let bytes = text.as_bytes();
    let fail = |id: Option<String>| move |error| Unreadable { id, error };
    let Head { kind, id } = parse::object(bytes).map_err(fail(None))?;
    if id.as_ref().is_some_and(|id| id.len() > FRAME_ID_MAX_BYTES) {
        return Err(fail(None)(ParseError::Shape(format!("field `id`: longer than {FRAME_ID_MAX_BYTES} bytes"))));
    }
    let frame = match kind.as_str() {
        "hello" => parse::object(bytes).map(ClientFrame::Hello),
        "ack" => parse::object(bytes).map(ClientFrame::Ack),
        "publish" => parse::object(bytes).map(|publish| ClientFrame::Publish(Box::new(publish))),
        "retrieve" => parse::object(bytes).map(ClientFrame::Retrieve),
        "join" => parse::object(bytes).map(ClientFrame::Join),
        "leave" => parse::object(bytes).map(ClientFrame::Leave),
        "refresh" => parse::object(bytes).map(ClientFrame::Refresh),
        "watch" => parse::object(bytes).map(ClientFrame::Watch),
        "ping" => parse::object(bytes).map(ClientFrame::Ping),
        _ => Err(ParseError::Shape("unknown frame type".into())),
    };
    match frame {
        Ok(frame) => Ok((id, frame)),
        Err(error) => Err(fail(id)(error)),
    }
}

/// What the hub says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum HubFrame {
    /// The session stands.
    Welcome(Box<Welcome>),
    /// An entry.
    Notify(Notification),
    /// Entries with nothing left to give.
    Skipped(Skipped),
    /// A position was void; replay goes on from `acked`.
    Resync(Position),
    /// The agent is a member of a channel now.
    Joined(Joined),
    /// The agent is no member of a channel any more.
    Left {
        /// Address of the channel.
        stream: String,
    },
    /// Stored.
    Published {
        /// The item's token.
        token: String,
    },
    /// An item.
    Data(ItemAnswer),
    /// Done.
    Ok,
    /// One publish, for operators who watch.
    Traffic(Traffic),
    /// What happened, for operators who watch everything.
    Events(Events),
    /// Not done.
    Error(FrameError),
    /// Answer to `ping`.
    Pong,
    /// Anything that a newer hub may say.
    #[serde(other)]
    Unknown,
}

/// A [`HubFrame`] with the `id` of the frame that it answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HubMessage {
    /// The frame.
    #[serde(flatten)]
    pub frame: HubFrame,
    /// The client's `id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// `welcome`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Welcome {
    /// Who the session belongs to.
    pub agent: String,
    /// The session's id, for logs.
    pub session: String,
    /// The protocol that the hub speaks.
    pub protocol: u32,
    /// The hub's version.
    pub version: String,
    /// Hub id.
    pub hub: String,
    /// The epoch that positions belong to.
    pub epoch: String,
    /// What the hub takes.
    pub limits: WelcomeLimits,
    /// The agent's streams.
    pub streams: BTreeMap<String, Cursor>,
    /// Seconds between the hub's pings; silent for two of them is dead.
    pub ping_interval_s: u64,
}

/// What the hub takes, told in `welcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WelcomeLimits {
    /// Bytes of `data` by REST.
    pub data_max_bytes: u64,
    /// Bytes of `data` over the socket.
    pub socket_data_max_bytes: u64,
    /// Bytes of one message.
    pub message_max_bytes: u64,
    /// Largest `inline_max_bytes`.
    pub inline_max_bytes: u64,
    /// Addresses in one `to`.
    pub to_max: u64,
    /// Largest `ttl`, seconds.
    pub ttl_max_s: i64,
}

/// `joined`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Joined {
    /// Address of the channel.
    pub stream: String,
    /// Where the agent stands in it.
    #[serde(flatten)]
    pub cursor: Cursor,
}

/// `traffic`: one publish, never its data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Traffic {
    /// Who published.
    pub from: String,
    /// To whom.
    pub to: Vec<String>,
    /// What it is called.
    pub name: String,
    /// Bytes of data.
    pub size: i64,
    /// When.
    pub created_at: Timestamp,
}

/// `error`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FrameError {
    /// Stable code, see [`crate::error::ErrorCode`].
    pub code: String,
    /// What was wrong this time.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, Happening};

    #[test]
    fn unknown_types_and_fields_are_refused_and_the_id_is_kept() {
        let refused = read(r#"{"type":"publish","id":"7","name":"a","data":"b","too":["x"]}"#).unwrap_err();
        assert_eq!(refused.id.as_deref(), Some("7"));
        assert_eq!(refused.error.to_string(), "unknown field `too`");
        assert!(read(r#"{"type":"subscribe"}"#).is_err());
        assert!(read(r#"[{"type":"ping"}]"#).is_err());
    }

    #[test]
    fn a_seq_is_an_integer_that_javascript_can_hold() {
        for bad in ["-1", "1.5", "\"1\"", "true", "9007199254740992", "18446744073709551616", "null"] {
            assert!(read(&format!(r#"{{"type":"ack","seq":{bad}}}"#)).is_err(), "{bad}");
        }
        let (_, frame) = read(r#"{"type":"ack","seq":9007199254740991}"#).unwrap();
        assert!(matches!(frame, ClientFrame::Ack(Ack { seq: Seq(9_007_199_254_740_991), .. })));
    }

    #[test]
    fn type_comes_first_and_newer_types_are_unknown() {
        let pong = HubMessage { frame: HubFrame::Pong, id: Some("x".into()) };
        assert_eq!(serde_json::to_string(&pong).unwrap(), r#"{"type":"pong","id":"x"}"#);
        let newer: HubMessage = serde_json::from_str(r#"{"type":"celebrate","id":"x","how":"loudly"}"#).unwrap();
        assert_eq!(newer.frame, HubFrame::Unknown);
        let sang = r#"{"type":"events","events":[{"event":"sang","at_ms":1,"tune":"low"}]}"#;
        let HubFrame::Events(told) = serde_json::from_str::<HubMessage>(sang).unwrap().frame else { panic!("{sang}") };
        assert_eq!(told.events, [Event::new(Happening::Unknown, 1)]);
    }
}
