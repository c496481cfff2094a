"""Random histories of positions, against the simplest hub that there can be. `AGENT_HUB_SEED` plays one again."""

from __future__ import annotations

import os
import random
from datetime import UTC, datetime

import pytest

from agent_hub.answers import Cursor, Notification
from agent_hub.session.frames import Positions
from agent_hub.session.tracks import Track, Tracks, Verdict

STREAMS = ("bob", "#one", "#two")


class History:
    """A hub with three streams, an agent that listens, and what its caller was handed and is done with."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self.epoch = 0
        self.entries: dict[str, list[str]] = {stream: [] for stream in STREAMS}
        self.acked = dict.fromkeys(STREAMS, 0)
        self.tracks = Tracks(Positions())
        self.told: dict[str, int] = {}
        """Where the session is, by stream."""
        self.notes: list[tuple[Track, int, str]] = []
        """What the caller holds and is not done with."""
        self.done: set[str] = set()
        self.said = dict.fromkeys(STREAMS, 0)
        """Up to where the caller said that it is done, by stream, under this epoch."""
        self.handed: set[str] = set()

    def publish(self, number: int) -> None:
        token = f"t{number}"
        for stream in self.draw.sample(STREAMS, self.draw.randint(1, 3)):
            self.entries[stream].append(token)

    def connect(self) -> None:
        before = self.tracks.positions()
        cursors = {stream: Cursor(self.acked[stream], len(self.entries[stream])) for stream in STREAMS}
        is_void = before.epoch != str(self.epoch)
        if is_void:
            self.handed -= {token for _, _, token in self.notes}
            self.said = dict.fromkeys(STREAMS, 0)
        self.tracks.welcome(str(self.epoch), cursors)
        self.told = {s: self.acked[s] if is_void else before.after.get(s, self.acked[s]) for s in STREAMS}

    def tell(self) -> None:
        stream = self.draw.choice(STREAMS)
        for _ in range(self.draw.randint(1, 4)):
            seq = self.told[stream] + 1
            if seq > len(self.entries[stream]):
                return
            self.told[stream] = seq
            token = self.entries[stream][seq - 1]
            now = datetime.now(UTC)
            entry = Notification(
                stream=stream, seq=seq, token=token, sender="a", name="n", size=0, ttl=1, created_at=now
            )
            verdict = self.tracks.notify(entry, is_mine=False)
            assert verdict is not Verdict.GAP
            assert (verdict is Verdict.HAND_OVER) == (token not in self.handed and token not in self.done), token
            if verdict is Verdict.HAND_OVER:
                track = self.tracks.find(stream)
                assert track is not None
                self.handed.add(token)
                self.notes.append((track, seq, token))

    def acknowledge(self) -> None:
        if not self.notes:
            return
        track, seq, _ = self.draw.choice(self.notes)
        # Cumulative, of the stream as it was when this was handed over.
        self.done |= {token for of, number, token in self.notes if of is track and number <= seq}
        self.notes = [note for note in self.notes if note[2] not in self.done]
        if track is self.tracks.find(track.stream):
            self.said[track.stream] = max(self.said[track.stream], seq)
        self.tracks.done(track, seq)

    def tell_acknowledged(self) -> None:
        for track, up_to in self.tracks.due():
            assert up_to > track.acked
            for of, seq, token in self.notes:
                assert of is not track or seq > up_to, f"{token} would be acknowledged"
            unsaid = self.entries[track.stream][max(self.said[track.stream], track.acked) : up_to]
            assert set(unsaid) <= self.done, "a copy would be acknowledged, and nobody said so"
            track.acked = up_to
            self.acked[track.stream] = max(self.acked[track.stream], up_to)

    def resync(self) -> None:
        """The position in one stream is void, and only there: it is told anew from the cursor."""
        stream = self.draw.choice(STREAMS)
        void = self.tracks.find(stream)
        self.handed -= {token for of, _, token in self.notes if of is void}
        self.said[stream] = 0
        self.tracks.resync(stream, self.acked[stream])
        self.told[stream] = self.acked[stream]

    def restore(self) -> None:
        """The database of a while ago, under a new epoch: what came since is lost."""
        self.epoch += 1
        for stream in STREAMS:
            lost = self.draw.randint(0, 3)
            kept = max(self.acked[stream], len(self.entries[stream]) - lost)
            del self.entries[stream][kept:]
        self.connect()


@pytest.mark.parametrize("number", range(60))
def test_random_histories_hand_over_once_and_acknowledge_only_what_is_done(number: int) -> None:
    seed = f"{os.environ.get('AGENT_HUB_SEED', '7')}-{number}"
    print(f"tracks: seed {seed}")
    draw = random.Random(seed)
    history = History(draw)
    history.connect()
    for step in range(400):
        moves = [history.tell] * 6 + [history.acknowledge] * 3 + [history.tell_acknowledged] * 2
        if step % 3 == 0:
            history.publish(step)
        rare = draw.choice([history.restore, history.resync, *[history.tell] * 4])
        draw.choice([*moves, history.connect, rare])()
    for _ in range(300):
        history.tell()
    while history.notes:
        history.acknowledge()
    history.tell_acknowledged()
    everything = {stream: len(entries) for stream, entries in history.entries.items()}
    assert history.acked == everything, "nothing is left unacknowledged for ever"
