//! JWTs (RFC 7519): HS256 only, every claim required. They name the agent by its id, the key that they were got with, and
//! the hub that they are for.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::{
    clock,
    config::Secret,
    error::{Error, ErrorCode, Result},
    store::AgentId,
};

const ISSUER: &str = "agent-hub";

/// What a JWT says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    iss: String,
    aud: String,
    sub: String,
    /// Version of the key that it was got with.
    pub kv: i64,
    iat: i64,
    /// When it ends, in seconds since the epoch.
    pub exp: i64,
}

impl Claims {
    /// The agent.
    #[must_use]
    pub fn agent(&self) -> Option<AgentId> {
        self.sub.parse().ok()
    }
}

/// Signs with one secret, checks with it and the one before.
pub struct Signer {
    signing: EncodingKey,
    checking: Vec<DecodingKey>,
    validation: Validation,
    hub_id: String,
    ttl_s: i64,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

impl Signer {
    /// For the hub `hub_id`: a JWT of another hub is refused even where the secret is the same.
    #[must_use]
    pub fn new(secret: &Secret, previous: Option<&Secret>, hub_id: &str, ttl: Duration) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        validation.set_audience(&[hub_id]);
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["exp", "sub", "aud", "iss"]);
        let secrets = std::iter::once(secret).chain(previous);
        Self {
            signing: EncodingKey::from_secret(secret.expose().as_bytes()),
            checking: secrets.map(|secret| DecodingKey::from_secret(secret.expose().as_bytes())).collect(),
            validation,
            hub_id: hub_id.to_owned(),
            ttl_s: i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX),
        }
    }

    /// Signs a JWT for an agent that has shown the key with this version; with it, when it ends (seconds since the epoch).
    ///
    /// # Errors
    /// Signing failed.
    pub fn sign(&self, agent: AgentId, key_version: i64, now_ms: i64) -> Result<(String, i64)> {
        let iat = now_ms.div_euclid(1000);
        let exp = iat.saturating_add(self.ttl_s);
        let claims =
            Claims { iss: ISSUER.into(), aud: self.hub_id.clone(), sub: agent.to_string(), kv: key_version, iat, exp };
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signing)
            .map_err(|error| Error::of(ErrorCode::Internal).because(error))?;
        Ok((token, exp))
    }

    /// What a JWT says, if it is ours and not over.
    #[must_use]
    pub fn check(&self, token: &str) -> Option<Claims> {
        // Ours are under 400 bytes: nothing longer is worth decoding.
        if token.len() > 1024 {
            return None;
        }
        let decoded =
            |key| jsonwebtoken::decode::<Claims>(token, key, &self.validation).ok().map(|decoded| decoded.claims);
        // The library counts whole seconds, and lets a JWT live to the end of its last.
        let alive = |claims: &Claims| clock::now_ms() < claims.exp.saturating_mul(1000);
        self.checking.iter().find_map(decoded).filter(alive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn signer(secret: &str, previous: Option<&str>, hub: &str) -> Signer {
        let previous = previous.map(Secret::from);
        Signer::new(&Secret::from(secret), previous.as_ref(), hub, Duration::from_secs(60))
    }

    #[test]
    fn a_jwt_is_good_for_its_hub_and_its_time() {
        let ours = signer(SECRET, None, "hub-a");
        let now = crate::clock::now_ms();
        let (token, exp) = ours.sign(7, 1, now).unwrap();
        assert_eq!(ours.check(&token).and_then(|claims| claims.agent()), Some(7));
        assert_eq!(exp, now / 1000 + 60);
        assert_eq!(signer(SECRET, None, "hub-b").check(&token), None);
        let (old, _) = ours.sign(7, 1, now - 61_000).unwrap();
        assert_eq!(ours.check(&old), None);
    }

    #[test]
    fn a_previous_secret_checks_but_does_not_sign() {
        let before = signer(SECRET, None, "hub");
        let after = signer("another-secret-of-32-bytes-or-more", Some(SECRET), "hub");
        let (old, _) = before.sign(7, 1, crate::clock::now_ms()).unwrap();
        let (new, _) = after.sign(7, 1, crate::clock::now_ms()).unwrap();
        assert!(after.check(&old).is_some());
        assert!(before.check(&new).is_none());
    }
}
