//! The program of the README: what is told to bob, as long as it runs.

// cargo add --path PATH/TO/clients/rust && cargo add tokio -F macros,rt-multi-thread
#[tokio::main]
async fn main() -> agent_hub_client::Result<()> {
    let hub = agent_hub_client::Hub::profile("bob").await?;
    let mut notes = hub.notifications().await?;
    while let Some(note) = notes.next().await? {
        match note.read().await {
            Ok(message) => println!("{} {}", message.from, message.text()),
            Err(error) if error.lasts() => println!("{} {error}", note.from), // this note is no good; the next may be
            Err(error) => return Err(error), // the hub is away, or such: the note is told again
        }
        note.ack().await?;
    }
    Ok(())
}
