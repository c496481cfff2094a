//! The Rust client, as an agent of a test hub.

use agent_hub_client::{Connect, Hub, Note, Notifications, Profile};

use super::{TestAgent, TestHub, WAIT};

impl TestHub {
    /// The client of an agent; its keys are in the hub's folder.
    pub fn client_of(&self, agent: &TestAgent) -> Connect {
        self.client_through(agent, &self.address().to_string())
    }

    /// The same, with a proxy in between.
    pub fn client_through(&self, agent: &TestAgent, address: &str) -> Connect {
        Connect::with(Profile::new(self.data_dir().into(), &agent.name, &agent.api_key, &format!("http://{address}")))
    }

    /// A connected client of a new agent.
    pub async fn client(&self, name: &str) -> Hub {
        self.client_of(&self.add_agent(name).await).open().await.expect("a client")
    }

    /// Connected clients of new agents.
    pub async fn clients<const N: usize>(&self, names: [&str; N]) -> [Hub; N] {
        let mut clients = Vec::new();
        for name in names {
            clients.push(self.client(name).await);
        }
        clients.try_into().unwrap_or_else(|_| unreachable!("one client a name"))
    }
}

/// The next notification; panics if none comes.
pub async fn told(notes: &mut Notifications) -> Note {
    let note = tokio::time::timeout(WAIT, notes.next()).await.expect("a notification in time");
    note.expect("no error").expect("not the end")
}
