//! Agents of a hub, for its operators: list, make, give another key or role, disable, enable.

use std::time::Duration;

use agent_hub_protocol::{
    admin::{AdminAgentAnswer, AdminAgentsAnswer, ApiKeyAnswer, NewAgentBody, RoleBody, RotateBody},
    body::OkAnswer,
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
    /// Every agent, disabled ones too, in the order of their names (operators).
    ///
    /// ```no_run
    /// # async fn example(operator: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// for agent in operator.all_agents().await? {
    ///     println!("{} {} behind", agent.name, agent.backlog);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `forbidden`.
    pub async fn all_agents(&self) -> Result<Vec<AdminAgentAnswer>> {
        let next = async |last| {
            let call = Call::get(with_query("/admin/agents", &page_after(last)));
            let page: AdminAgentsAnswer = self.rest().call(call).await?;
            Ok((page.agents, page.more))
        };
        all_pages(|agent: &AdminAgentAnswer| &agent.name, next).await
    }

    /// Makes an agent (operators); its API key, which is not shown again.
    ///
    /// ```no_run
    /// # async fn example(operator: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// let api_key = operator.create_agent("carol").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `forbidden`; `name_taken`, also where this very call made it and the answer, with the key, was lost.
    pub async fn create_agent(&self, name: &str) -> Result<String> {
        self.create_agent_as(name, None).await
    }

    /// As [`Hub::create_agent`], with a role: `agent` or `operator`.
    ///
    /// ```no_run
    /// # async fn example(operator: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// let api_key = operator.create_agent_as("carol", Some("operator")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`Hub::create_agent`]; `invalid`: no such role.
    pub async fn create_agent_as(&self, name: &str, role: Option<&str>) -> Result<String> {
        AgentName::parse(name).map_err(|error| Error::name("the agent's name", error))?;
        let body = NewAgentBody { name: name.into(), role: role.map(Into::into) };
        match self.rest().make(Call::new(Method::POST, "/admin/agents").json(&body)).await? {
            Made::Done(answer) => self.key_of_answer(name, answer),
            Made::Perhaps(_) => {
                let told = "perhaps it was made just now, and its key was lost with the answer: then give it a new one";
                Err(Error::refused(ErrorCode::NameTaken, format!("{name} is there already; {told}")))
            }
        }
    }

    /// Gives an agent a new API key (operators); the old one ends at once, or after `overlap`. Repeated when an answer is lost: of
    /// several new keys the last holds.
    ///
    /// ```no_run
    /// # async fn example(operator: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// let overlap = std::time::Duration::from_secs(3600);
    /// let api_key = operator.rotate_key_of("carol", overlap).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `forbidden`; `not_found`.
    pub async fn rotate_key_of(&self, name: &str, overlap: Duration) -> Result<String> {
        let overlap_s = i64::try_from(overlap.as_secs()).ok().filter(|seconds| *seconds > 0);
        let answer = self.rest().call(change(name, "rotate")?.json(&RotateBody { overlap_s })).await?;
        self.key_of_answer(name, answer)
    }

    /// Gives an agent another role (operators): `agent` or `operator`.
    ///
    /// ```no_run
    /// # async fn example(operator: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// operator.set_role_of("carol", "operator").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `forbidden`; `not_found`; `last_operator`.
    pub async fn set_role_of(&self, name: &str, role: &str) -> Result<()> {
        let OkAnswer { .. } = self.rest().call(change(name, "role")?.json(&RoleBody { role: role.into() })).await?;
        Ok(())
    }

    /// Disables an agent, or enables it again (operators).
    ///
    /// ```no_run
    /// # async fn example(operator: agent_hub_client::Hub) -> agent_hub_client::Result<()> {
    /// operator.set_disabled("carol", true).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `forbidden`; `not_found`.
    pub async fn set_disabled(&self, name: &str, is_disabled: bool) -> Result<()> {
        let OkAnswer { .. } = self.rest().call(change(name, if is_disabled { "disable" } else { "enable" })?).await?;
        Ok(())
    }

    /// The key of another agent would be written down as this one's.
    fn key_of_answer(&self, name: &str, answer: ApiKeyAnswer) -> Result<String> {
        if answer.name == name { Ok(answer.api_key) } else { Err(self.rest().foreign()) }
    }
}

fn change(name: &str, what: &str) -> Result<Call> {
    AgentName::parse(name).map_err(|error| Error::name("the agent's name", error))?;
    Ok(Call::new(Method::POST, format!("/admin/agents/{}/{what}", escape(name))))
}
