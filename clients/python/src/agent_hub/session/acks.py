"""Acknowledging: what the caller is done with, and what was moved past silently."""

from __future__ import annotations

import asyncio
import logging

from agent_hub.core import Core
from agent_hub.errors import HubError, NotFound, Resync
from agent_hub.session.tracks import Track, Tracks

_log = logging.getLogger("agent_hub")
# How often what was moved past silently is acknowledged, in seconds.
_EVERY_S = 1.0


class Acks:
    """Tells the hub what may be acknowledged."""

    def __init__(self, core: Core, tracks: Tracks) -> None:
        self._core, self._tracks = core, tracks

    async def done(self, track: Track, seq: int) -> None:
        """The caller is done with everything up to `seq` of a track, and the hub is told."""
        self._tracks.done(track, seq)
        told = await asyncio.gather(*(self._tell(*due) for due in self._tracks.due()), return_exceptions=True)
        for error in told:
            if isinstance(error, BaseException):
                raise error

    async def run_silently(self) -> None:
        """Acknowledges what was moved past, for as long as it is let."""
        while True:
            await asyncio.sleep(_EVERY_S)
            for track, up_to in self._tracks.due():
                try:
                    await self._tell(track, up_to)
                except HubError as error:
                    _log.debug("what was moved past in %s is not acknowledged yet: %s", track.stream, error)

    async def _tell(self, track: Track, up_to: int) -> None:
        try:
            await self._core.ack(track.stream, up_to, self._tracks.epoch)
        except (NotFound, Resync) as void:
            # The agent has left the stream, or the numbers are of an epoch that is over: there is nothing to
            # acknowledge any more. The session will hear of it; what is told again is known to be done with.
            _log.debug("%s is not acknowledged up to %d: %s", track.stream, up_to, void)
        track.acked = max(track.acked, up_to)
