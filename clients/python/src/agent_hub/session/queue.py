"""What was told and not yet handed over: a bounded queue between the task that holds the socket and the caller."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from copy import copy

from agent_hub.errors import Closed
from agent_hub.notes import Note

QUEUE_MAX = 256
"""Entries between socket and caller. When there are so many the socket is not read, and the hub waits."""


class Queue:
    """Notes, in the order in which they were told, and then perhaps an error."""

    def __init__(self) -> None:
        self._notes: deque[Note] = deque()
        self._error: Exception | None = None
        self._closings = 0
        self._filled, self._room = asyncio.Event(), asyncio.Event()
        self._room.set()

    def put(self, note: Note) -> None:
        """Adds one; whoever adds waits for `room` before."""
        self._notes.append(note)
        self._filled.set()
        self._measure()

    async def room(self) -> None:
        """Waits until one more fits."""
        await self._room.wait()

    async def get(self) -> Note:
        """The next one; waits for it. Being cancelled loses none."""
        closings = self._closings
        while not self._notes:
            if self._closings != closings:
                raise Closed("the session was closed")
            if self._error is not None:
                # Several may wait, and each is told.
                raise copy(self._error)
            self._filled.clear()
            await self._filled.wait()
        note = self._notes.popleft()
        self._measure()
        return note

    def fail(self, error: Exception) -> None:
        """Ends it with an error, which comes after the notes that are here."""
        self._error = error
        self._filled.set()

    @property
    def has_failed(self) -> bool:
        """Whether nothing is left in it but an error."""
        return self._error is not None and not self._notes

    def begin(self) -> None:
        """It goes on, whatever ended it."""
        self._error = None

    def close(self) -> None:
        """Whoever waits now gets `Closed`."""
        self._closings += 1
        self._filled.set()

    def drop(self, stream: str | None = None) -> None:
        """Takes out the notes of a stream, or all: their numbers are void, and they will be told again."""
        self._notes = deque(note for note in self._notes if stream is not None and note.stream != stream)
        self._measure()

    def first_of(self) -> Mapping[str, int]:
        """By stream, the first number that is here."""
        first: dict[str, int] = {}
        for note in self._notes:
            first.setdefault(note.stream, note.seq)
        return first

    def _measure(self) -> None:
        if len(self._notes) < QUEUE_MAX:
            self._room.set()
        else:
            self._room.clear()
