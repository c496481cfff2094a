//! The rules, without a hub.

use agent_hub_protocol::time::Timestamp;

use super::*;

fn entry(stream: &str, seq: i64, token: &str) -> Notification {
    Notification {
        stream: stream.into(),
        seq,
        token: token.into(),
        from: "alice".into(),
        name: "n".into(),
        size: 1,
        ttl: 60,
        created_at: Timestamp(0),
        reply_to: None,
        one_time: false,
        traceparent: None,
        data: None,
    }
}

fn tracks() -> Tracks {
    let streams = [("bob", 0), ("#team", 5)].map(|(name, acked)| (name.to_owned(), Cursor { acked, head: acked }));
    let mut tracks = Tracks::default();
    tracks.welcome("e", &BTreeMap::from(streams));
    tracks
}

fn life(tracks: &Tracks, stream: &str) -> u64 {
    tracks.tracks[stream].life
}

fn due(tracks: &mut Tracks) -> Vec<(String, i64)> {
    tracks.due().into_iter().map(|(stream, _, seq)| (stream, seq)).collect()
}

#[test]
fn an_entry_is_handed_over_once_and_in_order() {
    let mut tracks = tracks();
    assert_eq!(tracks.notify(&entry("bob", 1, "a"), false), Verdict::HandOver(life(&tracks, "bob")));
    assert_eq!(tracks.notify(&entry("bob", 1, "a"), false), Verdict::MovePast);
    assert_eq!(tracks.notify(&entry("bob", 3, "c"), false), Verdict::Gap);
    assert_eq!(tracks.skip("bob", 2, 2), Verdict::MovePast);
    assert_eq!(tracks.notify(&entry("bob", 3, "c"), false), Verdict::HandOver(life(&tracks, "bob")));
    assert_eq!(due(&mut tracks), []);
}

#[test]
fn what_was_moved_past_is_acknowledged_only_when_nothing_before_it_is_outstanding() {
    let mut tracks = tracks();
    tracks.notify(&entry("#team", 6, "mine"), true);
    assert_eq!(due(&mut tracks), [("#team".to_owned(), 6)]);
    tracks.notify(&entry("#team", 7, "x"), false);
    tracks.notify(&entry("#team", 8, "mine too"), true);
    assert_eq!(due(&mut tracks), [("#team".to_owned(), 6)]);
    tracks.done("#team", life(&tracks, "#team"), 7, "?");
    assert_eq!(due(&mut tracks), [("#team".to_owned(), 8)]);
    tracks.acked("#team", life(&tracks, "#team"), 8);
    assert_eq!(due(&mut tracks), []);
}

#[test]
fn a_copy_in_another_stream_waits_for_the_first() {
    let mut tracks = tracks();
    assert_eq!(tracks.notify(&entry("bob", 1, "a"), false), Verdict::HandOver(life(&tracks, "bob")));
    assert_eq!(tracks.notify(&entry("#team", 6, "a"), false), Verdict::MovePast);
    assert_eq!(due(&mut tracks), []);
    tracks.done("bob", life(&tracks, "bob"), 1, "?");
    assert_eq!(due(&mut tracks), [("#team".to_owned(), 6), ("bob".to_owned(), 1)]);
}

#[test]
fn with_positions_of_its_own_nothing_is_acknowledged_before_the_caller_does() {
    let positions = Positions { epoch: "e".into(), after: BTreeMap::from([("bob".to_owned(), 10)]) };
    let mut tracks = Tracks::starting_at(positions, false);
    tracks.welcome("e", &BTreeMap::from([("bob".to_owned(), Cursor { acked: 5, head: 12 })]));
    tracks.notify(&entry("bob", 11, "mine"), true);
    assert_eq!(due(&mut tracks), []);
    tracks.notify(&entry("bob", 12, "a"), false);
    tracks.done("bob", life(&tracks, "bob"), 12, "?");
    assert_eq!(due(&mut tracks), [("bob".to_owned(), 12)]);
}

#[test]
fn a_membership_that_began_anew_leaves_no_gap() {
    let mut tracks = tracks();
    tracks.notify(&entry("#team", 6, "a"), false);
    // Left and joined again while away: the hub goes on behind the new membership.
    tracks.welcome("e", &BTreeMap::from([("#team".to_owned(), Cursor { acked: 20, head: 25 })]));
    assert_eq!(tracks.notify(&entry("#team", 22, "b"), false), Verdict::Gap);
    assert!(matches!(tracks.notify(&entry("#team", 21, "b"), false), Verdict::HandOver(_)));
    tracks.join("#team", 30);
    assert!(matches!(tracks.notify(&entry("#team", 31, "c"), false), Verdict::HandOver(_)));
}

