"""The task that holds the socket and keeps it: one session after the other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager

from agent_hub.answers import Cursor, Notification, Skipped
from agent_hub.backoff import Backoff, part_of
from agent_hub.core import Core
from agent_hub.errors import HubError, Position
from agent_hub.login import Jwt
from agent_hub.notes import Note
from agent_hub.rest import Call, may_succeed_later
from agent_hub.session import frames
from agent_hub.session.acks import Acks
from agent_hub.session.frames import HubFrame, Joined, Left
from agent_hub.session.queue import Queue
from agent_hub.session.socket import After, End, Socket
from agent_hub.session.tracks import Track, Tracks, Verdict

_log = logging.getLogger("agent_hub")
# Over how long sessions come back after a restart of the hub, in seconds.
_RESTART_SPREAD_S = 5.0
# A session that held so long was a good one.
_GOOD_AFTER_S = 60.0
# Before another try to log in while the old JWT is still good.
_REFRESH_AGAIN_S = 5.0


class Keeper:
    """Fills a queue with what is told, from the positions of `tracks` on."""

    def __init__(
        self, core: Core, tracks: Tracks, queue: Queue, note: Callable[[Notification, Track], Note], *, own: bool
    ) -> None:
        self._core, self._tracks, self._queue, self._note, self._own = core, tracks, queue, note, own
        self._backoff = Backoff.of_sessions()
        self._is_good = True
        """Something was told since the last pause."""

    async def run(self, acks: Acks) -> None:
        """Until it is cancelled, or coming back would not help."""
        try:
            async with _beside(acks.run_silently()):
                while True:
                    try:
                        await self._session()
                    except End as end:
                        await self._pause(end)
        except Exception as error:
            # Also a fault of this package: the caller must not wait for ever.
            self._queue.fail(error)

    async def _session(self) -> None:
        """One session, from login to the end of its socket: an `End`, or a `HubError` that is the last."""
        jwt = await self._jwt()
        try:
            socket = await Socket.open(self._core.rest, jwt, self._tracks.positions())
        except End as end:
            if end.after is After.LOG_IN:
                self._core.rest.forget(jwt)
            raise
        clock = asyncio.get_running_loop().time
        begun = clock()
        try:
            self._welcomed(socket)
            async with _beside(self._refresh(socket, jwt)) as refreshing:
                try:
                    await self._listen(socket)
                except End:
                    if refreshing.done() and (refused := refreshing.exception()) is not None:
                        raise refused from None
                    raise
        finally:
            await socket.close()
            if clock() - begun >= _GOOD_AFTER_S:
                self._good()

    def _welcomed(self, socket: Socket) -> None:
        welcome = socket.welcome
        if self._tracks.epoch not in ("", welcome.epoch):
            self._queue.drop()
        self._tracks.welcome(welcome.epoch, welcome.streams)
        self._core.limits = welcome.limits

    async def _listen(self, socket: Socket) -> None:
        """Reads the socket until it ends. While the caller has no room, it is not read: then the hub waits."""
        while True:
            await self._queue.room()
            frame = await socket.hear()
            if frame is not None:
                self._take(frame)

    def _take(self, frame: HubFrame) -> None:
        verdict = Verdict.MOVE_PAST
        match frame:
            case Notification() as entry:
                is_mine = not self._own and entry.sender == self._core.agent
                verdict = self._tracks.notify(entry, is_mine=is_mine)
                track = self._tracks.find(entry.stream)
                if verdict is Verdict.HAND_OVER and track is not None:
                    self._queue.put(self._note(entry, track))
                    self._good()
            case Skipped(stream, first, last):
                verdict = self._tracks.skip(stream, first, last)
            case Position(stream, _, acked, _):
                self._queue.drop(stream)
                self._tracks.resync(stream, acked)
            case Joined(membership, is_answer=False):
                self._tracks.join(membership.stream, membership.acked)
            case Left(stream):
                self._tracks.leave(stream)
        if verdict is Verdict.GAP:
            raise End(After.GAP)

    def _good(self) -> None:
        self._backoff.reset()
        self._is_good = True

    async def _jwt(self) -> Jwt:
        try:
            return await self._core.rest.jwt()
        except HubError as error:
            if may_succeed_later(error):
                raise End(After.PAUSE, error) from None
            raise

    async def _refresh(self, socket: Socket, jwt: Jwt) -> None:
        """Tells the socket each next JWT before the one of before ends. A login that is refused ends it all."""
        clock = asyncio.get_running_loop().time
        renew_at = jwt.renew_at
        while True:
            await asyncio.sleep(renew_at - clock())
            try:
                jwt = await self._core.rest.jwt()
                await socket.say(frames.refresh(jwt.text))
                renew_at = jwt.renew_at
            except End:
                return
            except HubError as error:
                if not may_succeed_later(error):
                    await socket.close()
                    raise
                # The hub will end the session when it must; until then the old one is good.
                renew_at = clock() + _REFRESH_AGAIN_S

    async def _pause(self, end: End) -> None:
        """What comes before the next session."""
        _log.debug("the session ended (%s); coming back: %s", end.after.name, end.error)
        was_good, self._is_good = self._is_good, False
        match end.after:
            case After.RESTART:
                await asyncio.sleep(part_of(_RESTART_SPREAD_S))
            case After.GAP | After.LOG_IN if was_good:
                # At once; but not again and again.
                return
            case After.STREAMS if was_good:
                await self._ask_streams()
            case After.STREAMS:
                await asyncio.sleep(self._backoff.pause())
                await self._ask_streams()
            case _:
                await asyncio.sleep(self._backoff.pause())
                self._core.rest.find_again()

    async def _ask_streams(self) -> None:
        """Which streams are left to the agent."""
        call = Call(path="/secure/inbox", query={"limit": 1})
        try:
            streams = await self._core.ask(call, lambda fields: fields.by_name("streams", Cursor.from_fields))
        except HubError as error:
            if not may_succeed_later(error):
                raise
        else:
            self._tracks.keep(streams)


@asynccontextmanager
async def _beside(work: Coroutine[None, None, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Does `work` beside a block, and ends it with the block."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            # Taken notice of; the block has dealt with it.
            task.exception()
