//! Changes of agents and their keys.

use super::{Audit, Change, again};
use crate::store::{AgentId, Store, agents::Role, fault::Result, script::Value};

impl Store {
    /// Makes an agent with its stream and its first key; `None` if the name is taken.
    ///
    /// # Errors
    /// No answer, or an unknown outcome.
    pub async fn create_agent(&self, name: &str, role: Role, key: &[u8; 32], actor: &str) -> Result<Option<AgentId>> {
        let audit = Audit { actor, action: "agent.create", subject: name, detail: role.as_str() };
        again(|| async { Change::begin(self).await?.create_agent(name, role, key, audit).await }).await
    }

    /// Makes the first operator; `None` if there is one, or the name is taken.
    ///
    /// # Errors
    /// No answer, or an unknown outcome.
    pub async fn create_first_operator(&self, name: &str, key: &[u8; 32]) -> Result<Option<AgentId>> {
        let detail = Role::Operator.as_str();
        let audit = Audit { actor: "$first-start", action: "agent.create", subject: name, detail };
        again(|| async {
            let mut change = Change::begin(self).await?;
            if change.number("SELECT id FROM agents WHERE role = 1 LIMIT 1", []).await?.is_some() {
                change.give_up().await;
                return Ok(None);
            }
            change.create_agent(name, Role::Operator, key, audit).await
        })
        .await
    }

    /// Gives an agent a new key. Its others end at `ends_at` (milliseconds since the epoch) unless they end before.
    ///
    /// # Errors
    /// No answer, or an unknown outcome.
    pub async fn rotate_key(&self, agent: AgentId, key: &[u8; 32], ends_at: i64, audit: Audit<'_>) -> Result<()> {
        again(|| async {
            let mut change = Change::begin(self).await?;
            let sql = "UPDATE api_keys SET ends_at = ? WHERE agent = ? AND (ends_at IS NULL OR ends_at > ?)";
            change.run(sql, [ends_at, agent, ends_at].map(Value::from)).await?;
            change.insert_key(agent, key).await?;
            change.commit(agent, 0, audit).await
        })
        .await
    }

    /// Disables or enables an agent; `false`, and nothing changes, if that would leave no enabled operator.
    ///
    /// # Errors
    /// No answer, or an unknown outcome.
    pub async fn set_disabled(&self, agent: AgentId, disabled: bool, audit: Audit<'_>) -> Result<bool> {
        again(|| async {
            let mut change = Change::begin(self).await?;
            if disabled && change.is_last_operator(agent).await? {
                change.give_up().await;
                return Ok(false);
            }
            let at = if disabled { Value::from(change.now) } else { Value::Null };
            change.run("UPDATE agents SET disabled_at = ? WHERE id = ?", [at, agent.into()]).await?;
            change.commit(agent, 0, audit).await?;
            Ok(true)
        })
        .await
    }

    /// Gives an agent another role; `false`, and nothing changes, if that would leave no enabled operator.
    ///
    /// # Errors
    /// No answer, or an unknown outcome.
    pub async fn set_role(&self, agent: AgentId, role: Role, audit: Audit<'_>) -> Result<bool> {
        again(|| async {
            let mut change = Change::begin(self).await?;
            if role == Role::Agent && change.is_last_operator(agent).await? {
                change.give_up().await;
                return Ok(false);
            }
            change.run("UPDATE agents SET role = ? WHERE id = ?", [role as i64, agent].map(Value::from)).await?;
            change.commit(agent, 0, audit).await?;
            Ok(true)
        })
        .await
    }

    /// Publishes an agent's public keys.
    ///
    /// # Errors
    /// No answer, or an unknown outcome.
    pub async fn set_public_keys(&self, agent: AgentId, keys: &str, audit: Audit<'_>) -> Result<()> {
        again(|| async {
            let mut change = Change::begin(self).await?;
            change.run("UPDATE agents SET public_keys = ? WHERE id = ?", [keys.into(), agent.into()]).await?;
            change.commit(agent, 0, audit).await
        })
        .await
    }
}

impl Change {
    async fn create_agent(
        mut self,
        name: &str,
        role: Role,
        key: &[u8; 32],
        audit: Audit<'_>,
    ) -> Result<Option<AgentId>> {
        let Some(id) = self.new_stream(name).await? else {
            self.give_up().await;
            return Ok(None);
        };
        let now = self.now;
        let sql = "INSERT INTO agents (id, name, role, created_at) VALUES (?, ?, ?, ?)";
        self.run(sql, [id.into(), name.into(), (role as i64).into(), now.into()]).await?;
        self.subscribe(id, id, 0).await?;
        self.insert_key(id, key).await?;
        self.commit(id, 0, audit).await?;
        Ok(Some(id))
    }

    /// Whether nobody else could manage the hub. Under the control stream's head, so that no other change takes the others away
    /// at the same time.
    async fn is_last_operator(&mut self, agent: AgentId) -> Result<bool> {
        let sql = "SELECT COUNT(*) FROM agents WHERE id = ? AND role = 1 AND disabled_at IS NULL";
        if self.number(sql, [agent.into()]).await? == Some(0) {
            return Ok(false);
        }
        let sql = "SELECT COUNT(*) FROM agents WHERE role = 1 AND disabled_at IS NULL AND id <> ?";
        Ok(self.number(sql, [agent.into()]).await? == Some(0))
    }

    async fn insert_key(&mut self, agent: AgentId, hash: &[u8; 32]) -> Result<()> {
        let sql = "SELECT COALESCE(MAX(version), 0) + 1 FROM api_keys WHERE agent = ?";
        let version = self.number(sql, [agent.into()]).await?.unwrap_or(1);
        let now = self.now;
        let sql = "INSERT INTO api_keys (hash, agent, version, created_at) VALUES (?, ?, ?, ?)";
        self.run(sql, [hash[..].into(), agent.into(), version.into(), now.into()]).await.map(drop)
    }
}