#[test]
fn an_acknowledgement_of_before_a_resync_says_nothing_of_the_numbers_after_it() {
    let mut tracks = tracks();
    tracks.notify(&entry("bob", 1, "a"), false);
    tracks.notify(&entry("bob", 2, "b"), false);
    let before = life(&tracks, "bob");
    tracks.resync("bob", 0);
    assert!(tracks.is_void(before) && !tracks.is_void(life(&tracks, "bob")));
    tracks.notify(&entry("bob", 1, "a"), false);
    tracks.done("bob", before, 2, "b");
    assert_eq!(due(&mut tracks), []);
    assert_eq!(tracks.notify(&entry("bob", 2, "b"), false), Verdict::MovePast);
}

#[test]
fn acknowledging_behind_a_copy_does_not_acknowledge_where_the_item_was_handed_over() {
    let mut tracks = tracks();
    tracks.notify(&entry("bob", 1, "a"), false);
    tracks.notify(&entry("#team", 6, "a"), false);
    tracks.notify(&entry("#team", 7, "b"), false);
    tracks.done("#team", life(&tracks, "#team"), 7, "b");
    assert_eq!(due(&mut tracks), [("#team".to_owned(), 7)]);
}

#[test]
fn after_a_resync_what_was_not_acknowledged_comes_again() {
    let mut tracks = tracks();
    tracks.notify(&entry("bob", 1, "a"), false);
    tracks.done("bob", life(&tracks, "bob"), 1, "?");
    tracks.notify(&entry("bob", 2, "b"), false);
    tracks.resync("bob", 0);
    assert_eq!(tracks.notify(&entry("bob", 1, "a"), false), Verdict::MovePast);
    assert_eq!(tracks.notify(&entry("bob", 2, "b"), false), Verdict::HandOver(life(&tracks, "bob")));
}

#[test]
fn after_a_resync_of_one_stream_what_comes_again_there_still_goes_with_its_copy_elsewhere() {
    let mut tracks = tracks();
    tracks.notify(&entry("bob", 1, "a"), false);
    tracks.notify(&entry("#team", 6, "a"), false);
    tracks.resync("bob", 0);
    assert_eq!(tracks.notify(&entry("bob", 1, "a"), false), Verdict::HandOver(life(&tracks, "bob")));
    assert_eq!(due(&mut tracks), []);
    tracks.done("bob", life(&tracks, "bob"), 1, "?");
    assert_eq!(due(&mut tracks), [("#team".to_owned(), 6), ("bob".to_owned(), 1)]);
}

#[test]
fn after_a_resync_of_one_stream_an_item_that_is_told_elsewhere_first_is_handed_over_there_alone() {
    let mut tracks = tracks();
    tracks.notify(&entry("bob", 1, "a"), false);
    tracks.resync("bob", 0);
    assert_eq!(tracks.notify(&entry("#team", 6, "a"), false), Verdict::HandOver(life(&tracks, "#team")));
    assert_eq!(tracks.notify(&entry("bob", 1, "a"), false), Verdict::MovePast);
    // Only its copy was there.
    tracks.resync("bob", 0);
    assert_eq!(tracks.notify(&entry("bob", 1, "a"), false), Verdict::MovePast);
    tracks.done("#team", life(&tracks, "#team"), 6, "?");
    assert_eq!(due(&mut tracks), [("#team".to_owned(), 6), ("bob".to_owned(), 1)]);
}

#[test]
fn a_caller_that_never_acknowledges_costs_no_memory_and_loses_nothing() {
    let (mut tracks, most) = (tracks(), i64::try_from(OUTSTANDING_MAX).unwrap());
    for seq in 1..=2 * most {
        tracks.notify(&entry("bob", seq, &format!("t{seq}")), false);
    }
    assert!(tracks.tracks["bob"].outstanding.len() <= OUTSTANDING_MAX && tracks.items.len() <= ITEMS_MAX);
    assert_eq!(due(&mut tracks), []);
    // In the midst of those that are known only as a range, at its end, and beyond.
    for seq in [most / 2, most, most + 7] {
        tracks.done("bob", life(&tracks, "bob"), seq, "?");
        assert_eq!(due(&mut tracks), [("bob".to_owned(), seq)]);
    }
}

#[test]
fn after_a_resync_what_is_known_only_as_a_range_comes_again() {
    let (mut tracks, most) = (tracks(), i64::try_from(OUTSTANDING_MAX).unwrap());
    // So many copies that the items themselves are all remembered.
    for seq in 1..=most {
        tracks.notify(&entry("#team", seq + 5, &format!("t{seq}")), false);
        tracks.notify(&entry("bob", 2 * seq - 1, &format!("t{seq}")), false);
        tracks.skip("bob", 2 * seq, 2 * seq);
    }
    tracks.notify(&entry("#team", most + 6, "t1"), false);
    assert!(tracks.tracks["#team"].range.is_some());
    tracks.resync("#team", 5);
    assert_eq!(tracks.notify(&entry("#team", 6, "t1"), false), Verdict::HandOver(life(&tracks, "#team")));
}
