//! The API described, made from the code once, at the first request for it: REST as OpenAPI, the socket as AsyncAPI.
//!
//! - [`openapi`]: which routes there are, and what their handlers say of themselves;
//! - [`refusals`]: how each may be refused, by the one table of errors;
//! - [`asyncapi`]: the frames of the socket, both ways.

mod asyncapi;
mod openapi;
mod refusals;

use std::sync::{Arc, OnceLock};

use agent_hub_protocol::{frame::WelcomeLimits, schema};
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

use super::Edge;

/// Where schemas stand, in both documents.
const SCHEMAS: &str = "#/components/schemas/";

/// `GET /openapi.json`.
#[utoipa::path(
    get, path = "/openapi.json", tag = "health", operation_id = "openapi", security(()),
    responses((status = 200, description = "This description.", body = Object)),
)]
pub(super) async fn rest(State(edge): State<Arc<Edge>>) -> Response {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    answer(DOCUMENT.get_or_init(|| openapi::document(&edge.hub.limits.for_clients()).to_string()))
}

/// `GET /asyncapi.json`.
#[utoipa::path(
    get, path = "/asyncapi.json", tag = "health", operation_id = "asyncapi", security(()),
    responses((status = 200, description = "The socket, described as AsyncAPI 3.", body = Object)),
)]
pub(super) async fn socket(State(edge): State<Arc<Edge>>) -> Response {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    answer(DOCUMENT.get_or_init(|| asyncapi::document(&edge.hub.limits.for_clients()).to_string()))
}

fn answer(document: &'static str) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], document).into_response()
}

/// Completes a document: the words of the wire that it refers to, and no word about the code.
fn finish(document: &mut Value, limits: &WelcomeLimits) {
    add_words(document, limits);
    forget_code(document);
}

/// Links into the code say nothing to whoever reads a description.
fn forget_code(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(told) = fields.get("description").and_then(Value::as_str).filter(|told| told.contains("[`")) {
                let before = told.split("[`").next().unwrap_or_default().trim_end();
                let told = match before.strip_suffix("see").or_else(|| before.strip_suffix("See")) {
                    Some(rest) => rest.trim_end_matches([',', ' ']).to_owned() + ".",
                    None => told.replace("[`", "`").replace("`]", "`"),
                };
                fields.remove("description");
                if told != "." {
                    fields.insert("description".into(), told.into());
                }
            }
            fields.values_mut().for_each(forget_code);
        }
        Value::Array(lines) => lines.iter_mut().for_each(forget_code),
        _ => {}
    }
}

/// Adds the words of the wire that `document` refers to, and those that these refer to, to its schemas.
fn add_words(document: &mut Value, limits: &WelcomeLimits) {
    let words = schema::words(limits);
    let mut wanted = Vec::new();
    collect_references(document, &mut wanted);
    let mut added = Map::new();
    while let Some(name) = wanted.pop() {
        if let Some(word) = words.get(&name).filter(|_| !added.contains_key(&name)) {
            collect_references(word, &mut wanted);
            added.insert(name, word.clone());
        }
    }
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        schemas.extend(added);
    }
}

/// The names of the schemas that a value refers to.
fn collect_references(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(Value::as_str).and_then(|to| to.strip_prefix(SCHEMAS));
            names.extend(name.map(str::to_owned));
            fields.values().for_each(|field| collect_references(field, names));
        }
        Value::Array(lines) => lines.iter().for_each(|line| collect_references(line, names)),
        _ => {}
    }
}
