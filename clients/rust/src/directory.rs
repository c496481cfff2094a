//! The directory: who is there.

use agent_hub_protocol::{
    admin::{ApiKeyAnswer, NewAgentBody},
    body::{AgentAnswer, AgentsAnswer},
    error::ErrorCode,
    name::AgentName,
};
use reqwest::Method;

use crate::{
    Error, Hub, Result,
    pages::{all_pages, escape, page_after, with_query},
    rest::{Call, Made},
};

impl Hub {
    /// Every agent, in the order of their names.
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
    /// # Errors
    /// `not_found`.
    pub async fn peer(&self, name: &str) -> Result<AgentAnswer> {
        AgentName::parse(name).map_err(|error| Error::name("the agent's name", error))?;
        let answer: AgentAnswer = self.rest().call(Call::get(format!("/secure/agents/{}", escape(name)))).await?;
        if answer.name == name { Ok(answer) } else { Err(self.rest().foreign()) }
    }

    /// Makes an agent (operators); its API key, which is not shown again.
    ///
    /// # Errors
    /// `forbidden`; `name_taken`, also where this very call made it and the answer, with the key, was lost.
    pub async fn create_agent(&self, name: &str) -> Result<String> {
        AgentName::parse(name).map_err(|error| Error::name("the agent's name", error))?;
        let body = NewAgentBody { name: name.into(), role: None };
        match self.rest().make(Call::new(Method::POST, "/admin/agents").json(&body)).await? {
            Made::Done(ApiKeyAnswer { api_key, .. }) => Ok(api_key),
            Made::Perhaps(_) => {
                let told = "perhaps it was made just now, and its key was lost with the answer: then give it a new one";
                Err(Error::refused(ErrorCode::NameTaken, format!("{name} is there already; {told}")))
            }
        }
    }
}
