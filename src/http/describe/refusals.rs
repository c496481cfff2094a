//! How a route may be refused. What its shape says is added here (a body may be too large, a path may name nothing); what only
//! its handler knows stands there, as `x-codes`. Statuses and words come from the one table of errors.

use std::collections::BTreeMap;

use agent_hub_protocol::problem::CONTENT_TYPE;
use serde_json::{Map, Value, json};

use super::openapi::reference;
use crate::error::{Error, ErrorCode};

/// Adds to an operation how it may be refused; the refusals themselves go into `shared`, once each.
pub(super) fn add(path: &str, method: &str, operation: &mut Value, shared: &mut Map<String, Value>) {
    let mut by_status: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
    let own = operation.as_object_mut().and_then(|fields| fields.remove("x-codes"));
    let own = own.iter().filter_map(Value::as_array).flatten().filter_map(Value::as_str).filter_map(ErrorCode::find);
    let expected: Vec<ErrorCode> = of_shape(path, method, operation).into_iter().chain(own).collect();
    for code in ErrorCode::ALL.iter().filter(|code| expected.contains(code)) {
        by_status.entry(code.status()).or_default().push(*code);
    }
    for response in operation["responses"].as_object_mut().into_iter().flat_map(|all| all.values_mut()) {
        response["headers"] = headers(false);
    }
    for (status, codes) in by_status {
        let names: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
        let name = format!("{status}.{}", names.join("."));
        operation["responses"][status.to_string()] = json!({"$ref": format!("#/components/responses/{name}")});
        shared.entry(name).or_insert_with(|| refusal(status, &codes));
    }
}

/// What follows from the route and from what it asks for.
fn of_shape(path: &str, method: &str, operation: &Value) -> Vec<ErrorCode> {
    use ErrorCode::*;
    let mut codes = vec![BadRequest, UriTooLong, Internal];
    let has = |place: &str| {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        parameters.into_iter().any(|parameter| parameter["in"] == place)
    };
    if operation.get("security").is_none() {
        codes.extend([Unauthenticated, Unavailable]);
    }
    if path.starts_with("/admin/") {
        codes.push(Forbidden);
    }
    if operation.get("requestBody").is_some() {
        codes.extend([RequestTimeout, TooLarge, UnsupportedMediaType, Invalid, Busy]);
    }
    if has("query") {
        codes.push(Invalid);
    }
    if has("path") {
        codes.push(NotFound);
    }
    if method != "get" && operation.get("security").is_none() {
        codes.extend([Busy, OutcomeUnknown, ShuttingDown, StorageFull]);
    }
    codes
}

fn refusal(status: u16, codes: &[ErrorCode]) -> Value {
    let told: Vec<_> = codes.iter().map(|code| format!("`{}`: {}", code.as_str(), code.title())).collect();
    let names: Vec<_> = codes.iter().map(|code| code.as_str()).collect();
    let says = json!({"properties": {"status": {"const": status}, "code": {"enum": names}}});
    let waits = codes.iter().any(|code| Error::of(*code).retry_after_s().is_some());
    json!({
        "description": told.join("\n\n"),
        "headers": headers(waits),
        "content": {CONTENT_TYPE: {"schema": {"allOf": [reference("Problem"), says]}}},
    })
}

fn headers(waits: bool) -> Value {
    let mut headers = json!({"x-request-id": {"$ref": "#/components/headers/RequestId"}});
    if waits {
        headers["Retry-After"] = json!({"$ref": "#/components/headers/RetryAfter"});
    }
    headers
}
