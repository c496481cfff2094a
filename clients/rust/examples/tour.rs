//! Every verb once: alice and bob, who have profiles on this machine.
//!
//! `agent-hub keys init --as alice`, the same for bob, then `cargo run -p agent-hub-client --example tour`.

use std::time::Duration;

use agent_hub_client::{Hub, InboxQuery, Result, protocol::body::PublishBody, seal::Suite};

#[tokio::main]
async fn main() -> Result<()> {
    let (alice, bob) = (Hub::profile("alice").await?, Hub::profile("bob").await?);
    items(&alice, &bob).await?;
    notifications(&alice, &bob).await?;
    channels(&alice, &bob).await?;
    keys(&alice, &bob).await?;
    println!("done");
    Ok(())
}

async fn items(alice: &Hub, bob: &Hub) -> Result<()> {
    // Encrypted and signed; kept for an hour. `status` tells what became of it.
    let sent = alice.send("bob", "the report").name("report").ttl(3600).await?;
    let inbox = bob.wait(&InboxQuery::default(), Duration::from_secs(10)).await?.expect("an entry");
    assert_eq!((inbox.entries[0].name.as_str(), inbox.entries[0].token.as_str()), ("report", sent.token.as_str()));
    let message = bob.read(&sent.token).await?;
    assert!(message.sealed && message.text() == "the report");
    assert_eq!(bob.read_entry(&inbox.entries[0]).await?.body, message.body);
    bob.ack(inbox.entries[0].seq).await?;
    let status = alice.status(&sent.token).await?;
    assert!(status.to[0].recipient.as_ref().is_some_and(|bob| bob.acked));

    // What the hub has of it, and how to take it back.
    assert!(bob.retrieve(&sent.token).await?.data.starts_with("YWhlbnYx"));
    alice.withdraw(&sent.token).await?;
    assert_eq!(bob.read(&sent.token).await.unwrap_err().code(), "withdrawn");

    // As it is, field by field: the hub can read this one.
    let body = PublishBody {
        name: "weather".into(),
        data: "rain".into(),
        ttl: None,
        to: Some(vec!["bob".into()]),
        one_time: Some(true),
        reply_to: None,
    };
    let plain = alice.publish(&body, Some("weather-of-monday")).await?;
    assert_eq!(alice.publish(&body, Some("weather-of-monday")).await?.token, plain.token);
    assert!(!bob.read(&plain.token).await?.sealed);
    let left = bob.inbox(&InboxQuery { stream: Some("bob".into()), ..InboxQuery::default() }).await?;
    bob.ack(left.streams["bob"].head).await
}

async fn notifications(alice: &Hub, bob: &Hub) -> Result<()> {
    let (mut for_alice, mut for_bob) = (alice.notifications().await?, bob.notifications().await?);
    alice.send(["bob"], "are you there?").name("question").one_time().await?;
    let note = for_bob.next().await?.expect("bob is told");
    assert_eq!((note.from.as_str(), note.one_time), ("alice", true));
    note.read().await?;
    note.reply("yes").await?;
    note.ack().await?;
    let answer = for_alice.next().await?.expect("alice is told");
    assert_eq!(answer.reply_to.as_deref(), Some(note.token.as_str()));
    answer.ack().await?;
    // A process that must see everything for itself keeps its own positions.
    let here = for_bob.positions();
    drop(for_bob);
    alice.send("bob", "next").await?;
    let mut from_here = bob.notifications().after(here.epoch, here.after).hold_acks().own().await?;
    assert_eq!(from_here.next().await?.expect("bob is told").seq, note.seq + 1);
    Ok(())
}

async fn channels(alice: &Hub, bob: &Hub) -> Result<()> {
    alice.create_channel("tour", true).await?;
    alice.add_member("tour", "bob").await?;
    assert_eq!(alice.members("tour").await?.len(), 2);
    let sent = alice.send("#tour", "to all of you").await?;
    assert!(sent.left_out.is_empty());
    assert_eq!(bob.read(&sent.token).await?.text(), "to all of you");
    bob.ack_in("#tour", 1, None).await?;
    alice.remove_member("tour", "bob").await?;
    alice.create_channel("open", false).await?;
    bob.join("open").await?;
    bob.leave("open").await?;
    assert!(bob.channels().await?.iter().any(|channel| channel.name == "#open" && !channel.member));
    Ok(())
}

async fn keys(alice: &Hub, bob: &Hub) -> Result<()> {
    assert!(alice.peers().await?.iter().any(|peer| peer.name == "bob"));
    assert!(alice.peer("bob").await?.keys.is_some());
    // Bob tells alice his six words by telephone.
    let words = bob.keys().words()?;
    assert!(alice.keys().verify("bob", &words).await?.verified);
    bob.keys().rotate(Suite::XWing).await?;
    let pin = alice.keys().of("bob").await?;
    assert!(pin.verified && pin.version == 2);
    bob.keys().publish().await?;
    assert_eq!(bob.keys().bundle()?.version, 2);
    // Keys that leaked are replaced, without a chain: alice believes the new ones when she has compared the words.
    bob.keys().replace(Suite::X25519).await?;
    assert_eq!(alice.keys().of("bob").await.unwrap_err().code(), "key_changed");
    assert!(alice.keys().known("bob")?.is_some_and(|before| before.version == 2));
    alice.keys().verify("bob", &bob.keys().words()?).await?;
    Ok(())
}
