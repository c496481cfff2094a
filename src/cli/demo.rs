//! `agent-hub demo`: a hub on a temporary database, three agents that hand work to each other over sockets, encrypted; beside what
//! they say stands what the hub sees of it.

mod stage;

use std::time::Instant;

use agent_hub_client::{Connect, Hub, Note, Notifications, Profile};
use tokio_util::sync::CancellationToken;

use super::Failure;
use crate::app::App;
use stage::{Stage, TempFolder};

/// Who works, and what each says.
const TASK: &str = "Which of our three suppliers can deliver 400 units before Friday? Ask nobody outside.";
const FINDINGS: &str =
    "Only Northwind: 420 in stock, 2 days by road, 11.40 each. Contoso is out; Fabrikam quotes 9 days.";
const DRAFT: &str = "Order 400 from Northwind today at 11.40 each; arrives Thursday. Fabrikam for the next round.";

#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) async fn run(_: Args) -> Result<(), Failure> {
    let folder = TempFolder::make()?;
    let app = App::start(&stage::config(folder.path())?).await?;
    let address = app.address().map_err(|error| Failure::Other(error.to_string()))?;
    let stop = CancellationToken::new();
    let serving = tokio::spawn(app.run(stop.clone().cancelled_owned()));
    let url = format!("http://{address}");
    let played = tokio::select! {
        played = play(&folder, &url) => played,
        // The folder goes all the same.
        _ = tokio::signal::ctrl_c() => Err(Failure::Other("interrupted".into())),
    };
    stop.cancel();
    drop(serving.await);
    played
}

async fn play(folder: &TempFolder, url: &str) -> Result<(), Failure> {
    let operator = connect(&Profile::load_from(folder.path(), "operator")?)?;
    let mut stage = Stage::open(url)?;
    let mut planner = Actor::enter(&operator, folder, "planner").await?;
    let mut researcher = Actor::enter(&operator, folder, "researcher").await?;
    let mut writer = Actor::enter(&operator, folder, "writer").await?;

    let begun = Instant::now();
    let task = planner.hub.send("researcher", TASK).name("task").await?;
    let note = researcher.told(&mut stage, TASK, begun).await?;
    stage.facts(&planner.hub, &task.token).await?;

    let begun = Instant::now();
    let findings = researcher.hub.send(["writer", "planner"], FINDINGS).name("findings").reply_to(&note.token).await?;
    writer.told(&mut stage, FINDINGS, begun).await?;
    planner.told(&mut stage, FINDINGS, begun).await?;
    stage.facts(&researcher.hub, &findings.token).await?;

    let begun = Instant::now();
    let draft = writer.hub.send("planner", DRAFT).name("draft").one_time().await?;
    planner.told(&mut stage, DRAFT, begun).await?;
    stage.facts(&writer.hub, &draft.token).await?;
    stage.close(folder.path(), &[TASK, FINDINGS, DRAFT])
}

/// An agent with its socket.
struct Actor {
    hub: Hub,
    notes: Notifications,
}

impl Actor {
    async fn enter(operator: &Hub, folder: &TempFolder, name: &str) -> Result<Self, Failure> {
        let key = operator.create_agent(name).await?;
        let profile = Profile::new(folder.path().into(), name, &key, &operator.url());
        let hub = Connect::with(profile).open().await?;
        let notes = hub.notifications().await?;
        Ok(Self { hub, notes })
    }

    /// Is told, reads, and is done with it.
    async fn told(&mut self, stage: &mut Stage, said: &str, sent: Instant) -> Result<Note, Failure> {
        let gone = || Failure::Other("the demo's hub has gone".into());
        let note = self.notes.next().await?.ok_or_else(gone)?;
        let after = sent.elapsed();
        let stored = self.hub.retrieve(&note.token).await?;
        let message = self.hub.read(&note.token).await?;
        if message.text() != said || !message.sealed {
            return Err(Failure::Other("what was read is not what was sent".into()));
        }
        note.ack().await?;
        stage.message(self.hub.agent(), &message, &stored, after)?;
        Ok(note)
    }
}

fn connect(profile: &Profile) -> Result<Hub, Failure> {
    Ok(Connect::with(profile.clone()).open_as_is()?)
}
