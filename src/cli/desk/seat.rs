//! Who is asking: the agent whose profile is used, made on the way where the operator's profile is on this machine.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use agent_hub_client::{
    Connect, Hub, InboxQuery, Profile,
    profile::{Draft, default_folder},
};
use agent_hub_protocol::{
    body::{InboxAnswer, Notification},
    error::ErrorCode,
    name::AgentName,
};

use super::{
    Memory,
    memory::turn,
    names::{names_in, similar},
    progress,
};
use crate::{
    app::place::OPERATOR,
    cli::{Failure, say, usage::unread_dotenv},
};

/// How long a command tries to reach the hub.
pub(in crate::cli) const PATIENCE: Duration = Duration::from_secs(5);

/// How long a hub may take to make its operator.
const FIRST_START: Duration = Duration::from_secs(3);

/// Which agent, and where its profile is.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Agent")]
pub(in crate::cli) struct SeatArgs {
    /// As which agent [default: the only one that has a profile here]
    #[arg(long = "as", env = "AGENT_HUB_AS", value_name = "NAME")]
    agent: Option<String>,

    /// Address of the hub, instead of the profile's
    #[arg(long = "hub", env = "AGENT_HUB_URL", value_name = "URL")]
    url: Option<String>,

    /// API key, instead of the profile's
    #[arg(long, env = "AGENT_HUB_API_KEY", hide = true, hide_env_values = true)]
    api_key: Option<String>,

    /// Send the key over plain HTTP beyond this machine, whatever that lets others read
    #[arg(long, env = "AGENT_HUB_INSECURE")]
    insecure: bool,

    /// Folder that `profiles` is in [default: ~/.local/share/agent-hub]
    #[arg(long, env = "AGENT_HUB_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// Which agent asks, and for whom the answer is.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Asked {
    /// Print JSON, one object a line
    #[arg(long)]
    pub json: bool,

    #[command(flatten)]
    pub seat: SeatArgs,
}

/// An agent at its hub.
pub(in crate::cli) struct Seat {
    /// The hub, as this agent.
    pub hub: Hub,
    /// Its files.
    pub profile: Profile,
}

impl SeatArgs {
    /// The folder that profiles are in.
    pub fn folder(&self) -> Result<PathBuf, Failure> {
        let told = || Failure::Usage("there is no home folder: say where profiles are with --data-dir".into());
        self.data_dir.clone().or_else(default_folder).ok_or_else(told)
    }

    /// Whether plain HTTP beyond this machine was asked for.
    pub fn is_insecure(&self) -> bool {
        self.insecure
    }

    /// The address that was said.
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// Takes the seat of an agent that is there. Nothing is asked of the hub yet.
    pub async fn take(self) -> Result<Seat, Failure> {
        self.take_as(false).await
    }

    /// Takes the seat; on the machine of the hub, the agent is made if there is none. That is for the commands that a new agent begins with:
    /// by the others a mistyped name would become an agent for ever.
    pub async fn take_or_make(self) -> Result<Seat, Failure> {
        self.take_as(true).await
    }

    async fn take_as(self, may_make: bool) -> Result<Seat, Failure> {
        let folder = self.folder()?;
        let agent = match &self.agent {
            Some(agent) => agent.clone(),
            None => only_agent(&folder)?,
        };
        AgentName::parse(&agent).map_err(|error| Failure::Usage(format!("--as: an agent's name {error}")))?;
        let mut profile = match (&self.api_key, &self.url) {
            (Some(key), Some(url)) => Profile::new(folder, &agent, key, url),
            // Only the hub of this machine gives keys to its agents; the key of one must not go to another.
            (_, Some(_)) => Profile::load_from(&folder, &agent)?,
            _ if may_make => find_or_make(&folder, &agent).await?,
            _ => Profile::find_in(&folder, &agent)?.ok_or_else(|| no_profile(&folder, &agent))?,
        };
        if let Some(url) = self.url {
            profile.url = url.trim_end_matches('/').to_owned();
            // What was said holds, whatever the hub of this machine says.
            profile.is_elsewhere = true;
        }
        if let Some(key) = self.api_key {
            profile.api_key = key;
        }
        check_exposure(&profile.url, self.insecure)?;
        Ok(Seat { hub: connect(&profile)?, profile })
    }
}

impl Seat {
    /// Sees to it that others can encrypt for this agent; says so when its keys are new.
    pub async fn make_keys(&self) -> Result<(), Failure> {
        let is_new = !self.profile.file("+keys.json").exists();
        let bundle = self.hub.keys().publish().await?;
        if is_new {
            say(&format!("made keys of {}: {}", bundle.agent, self.profile.file("+keys.json").display()));
        }
        Ok(())
    }

