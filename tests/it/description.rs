//! What the hub says of itself, at `/openapi.json`, `/asyncapi.json` and `/docs`, is what it has. That each route does what is
//! said of it is tested in `tests/openapi`.

use std::{collections::BTreeSet, fs, path::Path};

use agent_hub_protocol::error::ErrorCode;

use crate::harness::*;

on_one! {
    every_route_is_described_and_whatever_is_described_is_a_route,
    every_refusal_of_the_description_is_one_of_the_table,
    every_operation_has_a_name_of_its_own,
    every_reference_leads_somewhere,
    the_configured_limits_are_those_described,
    a_405_names_the_methods_that_there_are,
    the_close_codes_are_those_of_the_table,
    the_docs_run_nothing_but_their_own_files,
}

/// Pages and the files of pages, which are no API. They have a router of their own, which is not read.
const ROUTERS: [&str; 3] = ["src/http/mod.rs", "src/http/admin/mod.rs", "src/ws/mod.rs"];
const METHODS: [&str; 4] = ["get", "post", "put", "delete"];

/// `METHOD path` of every route, as the routers' pages have them.
fn routes() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = ROUTERS.map(|file| fs::read_to_string(root.join(file)).expect("a router"));
    let mut routes = BTreeSet::new();
    for line in pages.iter().flat_map(|page| page.split(".route(").skip(1)) {
        let line = line.split(".merge(").next().unwrap_or_default();
        let path = line.split('"').nth(1).expect("a path");
        routes.extend(METHODS.iter().filter(|method| calls(line, method)).map(|method| format!("{method} {path}")));
    }
    assert!(routes.len() > 30, "the routers are not written as they were: {routes:?}");
    routes
}

/// Whether a function called so is called: `get(…)` and `.get(…)`, not `widget(…)`.
fn calls(line: &str, name: &str) -> bool {
    let call = format!("{name}(");
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(&call).any(|(at, _)| !line[..at].ends_with(is_word))
}

async fn document(hub: &TestHub, path: &str) -> Value {
    let answer = hub.send(&Request::get(path)).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    answer.ok()
}

/// Every operation, as `method path` and what is said of it.
fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods");
        methods.iter().map(move |(method, operation)| (format!("{method} {path}"), operation))
    });
    operations.collect()
}

async fn every_route_is_described_and_whatever_is_described_is_a_route(database: Database) {
    let hub = TestHub::start(database).await;
    let document = document(&hub, "/openapi.json").await;
    let described: BTreeSet<_> = operations(&document).into_iter().map(|(operation, _)| operation).collect();
    let routes = routes();
    let missing: Vec<_> = routes.difference(&described).collect();
    let invented: Vec<_> = described.difference(&routes).collect();
    assert!(missing.is_empty(), "not in the list of src/http/describe/openapi.rs: {missing:?}");
    assert!(invented.is_empty(), "described, but no route: {invented:?}");
}

async fn every_refusal_of_the_description_is_one_of_the_table(database: Database) {
    let hub = TestHub::start(database).await;
    let document = document(&hub, "/openapi.json").await;
    let refusals = document["components"]["responses"].as_object().expect("refusals");
    for (name, refusal) in refusals {
        let says = &refusal["content"]["application/problem+json"]["schema"]["allOf"][1]["properties"];
        for code in says["code"]["enum"].as_array().expect(name) {
            let code = code.as_str().and_then(ErrorCode::find).expect(name);
            assert_eq!(says["status"]["const"], code.status(), "{name}");
        }
    }
    // A code that a handler names and the table does not know would be lost silently.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http");
    for folder in [root.clone(), root.join("admin"), root.join("describe")] {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let text = if path.is_file() { fs::read_to_string(&path).expect("a source") } else { continue };
            for codes in text.split("\"x-codes\" = json!([").skip(1) {
                for code in codes.split("])").next().unwrap_or_default().split('"').skip(1).step_by(2) {
                    assert!(ErrorCode::find(code).is_some(), "{}: {code}", path.display());
                }
            }
        }
    }
}

