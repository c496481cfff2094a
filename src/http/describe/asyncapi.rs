//! The socket, as AsyncAPI 3: what the hub hears, what it answers, what it says by itself, and with which codes it closes. The frames
//! are those of the protocol; the hub is the application that the document describes.

use agent_hub_protocol::{
    frame::{Ack, Channel, Empty, Hello, HubFrame, Publish, Refresh, Retrieve, Watch, WelcomeLimits},
    schema,
};
use serde_json::{Map, Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, schema::Schema},
};

use super::{SCHEMAS, finish};
use crate::error::ErrorCode;

/// A frame of a client: its type, what it is for, its schema, and the types of its answers.
type ClientFrame = (&'static str, &'static str, fn() -> RefOr<Schema>, &'static [&'static str]);

const CLIENT_FRAMES: [ClientFrame; 9] = [
    ("hello", "Who is there, and from where to go on. The first frame, within 5 seconds.", Hello::schema, &["welcome"]),
    ("ack", "Everything up to `seq` is done with, for all sessions of the agent.", Ack::schema, &["ok"]),
    ("publish", "As `POST /secure/agent/publish`.", Publish::schema, &["published"]),
    ("retrieve", "As `GET /secure/retrieve/{token}`.", Retrieve::schema, &["data"]),
    ("join", "Joins a channel.", Channel::schema, &["joined"]),
    ("leave", "Leaves a channel.", Channel::schema, &["left"]),
    ("refresh", "A new JWT, before the old one ends.", Refresh::schema, &["ok"]),
    ("watch", "An operator's wish to see the traffic, or everything that happens.", Watch::schema, &["ok"]),
    ("ping", "Whether the hub still answers.", Empty::schema, &["pong"]),
];

/// What the hub says without being asked, and when.
const UNASKED: [(&str, &str); 8] = [
    (
        "notify",
        "An entry of one of the agent's streams, in order and without a hole, also when it was published before.",
    ),
    ("skipped", "Entries, both ends included, that have nothing left to give."),
    ("resync", "A position was of another epoch or beyond the head; replay goes on from `acked`."),
    ("joined", "Another session, REST or an operator made the agent a member."),
    ("left", "Another session, REST or an operator ended its membership."),
    ("traffic", "One publish, for operators who watch."),
    ("events", "What happened, gathered twenty times a second, for operators who watch everything."),
    ("error", "Why the socket is closed, before it is."),
];

/// Close codes that are not in the table of errors: what WebSocket itself says.
const OF_WEBSOCKET: [(u16, &str); 2] =
    [(1002, "The peer broke the WebSocket protocol."), (1007, "The peer sent text that is not UTF-8.")];

const ABOUT: &str = "Notifications as they happen. Text frames, one JSON object each. No compression, no subprotocol, no binary \
    frames.\n\nCredentials are an API key and a JWT of the same agent: both as headers of the upgrade or both in `hello`, never in \
    the URL. From client to hub an unknown field or type is refused; from hub to client both may come from a newer hub, and are \
    ignored. A client's `id` comes back in its answer; what comes without one was not asked for.";

/// The document.
pub(super) fn document(limits: &WelcomeLimits) -> Value {
    let words = schema::words(limits);
    let frames = hub_frames(&words);
    let mut schemas = frames_schemas(&words);
    let (mut messages, mut operations) = (Map::new(), Map::new());
    for (kind, told, schema, answers) in CLIENT_FRAMES {
        let name = format!("client.{kind}");
        schemas.insert(name.clone(), client_schema(kind, schema, &words));
        messages.insert(kind.into(), message(kind, told, &name));
        operations.insert(format!("hear_{kind}"), hears(kind, told, answers));
    }
    for (kind, schema) in frames {
        let name = format!("hub.{kind}");
        messages.insert(kind.clone(), message(&kind, schema["description"].as_str().unwrap_or_default(), &name));
        schemas.insert(name, schema);
    }
    for (kind, told) in UNASKED {
        let says = json!({"action": "send", "channel": channel(), "summary": told, "messages": [in_channel(kind)]});
        operations.insert(format!("say_{kind}"), says);
    }
    let in_socket =
        messages.keys().map(|kind| (kind.clone(), json!({"$ref": format!("#/components/messages/{kind}")})));
    let in_socket: Map<String, Value> = in_socket.collect();
    let mut document = json!({
        "asyncapi": "3.0.0",
        "id": "urn:agent-hub:socket",
        "info": {
            "title": "agent-hub: the socket", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": servers(),
        "channels": {"socket": socket(limits, in_socket)},
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas, "securitySchemes": security_schemes()},
    });
    finish(&mut document, limits);
    document
}

fn channel() -> Value {
    json!({"$ref": "#/channels/socket"})
}

fn in_channel(kind: &str) -> Value {
    json!({"$ref": format!("#/channels/socket/messages/{kind}")})
}

