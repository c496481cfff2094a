//! Agents and their keys: lookups. Changes are in [`super::change`].

use sqlx::FromRow;

use super::{AgentId, Store, dialect::made, fault::Result, pool::on_read};

/// What an agent may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Publishes and reads what is addressed to it.
    Agent = 0,
    /// Also manages agents and channels; reads no more than any agent.
    Operator = 1,
}

impl Role {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Operator => "operator",
        }
    }

    /// Reads the word on the wire.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        [Self::Agent, Self::Operator].into_iter().find(|role| role.as_str() == word)
    }
}

/// An agent, as stored.
#[derive(Debug, Clone, FromRow)]
pub struct AgentRow {
    /// Its id, and that of its own stream.
    pub id: AgentId,
    name: Vec<u8>,
    role: i64,
    /// Milliseconds since the epoch.
    pub created_at: i64,
    disabled_at: Option<i64>,
    /// When last heard of, in milliseconds since the epoch.
    pub last_seen: Option<i64>,
    public_keys: Option<Vec<u8>>,
}

impl AgentRow {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }

    /// What it may do.
    #[must_use]
    pub fn role(&self) -> Role {
        if self.role == 1 { Role::Operator } else { Role::Agent }
    }

    /// Whether it is disabled.
    #[must_use]
    pub fn is_disabled(&self) -> bool {
        self.disabled_at.is_some()
    }

    /// Its public keys, JSON as it wrote them.
    #[must_use]
    pub fn public_keys(&self) -> Option<String> {
        self.public_keys.clone().and_then(|keys| String::from_utf8(keys).ok())
    }
}

/// An API key, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct KeyRow {
    /// Whose.
    pub agent: AgentId,
    /// Counts the keys of one agent; a JWT names it.
    pub version: i64,
    /// When a rotated key ends, in milliseconds since the epoch.
    pub ends_at: Option<i64>,
}

/// The columns of [`AgentRow`].
pub(super) const COLUMNS: &str = "id, name, role, created_at, disabled_at, last_seen, public_keys";

impl Store {
    /// The agent with this id.
    ///
    /// # Errors
    /// No answer.
    pub async fn find_agent(&self, id: AgentId) -> Result<Option<AgentRow>> {
        let sql = format!("SELECT {COLUMNS} FROM agents WHERE id = ?");
        on_read!(&self.pools, |conn| sqlx::query_as(made(&sql)).bind(id).fetch_optional(conn).await)
    }

    /// The agent with this name.
    ///
    /// # Errors
    /// No answer.
    pub async fn find_agent_named(&self, name: &str) -> Result<Option<AgentRow>> {
        let sql = format!("SELECT {COLUMNS} FROM agents WHERE name = ?");
        on_read!(&self.pools, |conn| sqlx::query_as(made(&sql)).bind(name.as_bytes()).fetch_optional(conn).await)
    }

    /// Agents after `after` in the order of their names, at most `limit`.
    ///
    /// # Errors
    /// No answer.
    pub async fn agents(&self, after: &str, limit: u32, with_disabled: bool) -> Result<Vec<AgentRow>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM agents WHERE name > ? AND (disabled_at IS NULL OR ? = 1) ORDER BY name LIMIT ?"
        );
        on_read!(&self.pools, |conn| {
            sqlx::query_as(made(&sql))
                .bind(after.as_bytes())
                .bind(i64::from(with_disabled))
                .bind(i64::from(limit))
                .fetch_all(conn)
                .await
        })
    }

    /// Whether there is an operator.
    ///
    /// # Errors
    /// No answer.
    pub async fn has_operator(&self) -> Result<bool> {
        let operators: i64 = on_read!(&self.pools, |conn| {
            sqlx::query_scalar("SELECT COUNT(*) FROM agents WHERE role = 1").fetch_one(conn).await
        })?;
        Ok(operators > 0)
    }

    /// The key with this SHA-256.
    ///
    /// # Errors
    /// No answer.
    pub async fn find_key(&self, hash: &[u8; 32]) -> Result<Option<KeyRow>> {
        on_read!(&self.pools, |conn| {
            sqlx::query_as("SELECT agent, version, ends_at FROM api_keys WHERE hash = ?")
                .bind(&hash[..])
                .fetch_optional(conn)
                .await
        })
    }
}