async fn every_operation_has_a_name_of_its_own(database: Database) {
    let hub = TestHub::start(database).await;
    let document = document(&hub, "/openapi.json").await;
    let mut names = BTreeSet::new();
    for (operation, told) in operations(&document) {
        let name = told["operationId"].as_str().expect("a name");
        assert!(names.insert(name), "{operation}: {name} is taken");
        assert!(told["summary"].as_str().is_some_and(|summary| summary.ends_with('.')), "{operation} has no summary");
        let tag = &told["tags"][0];
        let known = document["tags"].as_array().expect("tags").iter().any(|known| known["name"] == *tag);
        assert!(known, "{operation}: {tag} is no tag of the list");
    }
}

/// Every `$ref` of a document.
fn references(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str);
            fields.values().flat_map(references).chain(own).collect()
        }
        Value::Array(lines) => lines.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

async fn every_reference_leads_somewhere(database: Database) {
    let hub = TestHub::start(database).await;
    for path in ["/openapi.json", "/asyncapi.json"] {
        let document = document(&hub, path).await;
        for reference in references(&document) {
            let pointer = reference.strip_prefix('#').expect("a reference into the document");
            assert!(document.pointer(pointer).is_some(), "{path}: {reference}");
        }
        assert!(!document.to_string().contains("[`"), "{path} has links into the code");
    }
}

async fn the_configured_limits_are_those_described(database: Database) {
    let hub = TestHub::builder(database).flag("--ttl-max", "1h").flag("--data-max-bytes", 70_000).start().await;
    for path in ["/openapi.json", "/asyncapi.json"] {
        let schemas = &document(&hub, path).await["components"]["schemas"];
        assert_eq!(
            (&schemas["Ttl"]["maximum"], &schemas["Data"]["maxLength"]),
            (&json!(3600), &json!(70_000)),
            "{path}"
        );
    }
}

async fn a_405_names_the_methods_that_there_are(database: Database) {
    let hub = TestHub::start(database).await;
    for (method, path, allowed) in [
        ("PATCH", "/health", "GET,HEAD"),
        ("GET", "/login", "POST"),
        ("HEAD", "/login", "POST"),
        ("HEAD", "/secure/retrieve/x", "GET,DELETE"),
        ("PUT", "/secure/retrieve/x", "GET,DELETE"),
        ("HEAD", "/secure/ws", "GET"),
        ("POST", "/secure/ws", "GET"),
        ("POST", "/docs", "GET,HEAD"),
    ] {
        let answer = hub.send(&Request::new(method, path)).await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some(allowed)), "{method} {path}");
    }
}

async fn the_close_codes_are_those_of_the_table(database: Database) {
    let hub = TestHub::start(database).await;
    let document = document(&hub, "/asyncapi.json").await;
    let told = document["channels"]["socket"]["x-close-codes"].as_array().expect("close codes");
    let told: BTreeSet<_> = told.iter().filter_map(|line| line["close"].as_u64()).collect();
    let table = ErrorCode::ALL.iter().map(|code| u64::from(code.close())).filter(|close| *close != 0);
    // What WebSocket itself says, and no error of the table.
    assert_eq!(told, table.chain([1002, 1007]).collect());
}

async fn the_docs_run_nothing_but_their_own_files(database: Database) {
    let hub = TestHub::start(database).await;
    let page = hub.send(&Request::get("/docs")).await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let html = page.text();
    assert!(!html.contains("<style") && !html.contains("style=") && !html.contains(" on"), "{html}");
    for file in html.split('"').filter(|word| word.starts_with("/docs/")) {
        let answer = hub.send(&Request::get(file)).await;
        assert_eq!(answer.status, 200, "{file}");
        for way in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "http://", "https://"] {
            assert!(!answer.text().contains(way), "{file} has {way}");
        }
    }
    hub.send(&Request::get("/docs/nothing.js")).await.refused(404, "not_found");
}