fn message(kind: &str, told: &str, schema: &str) -> Value {
    json!({"name": kind, "title": kind, "summary": told, "payload": {"$ref": format!("{SCHEMAS}{schema}")}})
}

fn hears(kind: &str, told: &str, answers: &[&str]) -> Value {
    let answers: Vec<_> = answers.iter().chain(&["error"]).map(|answer| in_channel(answer)).collect();
    json!({
        "action": "receive", "channel": channel(), "summary": told, "messages": [in_channel(kind)],
        "reply": {"channel": channel(), "messages": answers},
    })
}

fn servers() -> Value {
    let host = json!({"default": "127.0.0.1:3000", "description": "Where the hub listens."});
    let security =
        json!([{"$ref": "#/components/securitySchemes/api_key"}, {"$ref": "#/components/securitySchemes/jwt"}]);
    let server = |protocol, told| {
        json!({
            "host": "{host}", "protocol": protocol, "variables": {"host": host}, "security": security, "description": told,
        })
    };
    json!({"plain": server("ws", "On one machine, or behind a proxy."), "tls": server("wss", "With TLS.")})
}

fn security_schemes() -> Value {
    json!({
        "api_key": {
            "type": "httpApiKey", "in": "header", "name": "x-api-key",
            "description": "The agent's API key, together with its JWT; or both in `hello`.",
        },
        "jwt": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "What `POST /login` gave for that key, together with it; or both in `hello`.",
        },
    })
}

fn socket(limits: &WelcomeLimits, messages: Map<String, Value>) -> Value {
    json!({
        "address": "/secure/ws",
        "title": "The socket",
        "description": format!(
            "One session of one agent. A message has at most {} bytes, data in it at most {}; larger data goes by REST.",
            limits.message_max_bytes, limits.socket_data_max_bytes,
        ),
        "messages": messages,
        "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
        "x-close-codes": close_codes(),
    })
}

/// With which code a socket is closed, why, and whether to come back.
fn close_codes() -> Vec<Value> {
    let mut codes: Vec<u16> = ErrorCode::ALL.iter().map(|code| code.close()).filter(|close| *close != 0).collect();
    codes.sort_unstable();
    codes.dedup();
    let by_error = codes.into_iter().map(|close| {
        let errors: Vec<_> = ErrorCode::ALL.iter().filter(|code| code.close() == close).collect();
        let why: Vec<_> = errors.iter().map(|code| format!("`{}`: {}", code.as_str(), code.title())).collect();
        json!({"close": close, "description": why.join("\n\n"), "retry": errors.first().map(|code| code.retry().word())})
    });
    let of_websocket =
        OF_WEBSOCKET.iter().map(|(close, why)| json!({"close": close, "description": why, "retry": "no"}));
    of_websocket.chain(by_error).collect()
}

/// A client's frame: every one has its type, and may have an `id`.
fn client_schema(kind: &str, schema: fn() -> RefOr<Schema>, words: &Map<String, Value>) -> Value {
    let mut frame = serde_json::to_value(schema()).unwrap_or_default();
    let name = match kind {
        "hello" => "Hello",
        "publish" => "Publish",
        "refresh" => "Refresh",
        "join" | "leave" => "Channel",
        _ => "",
    };
    schema::complete(name, &mut frame, words);
    frame["properties"]["type"] = json!({"const": kind});
    frame["properties"]["id"] = json!({"$ref": format!("{SCHEMAS}FrameId")});
    let required = frame.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    frame["required"] = std::iter::once(json!("type")).chain(required).collect();
    frame
}

/// The hub's frames by type. Those that answer have an `id`.
fn hub_frames(words: &Map<String, Value>) -> Vec<(String, Value)> {
    let frames = serde_json::to_value(HubFrame::schema()).unwrap_or_default();
    let frames = frames["oneOf"].as_array().cloned().unwrap_or_default();
    let with_type = frames.into_iter().filter_map(|mut frame| {
        let told = if frame.get("allOf").is_some() { frame.pointer_mut("/allOf/1")? } else { &mut frame };
        let kind = told.pointer("/properties/type/enum/0")?.as_str()?.to_owned();
        told["properties"]["type"] = json!({"const": kind});
        told["properties"]["id"] = json!({"$ref": format!("{SCHEMAS}FrameId")});
        schema::complete("HubFrame", &mut frame, words);
        Some((kind, frame))
    });
    // What a newer hub may say is none of its types.
    with_type.filter(|(kind, _)| kind != "unknown").collect()
}

/// The schemas that the hub's frames are made of.
fn frames_schemas(words: &Map<String, Value>) -> Map<String, Value> {
    let mut parts = Vec::new();
    HubFrame::schemas(&mut parts);
    let parts = parts.into_iter().map(|(name, schema)| {
        let mut schema = serde_json::to_value(schema).unwrap_or_default();
        schema::complete(&name, &mut schema, words);
        (name, schema)
    });
    parts.collect()
}
