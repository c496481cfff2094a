//! Channels: making, joining, leaving, and whose an entry is.

use crate::harness::*;

on_both![
    its_maker_is_owner_and_member,
    a_name_is_given_once,
    any_agent_joins_and_publishes_to_an_open_channel,
    joining_twice_keeps_the_position,
    a_member_sees_what_was_published_after_it_joined,
    a_publishers_own_entry_is_in_the_stream_like_any_other,
    who_left_is_told_nothing_more,
    the_owner_cannot_leave,
    a_closed_channel_is_joined_by_its_owners_will_only,
    only_members_publish_to_a_closed_channel,
    an_operator_sets_members_and_a_plain_member_does_not,
    members_are_listed_for_members,
    an_unknown_channel_is_not_found,
    channels_are_listed_in_pages,
    a_live_session_is_told_of_its_memberships,
    joining_over_the_socket_brings_what_comes_after,
];

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|line| line["name"].as_str().unwrap()).collect()
}

async fn its_maker_is_owner_and_member(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    let made = alice.make_channel("research", false).await;
    assert_eq!(made, json!({"name": "#research", "closed": false, "owner": "alice", "member": true}));
    let listed = bob.get("/secure/channels").await.ok();
    assert_eq!(listed["channels"], json!([{"name": "#research", "closed": false, "owner": "alice", "member": false}]));
    assert_eq!(alice.inbox("").await["streams"]["#research"], json!({"acked": 0, "head": 0}));
}

async fn a_name_is_given_once(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.make_channel("research", false).await;
    for name in ["research", "#research"] {
        let answer = bob.send(Request::post("/secure/channels").json(&json!({"name": name}))).await;
        answer.refused(409, "name_taken");
    }
    for name in ["", "#", "Research", "a b", "-x", "##x", &"x".repeat(65)] {
        let answer = bob.send(Request::post("/secure/channels").json(&json!({"name": name}))).await;
        answer.refused(422, "invalid");
    }
    // A channel may be called like an agent: `#` tells them apart.
    bob.make_channel("alice", false).await;
}

async fn any_agent_joins_and_publishes_to_an_open_channel(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    alice.make_channel("team", false).await;
    assert_eq!(bob.join("team").await, json!({"stream": "#team", "acked": 0, "head": 0}));
    let token = carol.tell("#team", "from outside").await;
    for member in [&alice, &bob] {
        assert_eq!(member.inbox("").await["entries"][0]["token"], json!(token));
        assert_eq!(member.retrieve(&token).await.ok()["to"], json!(["#team"]));
    }
}

async fn joining_twice_keeps_the_position(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.make_channel("team", false).await;
    bob.join("team").await;
    alice.tell("#team", "d").await;
    bob.join("team").await;
    assert_eq!(bob.inbox("").await["entries"][0]["seq"], 1, "joining again must not move `since`");
}

async fn a_member_sees_what_was_published_after_it_joined(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.make_channel("team", false).await;
    let before = alice.tell("#team", "before").await;
    assert_eq!(bob.join("team").await, json!({"stream": "#team", "acked": 1, "head": 1}));
    let after = alice.tell("#team", "after").await;
    let inbox = bob.inbox("").await;
    assert_eq!(inbox["entries"].as_array().unwrap().len(), 1, "{inbox}");
    assert_eq!((&inbox["entries"][0]["seq"], &inbox["skipped"]), (&json!(2), &json!([])));
    bob.retrieve(&after).await.ok();
    bob.retrieve(&before).await.refused(404, "not_found");
}

async fn a_publishers_own_entry_is_in_the_stream_like_any_other(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    alice.make_channel("team", false).await;
    let mut socket = alice.connect().await;
    let token = alice.tell("#team", "d").await;
    assert_eq!(socket.expect_notify("#team", 1).await["token"], json!(token));
    assert_eq!(alice.inbox("").await["entries"][0]["from"], "alice");
}

async fn who_left_is_told_nothing_more(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.make_channel("team", false).await;
    bob.join("team").await;
    alice.tell("#team", "one").await;
    bob.leave("team").await.ok();
    bob.leave("team").await.ok();
    alice.tell("#team", "two").await;
    let inbox = bob.inbox("").await;
    assert_eq!((&inbox["entries"], inbox["streams"].get("#team")), (&json!([]), None));
    // Whoever comes back begins at the head.
    assert_eq!(bob.join("team").await["acked"], 2);
    assert_eq!(bob.inbox("").await["entries"], json!([]));
}

async fn the_owner_cannot_leave(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.make_channel("team", false).await;
    bob.join("team").await;
    alice.leave("team").await.refused(409, "owner_stays");
    let operator = hub.operator().await;
    operator.send(Request::delete("/secure/channels/team/members/alice")).await.refused(409, "owner_stays");
    let members = alice.get("/secure/channels/team/members").await.ok();
    assert_eq!(names(&members["members"]), ["alice", "bob"]);
}

async fn a_closed_channel_is_joined_by_its_owners_will_only(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    assert_eq!(alice.make_channel("inner", true).await["closed"], true);
    bob.try_join("inner").await.refused(403, "not_member");
    alice.send(Request::put("/secure/channels/inner/members/bob")).await.ok();
    bob.try_join("inner").await.ok();
    let token = alice.tell("#inner", "d").await;
    bob.retrieve(&token).await.ok();
    alice.send(Request::delete("/secure/channels/inner/members/bob")).await.ok();
    bob.retrieve(&token).await.refused(404, "not_found");
    bob.try_join("inner").await.refused(403, "not_member");
}

