//! Logging in, and proving who is asking. Both credentials are needed, and both must belong to the same agent.

use std::{net::IpAddr, sync::Arc};

use agent_hub_protocol::{body::LoginAnswer, time::Timestamp};

use super::{Hub, directory::Agent};
use crate::{
    auth::{
        key::{self, KeyHash},
        principal::Principal,
    },
    clock,
    error::{Error, ErrorCode, Result},
    store::agents::KeyRow,
};

fn refused() -> Error {
    Error::of(ErrorCode::Unauthenticated)
}

impl Hub {
    /// Gives a JWT to whoever shows an API key and the name that it belongs to.
    ///
    /// # Errors
    /// `unauthenticated`, the same for whatever was wrong; `too_many_requests` after many failures.
    pub async fn login(&self, api_key: &str, name: &str, from: IpAddr) -> Result<LoginAnswer> {
        let Some((agent, key)) = self.find_login(api_key, name).await? else {
            self.audit_refused_login(name, from);
            let failed = self.throttle.failed(name, from);
            return Err(failed.map_or_else(refused, |wait| Error::of(ErrorCode::TooManyRequests).retry_after(wait)));
        };
        let (token, exp) = self.signer.sign(agent.id, key.version, clock::now_ms())?;
        self.seen(agent.id);
        self.metrics.logins.inc();
        self.audit_login(&agent.name, from);
        Ok(LoginAnswer { token, expires_at: Timestamp(exp.saturating_mul(1000)) })
    }

    /// Goes by the key alone, and compares the name with that of its agent: how long it takes tells nothing of which names
    /// there are.
    async fn find_login(&self, api_key: &str, name: &str) -> Result<Option<(Arc<Agent>, KeyRow)>> {
        let Some(hash) = key::hash(api_key) else { return Ok(None) };
        let Some(key) = self.directory.key(&hash).await? else { return Ok(None) };
        let agent = self.directory.agent(key.agent).await?;
        let is_right = |agent: &Arc<Agent>| *agent.name == *name && !agent.disabled && is_alive(&key, clock::now_ms());
        Ok(agent.filter(is_right).map(|agent| (agent, key)))
    }

    /// Who shows these two.
    ///
    /// # Errors
    /// `unauthenticated`, the same for whatever was wrong.
    pub async fn authenticate(&self, api_key: &str, jwt: &str) -> Result<Principal> {
        let hash = key::hash(api_key).ok_or_else(refused)?;
        self.authenticate_key(&hash, jwt).await
    }

    /// As [`Hub::authenticate`], for a session whose key was shown before.
    ///
    /// # Errors
    /// `unauthenticated`.
    pub async fn authenticate_key(&self, hash: &KeyHash, jwt: &str) -> Result<Principal> {
        let claims = self.signer.check(jwt).ok_or_else(refused)?;
        let mut principal = self.find_principal(hash, claims.kv).await?;
        if claims.agent() != Some(principal.agent) {
            return Err(refused());
        }
        principal.ends_at = principal.ends_at.min(claims.exp.saturating_mul(1000));
        Ok(principal)
    }

    /// Whether what a session was opened with still holds; its JWT was checked, and ends at `principal.ends_at`.
    ///
    /// # Errors
    /// `unauthenticated`: disabled, or the key or the JWT has ended.
    pub async fn recheck(&self, principal: &Principal) -> Result<Principal> {
        if principal.ends_at <= clock::now_ms() {
            return Err(refused());
        }
        let mut now = self.find_principal(&principal.key, principal.key_version).await?;
        now.ends_at = now.ends_at.min(principal.ends_at);
        Ok(now)
    }

    async fn find_principal(&self, hash: &KeyHash, version: i64) -> Result<Principal> {
        let key = self.directory.key(hash).await?.ok_or_else(refused)?;
        let agent = self.directory.agent(key.agent).await?.ok_or_else(refused)?;
        if agent.disabled || key.version != version || !is_alive(&key, clock::now_ms()) {
            return Err(refused());
        }
        self.seen(agent.id);
        Ok(Principal {
            agent: agent.id,
            name: agent.name.clone(),
            role: agent.role,
            key: *hash,
            key_version: key.version,
            ends_at: key.ends_at.unwrap_or(i64::MAX),
        })
    }
}

fn is_alive(key: &KeyRow, now: i64) -> bool {
    key.ends_at.is_none_or(|end| now < end)
}
