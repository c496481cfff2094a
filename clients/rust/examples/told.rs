//! The program of the README: what is told to bob, as long as it runs.

#[tokio::main]
async fn main() -> agent_hub_client::Result<()> {
    let hub = agent_hub_client::Hub::profile("bob").await?;
    let mut notes = hub.notifications().await?;
    while let Some(note) = notes.next().await? {
        println!("{} {}", note.from, note.read().await?.text());
        note.ack().await?;
    }
    Ok(())
}
