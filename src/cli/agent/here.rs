//! The hub of this machine: its database, whether or not it runs. A running one follows the control stream, and takes over within
//! a second.

use std::time::Duration;

use agent_hub_protocol::time::Timestamp;

use super::{Line, about};
use crate::{
    app::place::Place,
    cli::{Failure, complete_settings, open_store},
    config::DatabaseConfig,
    error::Error,
    hub::agents::{add_agent, rotate_key, set_disabled, set_role},
    store::{Store, agents::Role},
};

/// Who did it, in the audit log.
const ACTOR: &str = "$command-line";
/// Agents read at a time.
const PAGE: u32 = 500;

pub(super) struct Here {
    pub store: Store,
    pub place: Place,
}

impl Here {
    pub async fn open(place: Place, database: &DatabaseConfig, may_make: bool) -> Result<Self, Failure> {
        if !may_make {
            let store = open_store(database).await.map_err(or_elsewhere)?;
            return Ok(Self { store, place });
        }
        let store = place.open_store(0).await?;
        complete_settings(&store).await?;
        Ok(Self { store, place })
    }

    pub async fn list(&self) -> Result<Vec<Line>, Failure> {
        let (mut lines, mut after) = (Vec::new(), String::new());
        loop {
            let rows = self.store.agents(&after, PAGE, true).await.map_err(Error::from)?;
            lines.extend(rows.iter().map(|row| Line {
                name: row.name(),
                role: row.role().as_str(),
                is_disabled: row.is_disabled(),
                created_at: Timestamp(row.created_at),
                last_seen: row.last_seen.map(Timestamp),
            }));
            match rows.last() {
                Some(last) if rows.len() == PAGE as usize => after = last.name(),
                _ => return Ok(lines),
            }
        }
    }

    pub async fn add(&self, name: &str, role: Role) -> Result<String, Failure> {
        add_agent(&self.store, name, role, ACTOR).await.map_err(|error| named(name, error))
    }

    pub async fn rotate(&self, name: &str, overlap: Duration) -> Result<String, Failure> {
        rotate_key(&self.store, name, overlap, ACTOR).await.map_err(|error| named(name, error))
    }

    pub async fn set_role(&self, name: &str, role: Role) -> Result<(), Failure> {
        set_role(&self.store, name, role, ACTOR).await.map_err(|error| named(name, error))
    }

    pub async fn set_disabled(&self, name: &str, is_disabled: bool) -> Result<(), Failure> {
        set_disabled(&self.store, name, is_disabled, ACTOR).await.map_err(|error| named(name, error))
    }
}

fn named(name: &str, error: Error) -> Failure {
    about(name, error.code().as_str()).unwrap_or_else(|| error.into())
}

/// Whoever has no database here may mean a hub elsewhere.
fn or_elsewhere(failure: Failure) -> Failure {
    match failure {
        Failure::Usage(told) if told.starts_with("there is no database") => {
            Failure::Usage(format!("{told}; of a hub elsewhere: --hub URL"))
        }
        other => other,
    }
}
