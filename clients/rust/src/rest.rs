//! Requests: logged in, repeated where that can help, and bounded in time.

use std::{
    net::IpAddr,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use agent_hub_protocol::{body::LoginAnswer, error::ErrorCode, trace::TraceParent};
use reqwest::{Client, Method, StatusCode, Url, header};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{sync::Mutex, time::Instant};

use crate::{
    Error, Result,
    backoff::Backoff,
    login::Jwt,
    profile::{self, Profile},
};

/// How long a request is repeated, in all, when nothing else is said.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);
/// How long a connection may take.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// What a body weighs from which its way is worth telling, in bytes; and the pieces that it goes in.
const PIECE: usize = 64 * 1024;

/// Largest answer that is taken, in bytes: more than any hub's limit, and less than this machine's memory.
const ANSWER_MAX: usize = 256 * 1024 * 1024;

/// Is told how many bytes of how many are on their way.
pub type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// One agent's way to its hub by REST.
pub(crate) struct Rest {
    client: Client,
    url: RwLock<String>,
    /// Where the hub of this machine writes its address.
    folder: Option<PathBuf>,
    agent: String,
    api_key: String,
    limit: Duration,
    progress: Option<Progress>,
    jwt: Mutex<Option<Jwt>>,
}

/// One request.
pub(crate) struct Call {
    method: Method,
    path: String,
    body: Option<Vec<u8>>,
    idempotency_key: Option<String>,
    traceparent: Option<String>,
    /// How long the hub may hold it.
    held: Duration,
}

impl Call {
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), body: None, idempotency_key: None, traceparent: None, held: Duration::ZERO }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(crate) fn json(mut self, body: &impl Serialize) -> Self {
        self.body = Some(serde_json::to_vec(body).unwrap_or_default());
        self
    }

    pub(crate) fn text(mut self, body: String) -> Self {
        self.body = Some(body.into_bytes());
        self
    }

    pub(crate) fn key(mut self, key: &str) -> Self {
        self.idempotency_key = Some(key.into());
        self
    }

    pub(crate) fn traceparent(mut self, traceparent: Option<TraceParent>) -> Self {
        self.traceparent = traceparent.map(|trace| trace.to_string());
        self
    }

    /// For a request that the hub holds: so much longer.
    pub(crate) fn held_for(mut self, wait: Duration) -> Self {
        self.held = wait;
        self
    }
}

/// Why one try failed.
enum Failed {
    /// No, and that will not change.
    No(Error),
    /// The JWT is not, or no longer, good.
    Jwt(Error),
    /// Perhaps later.
    Later(Error),
}

/// What became of a request that makes something under a name.
pub(crate) enum Made<T> {
    /// It is made.
    Done(T),
    /// The name is taken: perhaps by an earlier try of the same request, whose answer was lost.
    Perhaps(Error),
}

/// Until when a request is repeated.
struct Patience {
    end: Instant,
    backoff: Backoff,
}

impl Patience {
    fn new(limit: Duration) -> Self {
        Self { end: Instant::now() + limit, backoff: Backoff::of_requests() }
    }

    fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// Waits for the next try, as the hub asked or at random; the last error when there is no time left for one.
    async fn wait(&mut self, error: Error) -> Result<()> {
        let asked = if let Error::Hub { retry_after, .. } = &error { *retry_after } else { None };
        let pause = asked.unwrap_or_else(|| self.backoff.pause());
        if pause >= self.left() {
            return Err(error);
        }
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

impl Rest {
    pub(crate) fn new(profile: &Profile, limit: Duration, progress: Option<Progress>) -> Result<Self> {
        let client =
            Client::builder().connect_timeout(CONNECT_LIMIT).redirect(reqwest::redirect::Policy::none()).build();
        let client = client.map_err(|error| Error::Unreachable { hub: profile.url.clone(), why: error.to_string() })?;
        let Profile { agent, api_key, url, is_elsewhere, .. } = profile.clone();
        let folder = (!is_elsewhere).then(|| profile.folder().to_owned());
        Ok(Self { client, url: RwLock::new(url), folder, agent, api_key, limit, progress, jwt: Mutex::new(None) })
    }

    pub(crate) fn url(&self) -> String {
        self.url.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A hub of this machine may come back at another address: looks where it says that it is. The key goes nowhere that is less safe.
    pub(crate) fn find_again(&self) {
        let written = self.folder.as_deref().and_then(|folder| profile::find_local_hub(folder).ok().flatten());
        if let Some(url) = written.filter(|url| is_as_safe(&self.url(), url)) {
            *self.url.write().unwrap_or_else(PoisonError::into_inner) = url;
        }
    }

    pub(crate) fn agent(&self) -> &str {
        &self.agent
    }

    pub(crate) fn api_key(&self) -> &str {
        &self.api_key
    }

    /// A JWT that is good for a while; logs in if there is none.
    pub(crate) async fn jwt(&self) -> Result<Jwt> {
        let mut kept = self.jwt.lock().await;
        match &*kept {
            Some(jwt) if Instant::now() < jwt.renew_at => Ok(jwt.clone()),
            _ => {
                let jwt = self.log_in().await?;
                *kept = Some(jwt.clone());
                Ok(jwt)
            }
        }
    }

    /// Forgets a JWT that the hub refused; another that came meanwhile stays.
    pub(crate) async fn forget(&self, refused: &Jwt) {
        let mut kept = self.jwt.lock().await;
        if kept.as_ref().is_some_and(|jwt| jwt.text == refused.text) {
            *kept = None;
        }
    }

    /// Does `call`; its answer.
    pub(crate) async fn call<T: DeserializeOwned>(&self, call: Call) -> Result<T> {
        self.read(&self.bytes(&call, &mut false).await?)
    }

    /// Does `call`, which makes something under a name and knows no idempotency key.
    pub(crate) async fn make<T: DeserializeOwned>(&self, call: Call) -> Result<Made<T>> {
        let mut is_repeated = false;
        match self.bytes(&call, &mut is_repeated).await {
            Ok(bytes) => Ok(Made::Done(self.read(&bytes)?)),
            Err(taken) if is_repeated && taken.is(ErrorCode::NameTaken) => Ok(Made::Perhaps(taken)),
            Err(error) => Err(error),
        }
    }

    fn read<T: DeserializeOwned>(&self, bytes: &[u8]) -> Result<T> {
        serde_json::from_slice(bytes).map_err(|_| self.foreign())
    }

    /// `is_repeated`: whether an earlier try may have done it.
    async fn bytes(&self, call: &Call, is_repeated: &mut bool) -> Result<Vec<u8>> {
        let (mut patience, mut logins) = (Patience::new(self.limit + call.held), 0);
        loop {
            let jwt = self.jwt().await?;
            match self.once(call, &jwt, patience.left()).await {
                Ok(done) => return Ok(done),
                Err(Failed::No(error)) => return Err(error),
                // Once more with a new one; who is refused then has no good key.
                Err(Failed::Jwt(error)) => {
                    self.forget(&jwt).await;
                    logins += 1;
                    if logins > 1 {
                        return Err(error);
                    }
                }
                Err(Failed::Later(error)) => {
                    *is_repeated = true;
                    patience.wait(error).await?;
                    self.find_again();
                }
            }
        }
    }

    async fn log_in(&self) -> Result<Jwt> {
        let (mut patience, begun) = (Patience::new(self.limit), Instant::now());
        loop {
            let request = self.client.post(format!("{}/login", self.url()));
            let request = request.header("x-api-key", &self.api_key).header("username", &self.agent);
            match self.send(request, patience.left()).await {
                Ok(answer) => {
                    let answer: LoginAnswer = serde_json::from_slice(&answer).map_err(|_| self.foreign())?;
                    return Jwt::read(answer, begun);
                }
                Err(Failed::No(error) | Failed::Jwt(error)) => return Err(error),
                Err(Failed::Later(error)) => {
                    patience.wait(error).await?;
                    self.find_again();
                }
            }
        }
    }

    async fn once(&self, call: &Call, jwt: &Jwt, left: Duration) -> std::result::Result<Vec<u8>, Failed> {
        let mut request = self
            .client
            .request(call.method.clone(), format!("{}{}", self.url(), call.path))
            .header("x-api-key", &self.api_key)
            .bearer_auth(&jwt.text);
        if let Some(key) = &call.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        if let Some(traceparent) = &call.traceparent {
            request = request.header("traceparent", traceparent);
        }
        if let Some(body) = &call.body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(self.outgoing(body));
        }
        self.send(request, left).await
    }

    async fn send(&self, request: reqwest::RequestBuilder, left: Duration) -> std::result::Result<Vec<u8>, Failed> {
        let later = |error: reqwest::Error| Failed::Later(self.unreachable(&reason(&error)));
        let answer = request.timeout(left.max(Duration::from_millis(1))).send().await.map_err(later)?;
        let status = answer.status();
        let retry_after = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = retry_after.and_then(|value| value.parse().ok()).map(Duration::from_secs);
        let body = self.incoming(answer).await.map_err(Failed::Later)?;
        if status.is_success() {
            return Ok(body);
        }
        let error = Error::from_answer(status.as_u16(), retry_after, &body);
        Err(match status {
            StatusCode::UNAUTHORIZED => Failed::Jwt(error),
            _ if may_succeed_later(status) => Failed::Later(error),
            _ => Failed::No(error),
        })
    }

    /// A body, in pieces if somebody watches its way.
    fn outgoing(&self, body: &[u8]) -> reqwest::Body {
        let Some(progress) = self.progress.clone().filter(|_| body.len() > PIECE) else { return body.to_vec().into() };
        let total = body.len() as u64;
        let pieces: Vec<Vec<u8>> = body.chunks(PIECE).map(<[u8]>::to_vec).collect();
        let mut sent = 0;
        reqwest::Body::wrap_stream(futures::stream::iter(pieces.into_iter().map(move |piece| {
            sent += piece.len() as u64;
            progress(sent, total);
            Ok::<_, std::convert::Infallible>(piece)
        })))
    }

    async fn incoming(&self, mut answer: reqwest::Response) -> Result<Vec<u8>> {
        let total = answer.content_length().unwrap_or_default();
        let progress = self.progress.as_ref().filter(|_| total > PIECE as u64);
        let mut body = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(|error| self.unreachable(&reason(&error)))? {
            if body.len() + piece.len() > ANSWER_MAX {
                return Err(self.unreachable("its answer does not end"));
            }
            body.extend_from_slice(&piece);
            if let Some(progress) = progress {
                progress(body.len() as u64, total);
            }
        }
        Ok(body)
    }

    /// The error of an answer that no agent-hub gives.
    pub(crate) fn foreign(&self) -> Error {
        self.unreachable("its answer is not one of an agent-hub")
    }

    fn unreachable(&self, why: &str) -> Error {
        Error::Unreachable { hub: self.url(), why: why.into() }
    }
}

/// Whether no more is read of what goes to one address than of what goes to the other: at the same host, on this machine, or over TLS.
fn is_as_safe(before: &str, now: &str) -> bool {
    let host = |url: &str| {
        Url::parse(url).ok().and_then(|url| url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned()))
    };
    let is_here = |host: &str| host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    host(now).is_some_and(|now_at| now.starts_with("https:") || is_here(&now_at) || host(before) == Some(now_at))
}

fn may_succeed_later(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504 | 507)
}

/// The innermost reason: the outer ones only say that a request failed.
fn reason(error: &reqwest::Error) -> String {
    let mut reason: &dyn std::error::Error = error;
    while let Some(source) = reason.source() {
        reason = source;
    }
    if error.is_timeout() { "it did not answer in time".into() } else { reason.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_goes_to_no_address_that_is_less_safe() {
        let safe = |now| is_as_safe("http://127.0.0.1:3000", now);
        assert!(safe("http://127.0.0.1:4000") && safe("http://[::1]:3000") && safe("https://hub.example"));
        assert!(!safe("http://hub.example:3000") && !safe("nonsense") && !safe(""));
        assert!(is_as_safe("http://10.0.0.5:3000", "http://10.0.0.5:4000"));
    }
}
