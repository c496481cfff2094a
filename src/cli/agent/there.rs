//! A hub elsewhere, over REST, as an operator who has a profile of it here.

use std::path::{Path, PathBuf};

use agent_hub_client::{Connect, Error, Hub, Profile};
use agent_hub_protocol::admin::AdminAgentAnswer;

use super::{Line, about};
use crate::cli::{
    Failure,
    desk::seat::{PATIENCE, check_exposure},
};

pub(super) struct There {
    pub hub: Hub,
    /// As it goes into profiles.
    pub url: String,
    /// The folder that profiles are in.
    pub folder: PathBuf,
}

impl There {
    /// Nothing is asked of the hub yet.
    pub fn open(folder: &Path, url: &str, operator: &str, is_insecure: bool) -> Result<Self, Failure> {
        check_exposure(url, is_insecure)?;
        let url = url.trim_end_matches('/').to_owned();
        let found = Profile::find_in(folder, operator)?;
        let profile = match found {
            Some(profile) if is_same(&profile.url, &url) => profile,
            // The key of one hub is not for another to see.
            Some(other) => {
                return Err(Failure::Usage(format!(
                    "the profile of {operator} in {} is of the hub at {}: say --as with an operator of {url}, or --data-dir",
                    folder.display(),
                    other.url
                )));
            }
            None => {
                return Err(Failure::Usage(format!(
                    "there is no profile of {operator} in {}: `agent-hub profile {operator} --hub {url}` writes one",
                    folder.display()
                )));
            }
        };
        let hub = Connect::with(profile).patience(PATIENCE).without_keys().open_as_is()?;
        Ok(Self { hub, url, folder: folder.to_owned() })
    }

    pub async fn list(&self) -> Result<Vec<Line>, Failure> {
        let agents = self.hub.all_agents().await?;
        let line = |agent: AdminAgentAnswer| Line {
            name: agent.name,
            role: if agent.role == "operator" { "operator" } else { "agent" },
            is_disabled: agent.disabled,
            created_at: agent.created_at,
            last_seen: agent.last_seen,
        };
        Ok(agents.into_iter().map(line).collect())
    }
}

/// A hub says the same of whatever is not there, or was; here it can only be the agent.
pub(super) fn named(name: &str, error: Error) -> Failure {
    about(name, error.code()).unwrap_or_else(|| error.into())
}

/// Whether two addresses are of one hub, as far as they are written alike.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    one.trim_end_matches('/').eq_ignore_ascii_case(other.trim_end_matches('/'))
}
