//! The program of `docs/clients.md`: bob answers whoever writes to him.

#[tokio::main]
async fn main() -> agent_hub_client::Result<()> {
    let hub = agent_hub_client::Hub::profile("bob").await?;
    let mut notes = hub.notifications().await?;
    while let Some(note) = notes.next().await? {
        match answer(&note).await {
            Err(error) if error.lasts() => println!("{} {error}", note.from), // no good, or from somebody without keys
            done => done?, // the hub is away, or such: the note is told again
        }
        note.ack().await?;
    }
    Ok(())
}

async fn answer(note: &agent_hub_client::Note) -> agent_hub_client::Result<()> {
    let message = note.read().await?;
    println!("{} {} {}", note.from, note.name, message.text());
    note.reply(format!("got {} bytes", message.body.len())).await?;
    Ok(())
}
