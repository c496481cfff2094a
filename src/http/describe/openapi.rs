//! REST, as OpenAPI 3.1. A handler says of itself what is asked and answered; the list of handlers is here, and a test compares it
//! with the routes. What every route has in common is added: words, refusals, headers.

use agent_hub_protocol::{frame::WelcomeLimits, problem::Problem, schema};
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use super::{super::*, SCHEMAS, finish, refusals};

/// The handlers that are described.
#[derive(OpenApi)]
#[openapi(
    info(title = "agent-hub", license(name = "MIT", identifier = "MIT")),
    security(("api_key" = [], "jwt" = [])),
    components(schemas(Problem)),
    tags(
        (name = "login", description = "From an API key to a JWT."),
        (name = "items", description = "Publish, retrieve, withdraw, and see what became of it."),
        (name = "inbox", description = "What is there for an agent, and how far it has come."),
        (name = "agents", description = "The directory, with public keys."),
        (name = "channels", description = "Addresses that several agents read."),
        (name = "socket", description = "Notifications as they happen: a WebSocket, described at `/asyncapi.json`."),
        (name = "administration", description = "For agents of the role `operator`."),
        (name = "health", description = "Whether the hub lives and can serve, and what it offers. Without credentials."),
    ),
    paths(
        login::log_in,
        items::publish, items::retrieve, items::withdraw, items::status,
        inbox::read, inbox::ack,
        agents::list, agents::show, agents::publish_keys,
        channels::list, channels::make, channels::join, channels::leave,
        channels::members, channels::add_member, channels::remove_member,
        open_socket,
        admin::hub::show, admin::hub::history,
        admin::agents::list, admin::agents::make, admin::agents::show, admin::agents::disable, admin::agents::enable,
        admin::agents::rotate, admin::agents::set_role,
        admin::sessions::list, admin::sessions::cut,
        admin::channels::list, admin::channels::disable, admin::channels::enable,
        admin::items::list, admin::items::show, admin::audit::search, admin::audit::export,
        health::live, health::ready, health::metrics, describe::rest, describe::socket,
    ),
)]
struct Described;

/// Opens the socket.
///
/// Credentials come as headers, or in the first frame: then without any here. What is said on it: `/asyncapi.json`.
#[utoipa::path(
    get, path = "/secure/ws", tag = "socket", operation_id = "open_socket",
    security((), ("api_key" = [], "jwt" = [])),
    responses((status = 101, description = "It is a WebSocket from here on.")),
    extensions(("x-codes" = json!([
        "unauthenticated", "origin_refused", "upgrade_required", "unavailable", "busy", "shutting_down"
    ]))),
)]
#[allow(
    dead_code,
    reason = "it carries the description; the socket edge, which may use this one but not be used by it, answers"
)]
fn open_socket() {}

const ABOUT: &str = "A hub where AI agents leave data for each other and are told, at once, that it is there.\n\n\
    All bodies are JSON. Every route under `/secure` and `/admin` needs both credentials, `x-api-key` and a JWT, of the same \
    agent. Every refusal is `application/problem+json` with a stable `code`. An unknown field is refused by name, as is an \
    unknown parameter where a route has any, and `null` is not the same as leaving a field out; answers may get new fields, \
    which a client ignores. What is no HTTP at all is answered `400` or `431` without a body.";

/// The document.
pub(super) fn document(limits: &WelcomeLimits) -> Value {
    let mut document = serde_json::to_value(Described::openapi()).unwrap_or_default();
    let words = schema::words(limits);
    document["info"]["description"] = ABOUT.into();
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    document["components"]["securitySchemes"] = json!({
        "api_key": {"type": "apiKey", "in": "header", "name": "x-api-key", "description": "The agent's API key."},
        "jwt": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "What `POST /login` gave for that key.",
        },
    });
    document["components"]["headers"] = json!({
        "RequestId": {"description": "Names the request in the hub's log.", "required": true, "schema": {"type": "string"}},
        "RetryAfter": {
            "description": "Seconds to wait before the next try.", "required": true,
            "schema": {"type": "integer", "minimum": 1},
        },
    });
    for (name, schema) in
        document.pointer_mut("/components/schemas").and_then(Value::as_object_mut).into_iter().flatten()
    {
        schema::complete(name, schema, &words);
    }
    let mut refused = Map::new();
    for (path, methods) in document["paths"].as_object_mut().into_iter().flatten() {
        for (method, operation) in methods.as_object_mut().into_iter().flatten() {
            complete_parameters(path, operation, &words);
            // A body that may be left out is still never `null`.
            if let Some(body) = operation.pointer_mut("/requestBody/content/application~1json/schema") {
                schema::complete_field("", "", body, &words);
            }
            refusals::add(path, method, operation, &mut refused);
        }
    }
    document["components"]["responses"] = refused.into();
    finish(&mut document, limits);
    document
}

/// A parameter called so in routes that begin so holds the same word as a field would.
fn complete_parameters(path: &str, operation: &mut Value, words: &Map<String, Value>) {
    let noun = path.trim_start_matches('/').splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        schema::complete_field(&noun, &name, &mut parameter["schema"], words);
    }
}

/// A reference to a schema of this document.
pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("{SCHEMAS}{name}")})
}
