//! The program of the README: what is told to bob, as long as it runs.

// cargo add --path PATH/TO/clients/rust && cargo add tokio -F macros,rt-multi-thread
#[tokio::main]
async fn main() -> agent_hub_client::Result<()> {
    let hub = agent_hub_client::Hub::profile("bob").await?;
    let mut notes = hub.notifications().await?;
    while let Some(note) = notes.next().await? {
        let message = note.read().await?;
        println!("{} {}", message.from, message.text());
        note.ack().await?;
    }
    Ok(())
}
