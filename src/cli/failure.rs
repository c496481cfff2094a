//! Why a command failed, and what is said of it: one line that names what to do.

use std::path::Path;

use agent_hub_client::{Error as Client, seal::SealError};
use agent_hub_protocol::error::ErrorCode;

use super::usage;
use crate::{app::place::StartError, error::Error};

/// Why a command failed, and with which exit code.
#[derive(Debug)]
pub(super) enum Failure {
    /// A setting or an argument is wrong.
    Usage(String),
    /// Anything else.
    Other(String),
    /// Nothing came in time.
    TimedOut,
    /// Whoever read the output has read enough.
    Closed,
}

impl Failure {
    /// What to say of it.
    pub fn told(&self) -> &str {
        match self {
            Self::Usage(told) | Self::Other(told) => told,
            Self::TimedOut => "nothing came in time",
            Self::Closed => "standard output is closed",
        }
    }

    /// Standard output could not be written to.
    pub fn at_output(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Other(format!("standard output: {error}")),
        }
    }

    pub fn at(path: &Path, error: &std::io::Error) -> Self {
        Self::Other(format!("{}: {error}", path.display()))
    }

    /// A hub says the same of whatever is not there; here it can only be one thing, and `told` names it.
    pub fn unless_found(told: impl Into<String>) -> impl FnOnce(Client) -> Self {
        move |error| if error.is(ErrorCode::NotFound) { Self::Other(told.into()) } else { error.into() }
    }
}

impl From<Client> for Failure {
    fn from(error: Client) -> Self {
        Self::Other(match &error {
            Client::Unreachable { .. } => {
                format!("{error}; is it running? `agent-hub` serves{}", usage::unread_dotenv())
            }
            Client::NoKeys { agent } => {
                format!("{error}; `agent-hub keys init --as {agent}` makes them, --plain sends without encryption")
            }
            Client::KeyConflict { agent, .. } => format!(
                "{error}: copy {agent}+keys.json from where they were made, or make new ones, which its peers must verify: \
                 `agent-hub keys init --replace --as {agent}`"
            ),
            Client::Seal { from, error: SealError::KeyChanged } => compare_words(
                from,
                &format!("the keys of {from} were changed without a chain from those that are known"),
            ),
            Client::Seal { from, error: SealError::KeyRolledBack } => {
                compare_words(from, &format!("the hub offers older keys of {from} than are known"))
            }
            Client::OtherHub { place, .. } => {
                format!("{error}: if that is as it should be, remove {place} and learn the keys of your peers anew")
            }
            Client::Hub { code, .. } if code == ErrorCode::Unauthenticated.as_str() => {
                "the hub refused this agent's key: it was rotated or disabled, or its profile is of another hub; on the hub's machine \
                 `agent-hub agent rotate NAME` gives a new key"
                    .into()
            }
            _ => error.to_string(),
        })
    }
}

/// Keys that are not believed may be an attacker's: only words that came over another way can tell.
fn compare_words(peer: &str, told: &str) -> String {
    let asking = usage::asking_as();
    format!("{told}: ask {peer} for its words, not over the hub, and say `agent-hub keys verify {peer} WORDS{asking}`")
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Setting(told) => Self::Usage(told),
            StartError::Failure(told) => Self::Other(told),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error.detail().to_owned())
    }
}
