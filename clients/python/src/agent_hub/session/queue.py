"""What was told and not yet handed over: a bounded queue between the task that holds the socket and the caller."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping

from agent_hub.errors import Closed
from agent_hub.notes import Note

QUEUE_MAX = 256
"""Entries between socket and caller. When there are so many the socket is not read, and the hub waits."""


class Queue:
    """Notes, in the order in which they were told, and then perhaps an error."""

    def __init__(self) -> None:
        self._notes: deque[Note] = deque()
        self._error: Exception | None = None
        self._waiting = 0
        self._filled, self._room = asyncio.Event(), asyncio.Event()
        self._room.set()

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left in it, not even an error."""
        return not self._notes and self._error is None

    def put(self, note: Note) -> None:
        """Adds one; whoever adds waits for `room` before."""
        self._notes.append(note)
        self._filled.set()
        if len(self._notes) >= QUEUE_MAX:
            self._room.clear()

    async def room(self) -> None:
        """Waits until one more fits."""
        await self._room.wait()

    async def get(self) -> Note:
        """The next one; waits for it. Being cancelled loses none."""
        while not self._notes:
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            self._filled.clear()
            self._waiting += 1
            try:
                await self._filled.wait()
            finally:
                self._waiting -= 1
        note = self._notes.popleft()
        self._room.set()
        return note

    def fail(self, error: Exception) -> None:
        """Adds an error, which comes after the notes that are here."""
        self._error = error
        self._filled.set()

    def close(self) -> None:
        """Whoever waits gets `Closed`."""
        if self._waiting:
            self.fail(Closed("the session was closed"))

    def drop(self, stream: str | None = None) -> None:
        """Takes out the notes of a stream, or all: their numbers are void, and they will be told again."""
        self._notes = deque(note for note in self._notes if stream is not None and note.stream != stream)
        self._room.set()

    def first_of(self) -> Mapping[str, int]:
        """By stream, the first number that is here."""
        first: dict[str, int] = {}
        for note in self._notes:
            first.setdefault(note.stream, note.seq)
        return first
