//! The requests of the prototype that the hub grew from, byte for byte: its clients work unchanged.

use tokio::io::AsyncWriteExt as _;

use crate::harness::*;

on_both![
    a_login_as_documented,
    a_publish_as_documented,
    a_retrieve_as_documented,
    a_wrong_credential_is_401_on_each_documented_route,
    settings_are_read_from_a_dotenv_file,
];

const PAYLOAD: &str = r#"{
  "name": "ai_agent_name",
  "data": "crypted_data_to_share_between_ai_agents_or_services",
  "ttl": 86400
}"#;

/// Sends exactly `head` (lines with LF, as written here) and `body`.
async fn exchange(hub: &TestHub, head: &str, body: &str) -> Response {
    let mut connection = hub.connection().await;
    let request = format!("{}\r\n\r\n{body}", head.trim().replace('\n', "\r\n"));
    connection.stream.write_all(request.as_bytes()).await.unwrap();
    connection.read_response(false).await
}

async fn login(hub: &TestHub, key: &str, name: &str) -> Response {
    let head = format!(
        "POST /login HTTP/1.1\nHost: localhost:3000\nContent-Type: application/json\nx-api-key: {key}\nusername: {name}"
    );
    exchange(hub, &head, "").await
}

async fn publish(hub: &TestHub, key: &str, jwt: &str) -> Response {
    let head = format!(
        "POST /secure/agent/publish HTTP/1.1\nHost: localhost:3000\nContent-Type: application/json\nx-api-key: {key}\n\
         Authorization: Bearer {jwt}\nContent-Length: {}",
        PAYLOAD.len()
    );
    exchange(hub, &head, PAYLOAD).await
}

async fn retrieve(hub: &TestHub, token: &str, key: &str, jwt: &str) -> Response {
    let head = format!(
        "GET /secure/retrieve/{token} HTTP/1.1\nHost: localhost:3000\nContent-Type: application/json\nx-api-key: {key}\n\
         Authorization: Bearer {jwt}"
    );
    exchange(hub, &head, "").await
}

/// `2025-12-06T16:32:19Z`: UTC and whole seconds.
fn assert_documented_time(value: &Value) {
    let text = value.as_str().unwrap();
    let form: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(form, "0000-00-00T00:00:00Z", "{text}");
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

async fn a_login_as_documented(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    let answer = login(&hub, &alice.api_key, "alice").await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let body = answer.ok();
    assert_eq!(keys(&body), ["expires_at", "token"]);
    assert_documented_time(&body["expires_at"]);
    assert_eq!(body["token"].as_str().unwrap().split('.').count(), 3, "a JWT has three parts");
}

async fn a_publish_as_documented(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    let answer = publish(&hub, &alice.api_key, &alice.jwt).await;
    let body = answer.ok();
    assert_eq!(keys(&body), ["status", "token"]);
    assert_eq!(body["status"], "ok");
    assert!(answer.text().starts_with(r#"{"status":"ok","token":""#), "{}", answer.text());
}

async fn a_retrieve_as_documented(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let token = publish(&hub, &alice.api_key, &alice.jwt).await.ok()["token"].as_str().unwrap().to_owned();
    let body = retrieve(&hub, &token, &bob.api_key, &bob.jwt).await.ok();
    assert_eq!(body["token"], json!(token));
    assert_eq!(body["name"], "ai_agent_name");
    assert_eq!(body["data"], "crypted_data_to_share_between_ai_agents_or_services");
    assert_eq!(body["ttl"], 86400);
    assert_documented_time(&body["created_at"]);
}

async fn a_wrong_credential_is_401_on_each_documented_route(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    let token = publish(&hub, &alice.api_key, &alice.jwt).await.ok()["token"].as_str().unwrap().to_owned();
    login(&hub, "ahub_wrong", "alice").await.refused(401, "unauthenticated");
    publish(&hub, &alice.api_key, "not.a.jwt").await.refused(401, "unauthenticated");
    publish(&hub, "ahub_wrong", &alice.jwt).await.refused(401, "unauthenticated");
    retrieve(&hub, &token, &alice.api_key, "not.a.jwt").await.refused(401, "unauthenticated");
    retrieve(&hub, &token, "ahub_wrong", &alice.jwt).await.refused(401, "unauthenticated");
}

async fn settings_are_read_from_a_dotenv_file(db: Database) {
    let secret = "the-secret-in-the-dotenv-file-0123456789";
    let hub = TestHub::builder(db).env("JWT_SECRET", secret).settings_in_dotenv().start().await;
    let alice = hub.add_agent("alice").await;
    let key = jsonwebtoken::DecodingKey::from_secret(secret.as_bytes());
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::HS256);
    rules.validate_aud = false;
    let signed = jsonwebtoken::decode::<Value>(&alice.jwt, &key, &rules);
    assert!(signed.is_ok(), "the JWT is not signed with the secret of the .env file: {signed:?}");
    // MariaDB's address was in the .env file too: had it not been read, there would be no such row.
    assert_eq!(hub.count("agents").await, 2);
}