    /// Where the agent is in its streams, and the epoch that their numbers belong to.
    pub async fn here(&self) -> Result<InboxAnswer, Failure> {
        Ok(self.hub.inbox(&InboxQuery { limit: Some(1), ..InboxQuery::default() }).await?)
    }

    /// What was shown and sent, as far as it is of this epoch.
    pub fn memory(&self, inbox: &InboxAnswer) -> Memory {
        let mut memory = Memory::read(&self.profile);
        memory.hold_to(&inbox.epoch);
        memory
    }

    /// Whether an entry is something for this agent to see: not what it said itself to a channel.
    pub fn is_for_me(&self, entry: &Notification) -> bool {
        entry.from != self.me() || entry.stream == self.me()
    }

    /// The agent's name.
    pub fn me(&self) -> &str {
        self.hub.agent()
    }
}

/// Plain HTTP is for this machine: beyond it everybody on the way could read the key.
pub(in crate::cli) fn check_exposure(url: &str, is_insecure: bool) -> Result<(), Failure> {
    let uri: axum::http::Uri = url.parse().map_err(|_| Failure::Usage(format!("{url} is no address")))?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    let is_local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if is_local || is_insecure => Ok(()),
        Some("http") => {
            Err(Failure::Usage(format!("{url} is not this machine, and plain HTTP: use https, or --insecure")))
        }
        _ => Err(Failure::Usage("the address of a hub is such as https://hub.example".into())),
    }
}

fn connect(profile: &Profile) -> Result<Hub, Failure> {
    let mut connect = Connect::with(profile.clone()).patience(PATIENCE);
    if let Some(progress) = progress::on_terminal() {
        connect = connect.progress(progress);
    }
    Ok(connect.open_as_is()?)
}

/// The agent that has a profile here, if it is the only one besides the operator.
fn only_agent(folder: &Path) -> Result<String, Failure> {
    match names_in(folder).as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(Failure::Usage(format!("say as which agent: --as NAME, or AGENT_HUB_AS{}", unread_dotenv()))),
        several => Err(Failure::Usage(format!("say as which agent: --as {}", several.join(", --as ")))),
    }
}

/// What whoever asks as an agent that has no profile here can do about it.
fn no_profile(folder: &Path, agent: &str) -> Failure {
    let like = similar(folder, agent).map(|known| format!(" (did you mean {known}?)")).unwrap_or_default();
    Failure::Usage(if matches!(Profile::find_in(folder, OPERATOR), Ok(Some(_))) {
        format!(
            "there is no agent {agent} on this machine{like}; `agent-hub wait --as {agent}`, `send` or `agent-hub agent add {agent}` makes it"
        )
    } else {
        format!(
            "there is no profile of {agent} in {}{like}: on the machine of the hub `agent-hub agent add {agent}` makes one, elsewhere \
             `agent-hub profile {agent} --hub URL`{}",
            folder.display(),
            unread_dotenv()
        )
    })
}

/// The operator's profile, where the hub is on this machine; one that was started together with this command is just making it.
async fn operator(folder: &Path) -> Result<Option<Profile>, Failure> {
    let end = tokio::time::Instant::now() + FIRST_START;
    loop {
        match Profile::find_in(folder, OPERATOR)? {
            None if tokio::time::Instant::now() < end => tokio::time::sleep(Duration::from_millis(50)).await,
            found => return Ok(found),
        }
    }
}

/// The profile of `agent`; on the machine of its hub, the agent is made if there is none.
async fn find_or_make(folder: &Path, agent: &str) -> Result<Profile, Failure> {
    if let Some(profile) = Profile::find_in(folder, agent)? {
        return Ok(profile);
    }
    let Some(operator) = operator(folder).await? else {
        return Err(no_profile(folder, agent));
    };
    // Two commands may need the same agent at once.
    let _turn = turn(&Profile::new(folder.into(), agent, "", ""))?;
    if let Some(profile) = Profile::find_in(folder, agent)? {
        return Ok(profile);
    }
    let draft = Draft::open(folder, agent, None)?;
    let key = connect(&operator)?.create_agent(agent).await.map_err(|error| {
        if error.is(ErrorCode::NameTaken) {
            let told = "there already, but has no profile here: `agent-hub agent rotate";
            return Failure::Other(format!("{agent} is {told} {agent}` gives it a new key and writes one"));
        }
        error.into()
    })?;
    let path = draft.write(&key)?;
    let like = similar(folder, agent).map(|known| format!(" (there is also {known})")).unwrap_or_default();
    say(&format!("made agent {agent}{like}: {}", path.display()));
    Ok(Profile::load_from(folder, agent)?)
}
