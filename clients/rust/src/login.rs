//! The JWT: one login serves all requests, and the next comes before it ends.

use std::time::Duration;

use agent_hub_protocol::{body::LoginAnswer, error::ErrorCode};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use tokio::time::Instant;

use crate::{Error, Result};

/// A JWT that claims to live longer is renewed as if it lived so long, in seconds: 30 days.
const LIFE_MAX_S: u64 = 30 * 24 * 3600;

/// A JWT in use.
#[derive(Clone)]
pub(crate) struct Jwt {
    /// The JWT itself: secret.
    pub(crate) text: String,
    /// The hub id: whom the JWT is for.
    pub(crate) hub: String,
    /// When to get the next one.
    pub(crate) renew_at: Instant,
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    iat: i64,
    exp: i64,
}

impl Jwt {
    /// Takes over what a login answered.
    pub(crate) fn read(answer: LoginAnswer, now: Instant) -> Result<Self> {
        let foreign =
            || Error::refused(ErrorCode::Unauthenticated, "the answer of the login is not one of an agent-hub");
        let claims = answer.token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
        let claims: Claims = claims.and_then(|json| serde_json::from_slice(&json).ok()).ok_or_else(foreign)?;
        // By its length, not by this machine's clock, which may be wrong.
        let life = claims.exp.checked_sub(claims.iat).and_then(|life| u64::try_from(life).ok()).ok_or_else(foreign)?;
        let life = Duration::from_secs(life.min(LIFE_MAX_S));
        let before_its_end = (life / 10).max(Duration::from_secs(60)).min(life / 2);
        Ok(Self { text: answer.token, hub: claims.aud, renew_at: now + (life - before_its_end) })
    }
}
