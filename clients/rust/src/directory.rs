//! The directory: who is there.

use agent_hub_protocol::{
    body::{AgentAnswer, AgentsAnswer},
    name::AgentName,
};

use crate::{
    Error, Hub, Result,
    pages::{all_pages, escape, page_after, with_query},
    rest::Call,
};

impl Hub {
    /// Every agent, in the order of their names.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// for peer in hub.peers().await? {
    ///     println!("{} online: {}", peer.name, peer.online);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The hub is not reached.
    pub async fn peers(&self) -> Result<Vec<AgentAnswer>> {
        let next = async |last| {
            let call = Call::get(with_query("/secure/agents", &page_after(last)));
            let page: AgentsAnswer = self.rest().call(call).await?;
            Ok((page.agents, page.more))
        };
        all_pages(|agent: &AgentAnswer| &agent.name, next).await
    }

    /// One agent. An answer about another one is refused: its keys would be taken for those of this one.
    ///
    /// ```no_run
    /// # async fn example(hub: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// println!("{}", hub.peer("bob").await?.online);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `not_found`.
    pub async fn peer(&self, name: &str) -> Result<AgentAnswer> {
        AgentName::parse(name).map_err(|error| Error::name("the agent's name", error))?;
        let answer: AgentAnswer = self.rest().call(Call::get(format!("/secure/agents/{}", escape(name)))).await?;
        if answer.name == name { Ok(answer) } else { Err(self.rest().foreign()) }
    }
}
