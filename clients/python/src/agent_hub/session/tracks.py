"""Where the agent is in each of its streams, and what may be acknowledged: the rules of `docs/clients.md`. No I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from agent_hub.answers import Cursor, Notification
from agent_hub.session.frames import Positions

# Items that are remembered to tell their copies in other streams.
_ITEMS_MAX = 65_536
# Entries of a stream that are outstanding one by one; those before them only as a range, so that a caller that never
# acknowledges costs no memory.
_OUTSTANDING_MAX = 65_536


class Verdict(Enum):
    """What to do with an entry."""

    HAND_OVER = auto()
    """It is the caller's."""
    MOVE_PAST = auto()
    """It was seen before, or is none of the caller's business."""
    GAP = auto()
    """Something is missing before it: come back and read on."""


@dataclass(slots=True, eq=False)
class HandedOver:
    """An item that the caller was handed, in whatever stream: its copies share this."""

    is_done: bool = False
    """The caller acknowledged it."""
    is_void: bool = False
    """Its position became void: it is handed over again when it is told again."""
    ranged: tuple[Track, int] | None = None
    """The track that has it in its range, and its number there."""


class Outstanding(NamedTuple):
    """An entry that is not acknowledged."""

    seq: int
    item: HandedOver
    is_copy: bool
    """The caller was handed the item from another stream."""


@dataclass(slots=True, eq=False)
class Track:
    """One stream of the agent, as long as its numbers mean the same."""

    stream: str
    position: int
    """What was last handed over or moved past."""
    acked: int
    """What the hub was told."""
    is_held: bool = False
    """The caller gave the position: what is before it is not known to be done with."""
    floor: int = 0
    """Up to here a session may begin behind the position: the membership is newer than it. 0 after its first entry."""
    outstanding: deque[Outstanding] = field(default_factory=deque)
    """Ascending."""
    range: tuple[int, int] | None = None
    """What is outstanding before those: the first and the last."""

    def is_next(self, seq: int) -> bool:
        """Whether `seq`, which is beyond the position, may come now."""
        return seq - 1 <= max(self.position, self.floor)

    def move(self, seq: int) -> None:
        """Everything up to `seq` was told."""
        self.position, self.floor = seq, 0

    def wait_for(self, entry: Outstanding) -> None:
        """Waits for the caller to be done with an entry."""
        self.outstanding.append(entry)
        if len(self.outstanding) > _OUTSTANDING_MAX:
            seq, item, is_copy = self.outstanding.popleft()
            self.range = (self.range[0] if self.range else seq, seq)
            if not is_copy:
                item.ranged = (self, seq)

    def done(self, seq: int) -> None:
        """The caller is done with everything up to a number."""
        if self.range is not None:
            first, last = max(self.range[0], seq + 1), self.range[1]
            self.range = (first, last) if first <= last else None
        while self.outstanding and self.outstanding[0].seq <= seq:
            entry = self.outstanding.popleft()
            entry.item.is_done |= not entry.is_copy

    def due(self) -> int | None:
        """What the hub may be told now, if that is news."""
        while self.outstanding and self.outstanding[0].item.is_done:
            self.outstanding.popleft()
        up_to = self.position
        if self.range is not None:
            up_to = self.range[0] - 1
        elif self.outstanding:
            up_to = self.outstanding[0].seq - 1
        return up_to if up_to > self.acked and not self.is_held else None


class Tracks:
    """All streams of an agent."""

    def __init__(self, start: Positions) -> None:
        """Before the first session: from positions of the caller's own, else from the durable cursors."""
        self.epoch = start.epoch
        self._tracks = {stream: Track(stream, at, at, is_held=True) for stream, at in start.after.items()}
        self._items: dict[str, HandedOver] = {}

    def positions(self) -> Positions:
        """For `hello`."""
        return Positions(self.epoch, {stream: track.position for stream, track in self._tracks.items()})

    def find(self, stream: str) -> Track | None:
        """The track of a stream."""
        return self._tracks.get(stream)

    def welcome(self, epoch: str, streams: Mapping[str, Cursor]) -> None:
        """A session stands.

        Streams that are gone are left; positions of another epoch are void; new streams begin at their cursor.
        """
        self.keep(streams)
        is_same = epoch == self.epoch
        self.epoch = epoch
        for stream, cursor in streams.items():
            track = self._tracks.get(stream)
            if track is None or not is_same:
                self.resync(stream, cursor.acked)
            else:
                track.floor = cursor.acked
                # Another session, or process, may have acknowledged more.
                track.acked = max(track.acked, cursor.acked)

    def keep(self, streams: Collection[str]) -> None:
        """Only these streams are left."""
        self._tracks = {stream: track for stream, track in self._tracks.items() if stream in streams}

    def leave(self, stream: str) -> None:
        """The agent is no longer in a stream. What was handed over from it is waited for in others all the same."""
        self._tracks.pop(stream, None)

    def join(self, stream: str, acked: int) -> None:
        """The agent's membership in a stream is new: it goes on behind the cursor."""
        self._tracks[stream] = Track(stream, acked, acked)

    def resync(self, stream: str, acked: int) -> None:
        """The position in a stream is void: what was handed over and not acknowledged is handed over again."""
        void = self._tracks.get(stream)
        for _, item, is_copy in void.outstanding if void else ():
            item.is_void |= not is_copy
        if void is not None and void.range is not None:
            # Whoever has a range has as many items: this is rare, and not quick.
            for item in self._items.values():
                item.is_void |= item.ranged is not None and item.ranged[0] is void and item.ranged[1] >= void.range[0]
        self._tracks[stream] = Track(stream, acked, acked, is_held=void is not None and void.is_held)

    def notify(self, entry: Notification, *, is_mine: bool) -> Verdict:
        """An entry was told. `is_mine`: its publisher is this agent, who did not ask for its own."""
        track = self._tracks.get(entry.stream)
        if track is None or entry.seq <= track.position:
            return Verdict.MOVE_PAST
        if not track.is_next(entry.seq):
            return Verdict.GAP
        track.move(entry.seq)
        if is_mine:
            return Verdict.MOVE_PAST
        item = self._items.get(entry.token)
        is_new = item is None or (item.is_void and not item.is_done)
        item = item or self._remember(entry.token)
        if not item.is_done:
            track.wait_for(Outstanding(entry.seq, item, is_copy=not is_new))
        item.is_void = False
        return Verdict.HAND_OVER if is_new else Verdict.MOVE_PAST

    def skip(self, stream: str, first: int, last: int) -> Verdict:
        """The entries `first` to `last` have nothing left to give."""
        track = self._tracks.get(stream)
        if track is not None and last > track.position:
            if not track.is_next(first):
                return Verdict.GAP
            track.move(last)
        return Verdict.MOVE_PAST

    def done(self, track: Track, seq: int) -> None:
        """The caller is done with everything up to `seq` of a track, also if that is void by now.

        That is: with what it was handed from there, wherever its copies are. A copy of what it was handed from another
        stream does not hold this stream back any longer; it is not known to be done with, and still holds back its own.
        """
        track.done(seq)
        for held in (track, self._tracks.get(track.stream)):
            if held is not None:
                held.is_held = False

    def due(self) -> list[tuple[Track, int]]:
        """What the hub may be told now."""
        return [(track, up_to) for track in self._tracks.values() if (up_to := track.due()) is not None]

    def _remember(self, token: str) -> HandedOver:
        item = self._items[token] = HandedOver()
        if len(self._items) > _ITEMS_MAX:
            del self._items[next(iter(self._items))]
        return item