async fn only_members_publish_to_a_closed_channel(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.make_channel("inner", true).await;
    let to_both = json!({"name": "n", "data": "d", "to": ["alice", "#inner"]});
    for outsider in [&bob, &hub.operator().await] {
        outsider.try_publish(&to_both).await.refused(403, "not_member");
    }
    assert_eq!(hub.count("items").await, 0);
    alice.publish(&to_both).await;
}

async fn an_operator_sets_members_and_a_plain_member_does_not(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    alice.make_channel("inner", true).await;
    let operator = hub.operator().await;
    operator.send(Request::put("/secure/channels/inner/members/bob")).await.ok();
    for method in ["PUT", "DELETE"] {
        let path = "/secure/channels/inner/members/carol";
        bob.send(Request::new(method, path)).await.refused(403, "forbidden");
        carol.send(Request::new(method, path)).await.refused(403, "forbidden");
    }
    operator.send(Request::put("/secure/channels/inner/members/nobody")).await.refused(404, "not_found");
    let members = alice.get("/secure/channels/inner/members").await.ok();
    assert_eq!(names(&members["members"]), ["alice", "bob"]);
}

async fn members_are_listed_for_members(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob, carol] = hub.agents(["alice", "bob", "carol"]).await;
    let keys = json!({"agent": "bob", "version": 1});
    bob.send(Request::put("/secure/agents/me/keys").json(&keys)).await.ok();
    alice.make_channel("team", false).await;
    bob.join("team").await;
    for reader in [&alice, &bob, &hub.operator().await] {
        let members = reader.get("/secure/channels/team/members").await.ok();
        assert_eq!(names(&members["members"]), ["alice", "bob"]);
        assert_eq!(members["members"][1]["keys"], keys);
    }
    carol.get("/secure/channels/team/members").await.refused(403, "not_member");
    let page = alice.get("/secure/channels/team/members?limit=1").await.ok();
    assert_eq!((names(&page["members"]), &page["more"]), (vec!["alice"], &json!(true)));
    let page = alice.get("/secure/channels/team/members?limit=1&after=alice").await.ok();
    assert_eq!((names(&page["members"]), &page["more"]), (vec!["bob"], &json!(false)));
}

async fn an_unknown_channel_is_not_found(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    alice.try_join("nowhere").await.refused(404, "not_found");
    alice.leave("nowhere").await.refused(404, "not_found");
    alice.get("/secure/channels/nowhere/members").await.refused(404, "not_found");
    let mut socket = alice.connect().await;
    let answer = socket.ask(json!({"type": "join", "channel": "nowhere"})).await;
    assert_eq!((&answer["type"], &answer["code"]), (&json!("error"), &json!("not_found")));
}

async fn channels_are_listed_in_pages(db: Database) {
    let hub = TestHub::start(db).await;
    let alice = hub.add_agent("alice").await;
    for name in ["c", "a", "b"] {
        alice.make_channel(name, false).await;
    }
    let page = alice.get("/secure/channels?limit=2").await.ok();
    assert_eq!((names(&page["channels"]), &page["more"]), (vec!["#a", "#b"], &json!(true)));
    let page = alice.get("/secure/channels?limit=2&after=%23b").await.ok();
    assert_eq!((names(&page["channels"]), &page["more"]), (vec!["#c"], &json!(false)));
}

async fn a_live_session_is_told_of_its_memberships(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.make_channel("team", true).await;
    let (mut one, mut two) = (bob.connect().await, bob.connect().await);
    alice.send(Request::put("/secure/channels/team/members/bob")).await.ok();
    for socket in [&mut one, &mut two] {
        let joined = socket.expect("joined").await;
        assert_eq!((&joined["stream"], &joined["head"]), (&json!("#team"), &json!(0)));
        assert!(joined.get("id").is_none(), "{joined}");
    }
    alice.tell("#team", "d").await;
    for socket in [&mut one, &mut two] {
        socket.expect_notify("#team", 1).await;
    }
    alice.send(Request::delete("/secure/channels/team/members/bob")).await.ok();
    for socket in [&mut one, &mut two] {
        assert_eq!(socket.expect("left").await["stream"], "#team");
    }
    alice.tell("#team", "not for bob").await;
    alice.tell("bob", "marker").await;
    one.expect_notify("bob", 1).await;
    two.expect_notify("bob", 1).await;
}

async fn joining_over_the_socket_brings_what_comes_after(db: Database) {
    let hub = TestHub::start(db).await;
    let [alice, bob] = hub.agents(["alice", "bob"]).await;
    alice.make_channel("team", false).await;
    alice.tell("#team", "before").await;
    let (mut socket, mut other) = (bob.connect().await, bob.connect().await);
    let joined = socket.ask(json!({"type": "join", "channel": "team", "id": "j"})).await;
    let expected = json!({"type": "joined", "stream": "#team", "acked": 1, "head": 1, "id": "j"});
    assert_eq!(joined, expected);
    assert!(other.expect("joined").await.get("id").is_none(), "the id belongs to the session that asked");
    alice.tell("#team", "after").await;
    socket.expect_notify("#team", 2).await;
    other.expect_notify("#team", 2).await;
    let left = socket.ask(json!({"type": "leave", "channel": "#team", "id": "l"})).await;
    assert_eq!(left, json!({"type": "left", "stream": "#team", "id": "l"}));
    other.expect("left").await;
}
