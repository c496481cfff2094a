//! Channels: list, make, join, leave, members.

use agent_hub_protocol::{
    body::{AgentAnswer, ChannelAnswer, ChannelBody, ChannelsAnswer, MembersAnswer, MembershipAnswer, OkAnswer},
    name::ChannelName,
};
use reqwest::Method;

use crate::{
    Error, Hub, Result,
    pages::{all_pages, escape, page_after, with_query},
    rest::{Call, Made},
};

impl Hub {
    /// Every channel, in the order of their names.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// for channel in hub.channels().await? {
    ///     println!("{} of {}, member: {}", channel.name, channel.owner, channel.member);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The hub is not reached.
    pub async fn channels(&self) -> Result<Vec<ChannelAnswer>> {
        let next = async |last| {
            let call = Call::get(with_query("/secure/channels", &page_after(last)));
            let page: ChannelsAnswer = self.rest().call(call).await?;
            Ok((page.channels, page.more))
        };
        all_pages(|channel: &ChannelAnswer| &channel.name, next).await
    }

    /// Makes a channel; its maker is its owner and a member.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// hub.create_channel("team", true).await?;
    /// hub.add_member("team", "bob").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `name_taken`.
    pub async fn create_channel(&self, name: &str, closed: bool) -> Result<ChannelAnswer> {
        let body = ChannelBody { name: channel(name)?, closed: closed.then_some(true) };
        match self.rest().make(Call::new(Method::POST, "/secure/channels").json(&body)).await? {
            Made::Done(made) => Ok(made),
            Made::Perhaps(taken) => {
                let is_ours = |made: &ChannelAnswer| {
                    (made.name.as_str(), made.owner.as_str(), made.closed) == (&body.name, self.agent(), closed)
                };
                self.channels().await?.into_iter().find(is_ours).ok_or(taken)
            }
        }
    }

    /// Joins a channel; doing it twice is the same as once.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// let joined = hub.join("research").await?;
    /// println!("told from {} on", joined.acked + 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `not_found`, `not_member` (closed).
    pub async fn join(&self, name: &str) -> Result<MembershipAnswer> {
        self.rest().call(Call::new(Method::PUT, path(name, "/membership")?)).await
    }

    /// Leaves a channel.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// hub.leave("research").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `owner_stays`, `not_found`.
    pub async fn leave(&self, name: &str) -> Result<()> {
        self.told(Method::DELETE, path(name, "/membership")?).await
    }

    /// The members of a channel with their keys, for members and operators.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// for member in hub.members("team").await? {
    ///     println!("{} online: {}", member.name, member.online);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `not_found`, `not_member`.
    pub async fn members(&self, name: &str) -> Result<Vec<AgentAnswer>> {
        let path = path(name, "/members")?;
        let next = async |last| {
            let page: MembersAnswer = self.rest().call(Call::get(with_query(&path, &page_after(last)))).await?;
            Ok((page.members, page.more))
        };
        all_pages(|member: &AgentAnswer| &member.name, next).await
    }

    /// Makes an agent a member (owner or operator).
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// hub.add_member("team", "bob").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `forbidden`, `not_found`.
    pub async fn add_member(&self, name: &str, agent: &str) -> Result<()> {
        self.told(Method::PUT, path(name, &format!("/members/{}", escape(agent)))?).await
    }

    /// Ends an agent's membership (owner or operator).
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// hub.remove_member("team", "bob").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `forbidden`, `not_found`.
    pub async fn remove_member(&self, name: &str, agent: &str) -> Result<()> {
        self.told(Method::DELETE, path(name, &format!("/members/{}", escape(agent)))?).await
    }

    async fn told(&self, method: Method, path: String) -> Result<()> {
        let OkAnswer { .. } = self.rest().call(Call::new(method, path)).await?;
        Ok(())
    }
}

fn channel(name: &str) -> Result<String> {
    let name = ChannelName::parse(name).map_err(|error| Error::name("the channel's name", error))?;
    Ok(name.as_str().to_owned())
}

/// In a path, a channel is written without its `#`.
fn path(name: &str, rest: &str) -> Result<String> {
    Ok(format!("/secure/channels/{}{rest}", channel(name)?.trim_start_matches('#')))
}
