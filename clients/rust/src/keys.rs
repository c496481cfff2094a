//! The agent's own keys, and those of its peers.

use agent_hub_protocol::{
    body::{AgentAnswer, OkAnswer},
    error::ErrorCode,
};
use reqwest::Method;

use crate::{
    Error, Hub, Result,
    rest::Call,
    seal::{Bundle, Keyring, Pin, Suite},
    vault::{Vault, now_ms},
};

/// The verbs about keys.
#[derive(Debug, Clone)]
pub struct Keys {
    hub: Hub,
}

impl Hub {
    /// The verbs about keys.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// println!("{}", hub.keys().words()?);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn keys(&self) -> Keys {
        Keys { hub: self.clone() }
    }

    /// The hub id, pinned at first use: another hub at the same address is refused.
    pub(crate) async fn hub_id(&self) -> Result<String> {
        let told = self.rest().jwt().await?.hub;
        let Some(vault) = self.vault() else { return Ok(told) };
        let known = vault.trust(|trust| trust.hub.clone())?;
        match known {
            Some(known) if known == told => Ok(told),
            Some(_) => Err(Error::OtherHub { hub: self.url(), place: vault.trust_place() }),
            None => vault.change(|trust| Ok(trust.hub.get_or_insert(told).clone())),
        }
    }

    /// Asks the directory for the keys of a peer, and believes them if they follow from what is believed.
    pub(crate) async fn learn_keys(&self, agent: &str) -> Result<Pin> {
        let answer = self.peer(agent).await?;
        self.believe(&answer)
    }

    /// Believes what the directory says of a peer's keys, if it follows from what is believed.
    pub(crate) fn believe(&self, answer: &AgentAnswer) -> Result<Pin> {
        let agent = answer.name.as_str();
        let vault = self.vault().ok_or_else(|| Error::NoKeys { agent: self.agent().into() })?;
        let keys = answer.keys.as_ref().ok_or_else(|| Error::NoKeys { agent: agent.into() })?;
        let bundle = Bundle::read(keys.get(), agent).map_err(Error::seal(agent))?;
        vault.change(|trust| trust.accept(&bundle, now_ms()).cloned().map_err(Error::seal(agent)))
    }
}

impl Keys {
    /// The agent's own public keys.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// println!("version {}", hub.keys().bundle()?.version);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// It has none yet, or their file cannot be read.
    pub fn bundle(&self) -> Result<Bundle> {
        let keyring = self.vault()?.keyring()?.ok_or_else(|| self.none())?;
        bundle(&keyring)
    }

    /// The agent's own six words: what its peers compare.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// println!("tell your peers, not by the hub: {}", hub.keys().words()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Keys::bundle`].
    pub fn words(&self) -> Result<String> {
        Ok(self.bundle()?.words())
    }

    /// Makes keys if there are none, and sees to it that the directory has them.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// hub.keys().publish().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::KeyConflict`].
    pub async fn publish(&self) -> Result<Bundle> {
        self.publish_as(self.hub.suite()).await
    }

    /// The same; keys that have to be made are of this suite.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// use agent_hub_client::seal::Suite;
    ///
    /// hub.keys().publish_as(Suite::XWing).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::KeyConflict`].
    pub async fn publish_as(&self, suite: Suite) -> Result<Bundle> {
        let vault = self.vault()?;
        self.hub.hub_id().await?;
        let conflict = || Error::KeyConflict { agent: self.hub.agent().into(), place: vault.place() };
        let mut known = None;
        loop {
            let told: AgentAnswer = self.hub.rest().call(Call::get("/secure/agents/me")).await?;
            let keyring = match vault.keyring()? {
                Some(keyring) => keyring,
                // Those were made elsewhere: others here would only be in their way.
                None if told.keys.is_some() => return Err(conflict()),
                None => vault.keyring_or_new(suite)?,
            };
            let mine = bundle(&keyring)?;
            let Some(keys) = told.keys else { return self.put(mine).await };
            let theirs = Bundle::read(keys.get(), self.hub.agent()).ok();
            match theirs {
                Some(theirs) if theirs == mine => return self.pin(mine),
                // A rotation that was cut off before the directory heard of it.
                Some(theirs) if follows(&theirs, &mine) => return self.put(mine).await,
                // Another process of this agent may have rotated them just now.
                _ if known.as_ref() != Some(&mine) => known = Some(mine),
                _ => return Err(conflict()),
            }
        }
    }

