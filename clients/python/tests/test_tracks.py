"""Positions and acknowledgements, without a hub: the rules of `docs/clients.md`."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from agent_hub.answers import Cursor, Notification
from agent_hub.session.frames import Positions
from agent_hub.session.tracks import Track, Tracks, Verdict

HAND_OVER, MOVE_PAST, GAP = Verdict.HAND_OVER, Verdict.MOVE_PAST, Verdict.GAP


def entry(stream: str, seq: int, token: str) -> Notification:
    now = datetime.now(UTC)
    return Notification(stream=stream, seq=seq, token=token, sender="alice", name="n", size=1, ttl=60, created_at=now)


class Told:
    """Tracks of bob, who is a member of #team, and what is told of them."""

    def __init__(self, start: Positions | None = None, epoch: str = "e", bob: int = 0, team: int = 5) -> None:
        self.tracks = Tracks(start or Positions())
        self.welcome(epoch, bob=bob, team=team)

    def welcome(self, epoch: str = "e", **acked: int) -> None:
        names = {"bob": "bob", "team": "#team"}
        self.tracks.welcome(epoch, {names[name]: Cursor(seq, seq) for name, seq in acked.items()})

    def notify(self, stream: str, seq: int, token: str, *, mine: bool = False) -> Verdict:
        return self.tracks.notify(entry(stream, seq, token), is_mine=mine)

    def track(self, stream: str) -> Track:
        track = self.tracks.find(stream)
        assert track is not None
        return track

    def done(self, stream: str, seq: int) -> None:
        self.tracks.done(self.track(stream), seq)

    @property
    def due(self) -> dict[str, int]:
        return {track.stream: up_to for track, up_to in self.tracks.due()}

    def acked(self) -> None:
        for track, up_to in self.tracks.due():
            track.acked = up_to


def test_an_entry_is_handed_over_once_and_in_order() -> None:
    told = Told()
    assert told.notify("bob", 1, "a") is HAND_OVER
    assert told.notify("bob", 1, "a") is MOVE_PAST
    assert told.notify("bob", 3, "c") is GAP
    assert told.tracks.skip("bob", 3, 4) is GAP
    assert told.tracks.skip("bob", 2, 2) is MOVE_PAST
    assert told.notify("bob", 3, "c") is HAND_OVER
    assert told.notify("#nowhere", 1, "d") is MOVE_PAST
    assert told.due == {}


def test_what_was_moved_past_is_acknowledged_only_when_nothing_before_it_is_outstanding() -> None:
    told = Told()
    told.notify("#team", 6, "mine", mine=True)
    assert told.due == {"#team": 6}
    told.notify("#team", 7, "x")
    told.notify("#team", 8, "mine too", mine=True)
    told.tracks.skip("#team", 9, 11)
    assert told.due == {"#team": 6}
    told.done("#team", 7)
    assert told.due == {"#team": 11}
    told.acked()
    assert told.due == {}


def test_a_copy_in_another_stream_is_not_handed_over_and_waits_for_the_first() -> None:
    told = Told()
    assert told.notify("bob", 1, "a") is HAND_OVER
    assert told.notify("#team", 6, "a") is MOVE_PAST
    assert told.notify("#team", 7, "b") is HAND_OVER
    assert told.due == {}
    told.done("bob", 1)
    assert told.due == {"bob": 1, "#team": 6}
    told.done("#team", 7)
    assert told.due == {"bob": 1, "#team": 7}


def test_acknowledging_behind_a_copy_says_nothing_of_the_item_where_it_was_handed_over() -> None:
    told = Told()
    told.notify("bob", 1, "a")
    told.notify("#team", 6, "a")
    told.notify("#team", 7, "b")
    told.done("#team", 7)
    assert told.due == {"#team": 7}, "the caller is not done with a, which it was handed as bob/1"
    told.done("bob", 1)
    assert told.due == {"bob": 1, "#team": 7}


def test_a_void_copy_does_not_hand_an_item_over_again() -> None:
    told = Told()
    told.notify("bob", 1, "a")
    told.notify("#team", 6, "a")
    told.tracks.resync("#team", 5)
    assert told.notify("#team", 6, "a") is MOVE_PAST
    assert told.due == {}


def test_a_copy_of_what_is_done_with_is_done_with() -> None:
    told = Told()
    told.notify("bob", 1, "a")
    told.done("bob", 1)
    assert told.notify("#team", 6, "a") is MOVE_PAST
    assert told.due == {"bob": 1, "#team": 6}


def test_with_positions_of_its_own_nothing_is_acknowledged_before_the_caller_does() -> None:
    told = Told(Positions("e", {"bob": 10}), bob=5)
    told.notify("bob", 11, "mine", mine=True)
    told.notify("#team", 6, "mine", mine=True)
    assert told.due == {"#team": 6}
    told.notify("bob", 12, "a")
    told.done("bob", 12)
    assert told.due == {"#team": 6, "bob": 12}


def test_positions_of_an_epoch_that_is_over_give_way_to_the_cursor_and_are_still_held() -> None:
    told = Told(Positions("old", {"bob": 10}), bob=3)
    assert told.notify("bob", 4, "a") is HAND_OVER
    assert told.tracks.skip("bob", 5, 6) is MOVE_PAST
    assert told.due == {}
    told.done("bob", 4)
    assert told.due == {"bob": 6}


