//! Live sessions of this node, for operators.

use std::sync::Arc;

use agent_hub_protocol::{
    admin::{SessionAnswer, SessionsAnswer},
    time::Timestamp,
};

use super::page;
use crate::{
    auth::principal::Principal,
    error::{Error, ErrorCode, Result},
    hub::{Hub, registry::LiveSession},
    store::change::Audit,
};

impl Hub {
    /// Live sessions after `after`, of one agent or of all.
    ///
    /// # Errors
    /// `not_found`: no such agent. `invalid`: `after` is no session's id.
    pub async fn list_sessions(&self, agent: Option<&str>, after: Option<&str>, limit: u32) -> Result<SessionsAnswer> {
        let agent = match agent {
            Some(name) => Some(self.require_agent(name).await?.id),
            None => None,
        };
        let wrong = || Error::invalid("parameter `after`: expected the id of a session");
        let after = after.map_or(Some(0), session_id).ok_or_else(wrong)?;
        let (live, more) = page(self.registry.sessions(agent, after, limit as usize + 1), limit);
        Ok(SessionsAnswer { sessions: self.name_sessions(live).await?, more })
    }

    pub(super) async fn name_sessions(&self, live: Vec<LiveSession>) -> Result<Vec<SessionAnswer>> {
        let mut named = Vec::with_capacity(live.len());
        for session in live {
            named.push(SessionAnswer {
                session: session_name(session.id),
                agent: self.directory.name(session.agent).await?.to_string(),
                opened_at: Timestamp(session.opened_at),
                address: session.peer.to_string(),
                streams: session.streams,
                behind: session.behind,
                watching: session.watching,
            });
        }
        Ok(named)
    }

    /// Ends a session; its client is told to try again later.
    ///
    /// # Errors
    /// `not_found`: no such session on this node.
    pub async fn cut_session(self: &Arc<Self>, who: &Principal, session: &str) -> Result<()> {
        let not_found = || Error::new(ErrorCode::NotFound, "there is no such session");
        let id = session_id(session).ok_or_else(not_found)?;
        let agent = self.directory.name(self.registry.owner(id).ok_or_else(not_found)?).await?;
        let (hub, actor, session) = (self.clone(), who.name.clone(), session.to_owned());
        // The line first, and whether or not whoever asked waits for it: no cut without one.
        let cutting = tokio::spawn(async move {
            let audit = Audit { actor: &actor, action: "session.cut", subject: &agent, detail: &session };
            hub.store.note(audit).await?;
            hub.registry.cut(id);
            Ok(())
        });
        cutting.await.unwrap_or_else(|bug| Err(Error::of(ErrorCode::Internal).because(bug)))
    }
}

/// How a session is named in `welcome`, in events and here.
#[must_use]
pub fn session_name(id: u64) -> String {
    format!("{id:x}")
}

fn session_id(name: &str) -> Option<u64> {
    u64::from_str_radix(name, 16).ok().filter(|id| session_name(*id) == name)
}
