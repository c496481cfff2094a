//! Refusals: what a client sees of an error, and what the log does.

use agent_hub_protocol::problem::CONTENT_TYPE;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::error::{Error, ErrorCode};

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.log();
        let status = StatusCode::from_u16(self.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.problem()).unwrap_or_default();
        let mut response =
            (status, [(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE))], body).into_response();
        // For whoever counts refusals.
        response.extensions_mut().insert(self.code());
        if let Some(seconds) = self.retry_after_s() {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        // What is left of the body is not worth reading.
        if matches!(status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

/// No such route: the same as "nothing here for you".
pub async fn not_found() -> Error {
    Error::of(ErrorCode::NotFound)
}

/// The route is there, the method is not.
pub async fn method_not_allowed() -> Error {
    Error::of(ErrorCode::MethodNotAllowed)
}

/// The same where not even `HEAD` is known, which is otherwise as `GET`: the methods that are.
#[must_use]
pub fn only_allowed(methods: &'static str) -> Response {
    let mut response = Error::of(ErrorCode::MethodNotAllowed).into_response();
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    response
}

/// A handler panicked: a bug. The panic's text may hold a payload and is not told; its place is in the log.
#[allow(clippy::needless_pass_by_value, reason = "the form that the layer asks for")]
pub fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Error::of(ErrorCode::Internal).into_response()
}