def test_after_a_resync_what_was_not_acknowledged_comes_again() -> None:
    told = Told()
    told.notify("bob", 1, "a")
    told.done("bob", 1)
    told.notify("bob", 2, "b")
    told.tracks.resync("bob", 0)
    assert told.notify("bob", 1, "a") is MOVE_PAST
    assert told.notify("bob", 2, "b") is HAND_OVER
    assert told.due == {"bob": 1}


def test_a_new_epoch_voids_every_position_at_the_welcome_and_not_one_frame_later() -> None:
    # Else a connection that breaks between the two would say old numbers under the new epoch.
    told = Told()
    told.notify("bob", 1, "a")
    told.notify("#team", 6, "b")
    told.welcome("f", bob=0, team=5)
    assert told.tracks.positions() == Positions("f", {"bob": 0, "#team": 5})
    told.tracks.resync("bob", 0)
    assert told.notify("bob", 1, "a") is HAND_OVER
    assert told.notify("#team", 6, "b") is HAND_OVER


def test_a_note_of_before_a_resync_acknowledges_what_it_was_of_and_no_other_number() -> None:
    told = Told()
    told.notify("bob", 1, "a")
    told.notify("bob", 2, "b")
    before = told.track("bob")
    told.welcome("f", bob=0, team=5)
    assert told.notify("bob", 1, "x") is HAND_OVER
    assert told.notify("bob", 2, "a") is HAND_OVER
    told.tracks.done(before, 2)
    assert told.due == {}, "x is another's number 1"
    assert told.notify("bob", 3, "b") is MOVE_PAST
    told.done("bob", 1)
    assert told.due == {"bob": 3}


def test_a_membership_that_is_newer_than_the_position_raises_it() -> None:
    told = Told()
    told.notify("#team", 6, "a")
    # Left, and joined again at 20, while away.
    told.welcome(bob=0, team=20)
    assert told.tracks.positions().after["#team"] == 6
    assert told.notify("#team", 21, "b") is HAND_OVER
    assert told.notify("#team", 23, "d") is GAP


def test_another_session_that_acknowledged_more_leaves_no_gap() -> None:
    told = Told()
    told.notify("#team", 6, "a")
    told.welcome(bob=0, team=20)
    assert told.notify("#team", 7, "b") is HAND_OVER
    assert told.notify("#team", 9, "d") is GAP, "only the first entry of a session may begin later"


def test_a_new_membership_goes_on_behind_its_cursor() -> None:
    told = Told()
    told.notify("#team", 6, "a")
    told.tracks.join("#team", 9)
    assert told.notify("#team", 10, "b") is HAND_OVER
    assert told.due == {}


def test_what_was_handed_over_from_a_stream_that_was_left_holds_back_its_copies_until_it_is_done_with() -> None:
    told = Told()
    told.notify("#team", 6, "a")
    told.notify("#team", 7, "b")
    told.notify("bob", 1, "a")
    left = told.track("#team")
    told.tracks.leave("#team")
    assert told.due == {}
    told.tracks.done(left, 7)
    assert told.due == {"bob": 1}


def test_streams_that_a_welcome_does_not_name_are_left() -> None:
    told = Told()
    told.welcome(bob=0)
    assert told.tracks.positions().after == {"bob": 0}
    assert told.notify("#team", 6, "a") is MOVE_PAST


def test_what_another_process_acknowledged_is_not_acknowledged_again() -> None:
    told = Told()
    told.notify("bob", 1, "mine", mine=True)
    told.welcome(bob=1, team=5)
    assert told.due == {}


def test_after_a_resync_of_one_stream_what_comes_again_there_still_goes_with_its_copy_elsewhere() -> None:
    told = Told()
    told.notify("bob", 1, "a")
    told.notify("#team", 6, "a")
    told.tracks.resync("bob", 0)
    assert told.notify("bob", 1, "a") is HAND_OVER
    assert told.due == {}
    told.done("bob", 1)
    assert told.due == {"bob": 1, "#team": 6}


def test_after_a_resync_of_one_stream_an_item_that_is_told_elsewhere_first_is_handed_over_there_alone() -> None:
    told = Told()
    told.notify("bob", 1, "a")
    told.tracks.resync("bob", 0)
    assert told.notify("#team", 6, "a") is HAND_OVER
    assert told.notify("bob", 1, "a") is MOVE_PAST
    told.tracks.resync("bob", 0)
    assert told.notify("bob", 1, "a") is MOVE_PAST, "only its copy was there"
    told.done("#team", 6)
    assert told.due == {"bob": 1, "#team": 6}


def test_a_caller_that_never_acknowledges_costs_no_memory_and_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent_hub.session.tracks._OUTSTANDING_MAX", 10)
    told = Told()
    for seq in range(1, 31):
        told.notify("bob", seq, f"t{seq}")
    assert len(told.track("bob").outstanding) == 10
    assert told.due == {}
    # In the midst of those that are known only as a range, at its end, and beyond.
    for seq in (7, 20, 24):
        told.done("bob", seq)
        assert told.due == {"bob": seq}


def test_after_a_resync_what_is_known_only_as_a_range_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent_hub.session.tracks._OUTSTANDING_MAX", 10)
    told = Told()
    for seq in range(1, 31):
        told.notify("bob", seq, f"t{seq}")
    told.done("bob", 3)
    told.tracks.resync("bob", 3)
    assert told.notify("#team", 6, "t3") is MOVE_PAST, "it is done with"
    assert [told.notify("bob", seq, f"t{seq}") for seq in range(4, 31)] == [HAND_OVER] * 27
