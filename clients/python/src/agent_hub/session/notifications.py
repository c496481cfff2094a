"""What the caller holds of its sessions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from agent_hub.answers import Notification
from agent_hub.core import Core
from agent_hub.errors import Closed, HubError
from agent_hub.notes import Note
from agent_hub.session.acks import Acks
from agent_hub.session.frames import Positions
from agent_hub.session.keeper import Keeper
from agent_hub.session.queue import Queue
from agent_hub.session.tracks import Track, Tracks

if TYPE_CHECKING:
    from agent_hub.hub import Hub


class Notifications:
    """Everything that is told to this agent: every entry once, and of each stream in order.

    ```python
    async for note in hub.notifications():
        try:
            message = await note.read()
        except agent_hub.HubError as error:
            if not error.lasts:
                raise
        await note.ack()
    ```

    Its session begins with `async with` or the first entry that is asked for, and ends with `async with`, `aclose`, or
    when the loop is left. Another loop goes on where the one before was left. `await anext(notifications)` asks for one
    entry, and may be cancelled without losing it.
    """

    def __init__(self, hub: Hub, core: Core, start: Positions, *, own: bool) -> None:
        self._hub, self._core = hub, core
        self._tracks, self._queue = Tracks(start), Queue()
        self._acks = Acks(core, self._tracks)
        self._keeper = Keeper(core, self._tracks, self._queue, self._note, own=own)
        self._task: asyncio.Task[None] | None = None
        self._is_told = False
        """The caller knows of the error that ended the session: asking again begins another."""
        self._turn = object()
        """Who asked last: only its end ends the session."""

    @property
    def positions(self) -> Positions:
        """By stream, the number that was last handed over or moved past: for `after` and `epoch` of another process."""
        taken = self._tracks.positions()
        waiting = self._queue.first_of()
        after = {stream: waiting.get(stream, at + 1) - 1 for stream, at in taken.after.items()}
        return Positions(taken.epoch, after)

    async def __anext__(self) -> Note:
        """The next one; waits for it as long as it takes.

        Raises what makes coming back useless: `Unauthenticated`, `Forbidden`, `BadFrame`; `Closed`.
        """
        self._turn = object()
        return await self._next()

    def __aiter__(self) -> AsyncIterator[Note]:
        return self._each()

    async def _each(self) -> AsyncIterator[Note]:
        # A generator, since it hears of a `break`; though a moment later, when somebody else may have the turn.
        turn = self._turn = object()
        try:
            while True:
                yield await self._next()
        finally:
            if self._turn is turn:
                await self.aclose()

    async def _next(self) -> Note:
        self._begin()
        try:
            return await self._queue.get()
        except HubError:
            self._is_told = True
            raise

    def _begin(self) -> None:
        if self._core.is_closed:
            raise Closed("the client is closed")
        if self._task is not None and self._task.done() and self._queue.has_failed and self._is_told:
            self._task = None
        if self._task is None:
            self._is_told = False
            self._queue.begin()
            self._task = asyncio.create_task(self._keeper.run(self._acks))
            self._core.listening.add(self)

    async def __aenter__(self) -> Self:
        self._begin()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Ends the session. Whoever still waits for an entry gets `Closed`."""
        self._core.listening.discard(self)
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            self._queue.close()
            await asyncio.wait([task])

    def _note(self, entry: Notification, track: Track) -> Note:
        return Note.of(entry, self._hub, partial(self._acks.done, track, entry.seq))