    /// Draws the next version of the agent's keys; peers follow by the chain.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// use agent_hub_client::seal::Suite;
    ///
    /// println!("version {}", hub.keys().rotate(Suite::X25519).await?.version);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The file cannot be written, or the hub is not reached: the directory then hears of it at the next [`Keys::publish`].
    pub async fn rotate(&self, suite: Suite) -> Result<Bundle> {
        self.publish().await?;
        let keyring = self.vault()?.rotate_keyring(suite)?;
        self.put(bundle(&keyring)?).await
    }

    /// Draws keys without a chain: every peer that knows the old ones refuses them until it has verified the words.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// use agent_hub_client::seal::Suite;
    ///
    /// hub.keys().replace(Suite::X25519).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The file cannot be written, or the hub is not reached.
    pub async fn replace(&self, suite: Suite) -> Result<Bundle> {
        let told: AgentAnswer = self.hub.rest().call(Call::get("/secure/agents/me")).await?;
        let known = told.keys.and_then(|keys| Bundle::read(keys.get(), self.hub.agent()).ok());
        let keyring = self.vault()?.replace_keyring(suite, known.map_or(0, |known| known.version))?;
        self.put(bundle(&keyring)?).await
    }

    /// What is believed of a peer's keys, after a look at the directory.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// let bob = hub.keys().of("bob").await?;
    /// println!("{} verified: {}", bob.words("bob"), bob.verified);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NoKeys`], [`Error::Seal`].
    pub async fn of(&self, agent: &str) -> Result<Pin> {
        self.hub.learn_keys(agent).await
    }

    /// What is believed of a peer's keys, without a look at the directory.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// let is_known = hub.keys().known("bob")?.is_some();
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn known(&self, agent: &str) -> Result<Option<Pin>> {
        self.vault()?.trust(|trust| trust.pins.get(agent).cloned())
    }

    /// Compares the six words that a peer says are its own (over a way that is not the hub) with those of the keys in the directory. If they
    /// are the same, these keys are believed from now on, also if they were changed without a chain.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub, told_by_telephone: &str) -> agent_hub_client::Result<()> {
    /// hub.keys().verify("bob", told_by_telephone).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `invalid`: the words are not the same.
    pub async fn verify(&self, agent: &str, words: &str) -> Result<Pin> {
        let answer = self.hub.peer(agent).await?;
        let keys = answer.keys.ok_or_else(|| Error::NoKeys { agent: agent.into() })?;
        let bundle = Bundle::read(keys.get(), agent).map_err(Error::seal(agent))?;
        if !words.split([' ', '-']).filter(|word| !word.is_empty()).eq(bundle.words().split(' ')) {
            let told = format!("these are not the words of the keys that the hub has for {agent}");
            return Err(Error::refused(ErrorCode::Invalid, told));
        }
        self.hub.known_keys().forget(agent);
        self.vault()?.change(|trust| {
            if trust.accept(&bundle, now_ms()).is_err() {
                trust.pins.remove(agent);
            }
            trust.accept(&bundle, now_ms()).map_err(Error::seal(agent))?;
            let pin = trust.pins.get_mut(agent).ok_or_else(|| Error::NoKeys { agent: agent.into() })?;
            pin.verified = true;
            Ok(pin.clone())
        })
    }

    async fn put(&self, bundle: Bundle) -> Result<Bundle> {
        let call = Call::new(Method::PUT, "/secure/agents/me/keys").text(bundle.to_json());
        let OkAnswer { .. } = self.hub.rest().call(call).await?;
        self.pin(bundle)
    }

    /// This agent knows itself by its own file, and not by what the hub says.
    fn pin(&self, bundle: Bundle) -> Result<Bundle> {
        self.vault()?.change(|trust| {
            trust.accept_own(&bundle, now_ms());
            Ok(())
        })?;
        Ok(bundle)
    }

    fn vault(&self) -> Result<&Vault> {
        self.hub.vault().ok_or_else(|| self.none())
    }

    fn none(&self) -> Error {
        Error::NoKeys { agent: self.hub.agent().into() }
    }
}

/// Whether `mine` is of a later version than `theirs`, by a chain.
fn follows(theirs: &Bundle, mine: &Bundle) -> bool {
    Pin::accept(None, theirs, 0).and_then(|pin| Pin::accept(Some(&pin), mine, 0)).is_ok()
}

fn bundle(keyring: &Keyring) -> Result<Bundle> {
    keyring.bundle().map_err(Error::seal(keyring.agent()))
}
