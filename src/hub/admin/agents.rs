//! Agents, for operators: made, rotated, disabled; and how far behind they are.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use agent_hub_protocol::{
    admin::{AdminAgentAnswer, AdminAgentDetail, AdminAgentsAnswer, ApiKeyAnswer, NewAgentBody, StreamState},
    time::Timestamp,
};

use super::page;
use crate::{
    auth::principal::Principal,
    error::{Error, Result},
    hub::{
        Hub,
        agents::{add_agent, require, rotate_key, set_disabled, set_role},
        channels::raw_keys,
    },
    store::{
        AgentId,
        agents::{AgentRow, Role},
        overview::{Behind, Order},
    },
};

/// The order of a list of agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// By name, from page to page.
    Name,
    /// Who has waited longest first.
    Oldest,
    /// Who has most to do first.
    Backlog,
    /// Who was heard of last first.
    LastSeen,
}

impl Hub {
    /// Every agent, disabled ones too.
    ///
    /// # Errors
    /// No answer.
    pub async fn list_all_agents(&self, sort: Sort, after: &str, limit: u32) -> Result<AdminAgentsAnswer> {
        let rows = match sort {
            Sort::Name => self.store.agents(after, limit + 1, true).await?,
            Sort::LastSeen => self.store.agents_by_last_seen(limit + 1).await?,
            Sort::Oldest => self.agents_behind(Order::Oldest, limit + 1).await?,
            Sort::Backlog => self.agents_behind(Order::Backlog, limit + 1).await?,
        };
        let (rows, more) = page(rows, limit);
        let ids: Vec<AgentId> = rows.iter().map(|row| row.id).collect();
        let mut behind = self.store.behind(&ids).await?;
        for behind in behind.values_mut().filter(|behind| behind.swept > 0) {
            // Rare: somebody has not acknowledged for longer than items are kept.
            let standings = self.store.standings(behind.agent).await?;
            behind.oldest = standings.iter().filter(|row| row.head > row.acked).filter_map(|row| row.oldest).min();
        }
        Ok(AdminAgentsAnswer { agents: rows.iter().map(|row| self.admin_line(row, &behind)).collect(), more })
    }

    /// Those that are behind, in that order, and then the others.
    async fn agents_behind(&self, order: Order, limit: u32) -> Result<Vec<AgentRow>> {
        let ranked = self.rank(order).await?;
        let ids = &ranked[..ranked.len().min(limit as usize)];
        let mut found: HashMap<AgentId, AgentRow> =
            self.store.find_agents(ids).await?.into_iter().map(|row| (row.id, row)).collect();
        let mut rows: Vec<AgentRow> = ids.iter().filter_map(|id| found.remove(id)).collect();
        let known: HashSet<AgentId> = rows.iter().map(|row| row.id).collect();
        let mut after = String::new();
        while rows.len() < limit as usize {
            let others = self.store.agents(&after, limit, true).await?;
            let Some(last) = others.last() else { break };
            after = last.name();
            rows.extend(others.into_iter().filter(|row| !known.contains(&row.id)));
        }
        Ok(rows)
    }

    fn admin_line(&self, row: &AgentRow, behind: &HashMap<AgentId, Behind>) -> AdminAgentAnswer {
        let behind = behind.get(&row.id).copied().unwrap_or_default();
        AdminAgentAnswer {
            name: row.name(),
            role: row.role().as_str().to_owned(),
            disabled: row.is_disabled(),
            created_at: Timestamp(row.created_at),
            last_seen: row.last_seen.map(Timestamp),
            sessions: u32::try_from(self.registry.count_sessions_of(row.id)).unwrap_or(u32::MAX),
            backlog: behind.backlog,
            oldest: behind.oldest.map(Timestamp),
        }
    }

    /// One agent, its streams and its sessions.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn detail_agent(&self, name: &str) -> Result<AdminAgentDetail> {
        let row = require(&self.store, name).await?;
        let mut behind = self.store.behind(&[row.id]).await?;
        let standings = self.store.standings(row.id).await?;
        if let Some(behind) = behind.get_mut(&row.id) {
            behind.oldest = standings.iter().filter(|row| row.head > row.acked).filter_map(|row| row.oldest).min();
        }
        let streams = standings.into_iter().map(|standing| StreamState {
            stream: standing.address(),
            acked: standing.acked,
            acked_at: standing.acked_at.map(Timestamp),
            head: standing.head,
            backlog: standing.head - standing.acked,
            oldest: standing.oldest.filter(|_| standing.head > standing.acked).map(Timestamp),
        });
        let live = self.registry.sessions(Some(row.id), 0, self.limits.sessions_per_agent);
        Ok(AdminAgentDetail {
            agent: self.admin_line(&row, &behind),
            streams: streams.collect(),
            live: self.name_sessions(live).await?,
            keys: raw_keys(row.public_keys()),
        })
    }

    /// Makes an agent.
    ///
    /// # Errors
    /// As [`add_agent`].
    pub async fn make_agent(&self, who: &Principal, body: &NewAgentBody) -> Result<ApiKeyAnswer> {
        let role = body.role.as_deref().map_or(Ok(Role::Agent), role)?;
        let api_key = add_agent(&self.store, &body.name, role, &who.name).await?;
        self.follow_up().await;
        Ok(ApiKeyAnswer { name: body.name.clone(), api_key })
    }

    /// Gives an agent a new key.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn rotate(&self, who: &Principal, name: &str, overlap: Duration) -> Result<ApiKeyAnswer> {
        let api_key = rotate_key(&self.store, name, overlap, &who.name).await?;
        self.follow_up().await;
        Ok(ApiKeyAnswer { name: name.to_owned(), api_key })
    }

    /// Disables or enables an agent.
    ///
    /// # Errors
    /// `not_found`; `last_operator`.
    pub async fn set_disabled(&self, who: &Principal, name: &str, disabled: bool) -> Result<()> {
        set_disabled(&self.store, name, disabled, &who.name).await?;
        self.follow_up().await;
        Ok(())
    }

    /// Gives an agent another role; its sessions go on with it at once.
    ///
    /// # Errors
    /// `not_found`; `last_operator`.
    pub async fn set_role(&self, who: &Principal, name: &str, word: &str) -> Result<()> {
        set_role(&self.store, name, role(word)?, &who.name).await?;
        self.follow_up().await;
        Ok(())
    }
}

fn role(word: &str) -> Result<Role> {
    Role::find(word).ok_or_else(|| Error::invalid("field `role`: expected agent or operator"))
}
