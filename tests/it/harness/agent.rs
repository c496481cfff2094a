//! One principal: a name, a key, a JWT, and what it does over REST.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::{
    http::{self, Request, Response},
    socket::TestSocket,
};

/// An agent that has logged in.
#[derive(Debug, Clone)]
pub struct TestAgent {
    pub address: SocketAddr,
    pub name: String,
    pub api_key: String,
    pub jwt: String,
}

/// The documented login request.
pub fn login_request(name: &str, api_key: &str) -> Request {
    Request::post("/login")
        .header("content-type", "application/json")
        .header("x-api-key", api_key)
        .header("username", name)
}

impl TestAgent {
    /// Logs in; panics when that is refused.
    pub async fn login(address: SocketAddr, name: &str, api_key: &str) -> Self {
        let mut agent = Self { address, name: name.into(), api_key: api_key.into(), jwt: String::new() };
        agent.login_again().await;
        agent
    }

    /// Another JWT.
    pub async fn login_again(&mut self) {
        let answer = self.try_login().await.ok();
        self.jwt = answer["token"].as_str().expect("a JWT").to_owned();
    }

    pub async fn try_login(&self) -> Response {
        http::send(self.address, &login_request(&self.name, &self.api_key)).await
    }

    /// `request` with this agent's two credentials.
    pub fn signed(&self, request: Request) -> Request {
        request.header("x-api-key", &self.api_key).header("authorization", &format!("Bearer {}", self.jwt))
    }

    /// Sends `request` with this agent's two credentials.
    pub async fn send(&self, request: Request) -> Response {
        http::send(self.address, &self.signed(request)).await
    }

    pub async fn get(&self, path: &str) -> Response {
        self.send(Request::get(path)).await
    }

    /// Publishes and returns the token.
    pub async fn publish(&self, body: &Value) -> String {
        let answer = self.try_publish(body).await.ok();
        assert_eq!(answer["status"], "ok");
        answer["token"].as_str().expect("a token").to_owned()
    }

    /// Publishes `data` to one address under an ordinary name.
    pub async fn tell(&self, to: &str, data: &str) -> String {
        self.publish(&json!({"name": "note", "data": data, "to": [to]})).await
    }

    pub async fn try_publish(&self, body: &Value) -> Response {
        self.send(Request::post("/secure/agent/publish").json(body)).await
    }

    pub async fn try_publish_with_key(&self, body: &Value, key: &str) -> Response {
        self.send(Request::post("/secure/agent/publish").header("idempotency-key", key).json(body)).await
    }

    pub async fn retrieve(&self, token: &str) -> Response {
        self.get(&format!("/secure/retrieve/{token}")).await
    }

    pub async fn retrieve_with_key(&self, token: &str, key: &str) -> Response {
        self.send(Request::get(&format!("/secure/retrieve/{token}")).header("idempotency-key", key)).await
    }

    pub async fn withdraw(&self, token: &str) -> Response {
        self.send(Request::delete(&format!("/secure/retrieve/{token}"))).await
    }

    pub async fn try_status(&self, token: &str) -> Response {
        self.get(&format!("/secure/status/{token}")).await
    }

    pub async fn status(&self, token: &str) -> Value {
        self.try_status(token).await.ok()
    }

    /// The inbox, with a query such as `limit=1&wait=5` or nothing.
    pub async fn inbox(&self, query: &str) -> Value {
        self.try_inbox(query).await.ok()
    }

    pub async fn try_inbox(&self, query: &str) -> Response {
        let mark = if query.is_empty() { "" } else { "?" };
        self.get(&format!("/secure/inbox{mark}{query}")).await
    }

    /// Moves the cursor of the own stream.
    pub async fn ack(&self, seq: i64) {
        assert_eq!(self.try_ack(&json!({ "seq": seq })).await.ok(), json!({"status": "ok"}));
    }

    pub async fn try_ack(&self, body: &Value) -> Response {
        self.send(Request::post("/secure/inbox/ack").json(body)).await
    }

    pub async fn make_channel(&self, name: &str, closed: bool) -> Value {
        self.send(Request::post("/secure/channels").json(&json!({"name": name, "closed": closed}))).await.ok()
    }

    pub async fn join(&self, channel: &str) -> Value {
        self.try_join(channel).await.ok()
    }

    pub async fn try_join(&self, channel: &str) -> Response {
        self.send(Request::put(&format!("/secure/channels/{channel}/membership"))).await
    }

    pub async fn leave(&self, channel: &str) -> Response {
        self.send(Request::delete(&format!("/secure/channels/{channel}/membership"))).await
    }

    /// A socket with header credentials that has been welcomed.
    pub async fn connect(&self) -> TestSocket {
        self.connect_saying(json!({"type": "hello"})).await
    }

    /// A welcomed socket, with a hello of the test's own.
    pub async fn connect_saying(&self, hello: Value) -> TestSocket {
        let mut socket = self.open().await;
        socket.send(&hello).await;
        socket.expect_welcome().await;
        socket
    }

    /// A welcomed socket with its credentials in the first frame, as a browser sends them.
    pub async fn connect_as_browser(&self) -> TestSocket {
        let mut socket = TestSocket::open(self.address, &[]).await;
        socket.send(&self.hello_frame()).await;
        socket.expect_welcome().await;
        socket
    }

    /// A socket with header credentials that has not said hello.
    pub async fn open(&self) -> TestSocket {
        let bearer = format!("Bearer {}", self.jwt);
        TestSocket::open(self.address, &[("x-api-key", &self.api_key), ("authorization", &bearer)]).await
    }

    /// A hello that carries both credentials.
    pub fn hello_frame(&self) -> Value {
        json!({"type": "hello", "api_key": self.api_key, "token": self.jwt})
    }
}
