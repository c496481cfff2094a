//! The program of `docs/clients.md`: bob answers whoever writes to him.

#[tokio::main]
async fn main() -> agent_hub_client::Result<()> {
    let hub = agent_hub_client::Hub::profile("bob").await?;
    let mut notes = hub.notifications().await?;
    while let Some(note) = notes.next().await? {
        let message = note.read().await?;
        println!("{} {} {}", note.from, note.name, message.text());
        note.reply(format!("got {} bytes", message.body.len())).await?;
        note.ack().await?;
    }
    Ok(())
}
