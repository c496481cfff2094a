"""A TCP proxy in front of the hub, for a network that is slow, silent, or gone in the middle of something."""

from __future__ import annotations

import asyncio
import contextlib
from enum import Enum, auto
from types import TracebackType
from typing import Self


class Mode(Enum):
    """What the proxy does with what passes through it."""

    PASS = auto()
    """Forwards at once."""
    DELAY = auto()
    """Forwards 50 ms late."""
    STALL = auto()
    """Accepts connections and bytes, and forwards nothing until the mode changes."""
    CUT = auto()
    """Closes every connection, and each new one at once."""
    MUTE = auto()
    """What is sent arrives; what is answered is lost. Its connections are closed when the mode changes."""
    HALF_CLOSE = auto()
    """Ends the way back of every connection, and keeps the way there open."""
    TRICKLE = auto()
    """Forwards a few bytes at a time."""


class Proxy:
    """Forwards a port of its own to the hub, as an asynchronous context manager."""

    def __init__(self, upstream: tuple[str, int]) -> None:
        self._upstream = upstream
        self._mode = Mode.PASS
        self._changed = asyncio.Event()
        self._links: set[_Link] = set()
        self.received = bytearray()
        """What clients sent, in both directions together: what a wire-tapper sees."""
        self.accepted = 0
        """How many connections there were."""

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def mode(self) -> Mode:
        """What it does now."""
        return self._mode

    def set(self, mode: Mode) -> None:
        """From now on."""
        before, self._mode = self._mode, mode
        self._changed.set()
        self._changed = asyncio.Event()
        if mode is Mode.CUT or before in (Mode.MUTE, Mode.HALF_CLOSE):
            self.cut()
        if mode is Mode.HALF_CLOSE:
            for link in self._links:
                link.end_way_back()

    def cut(self) -> None:
        """Closes every connection."""
        for link in list(self._links):
            link.close()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.set(Mode.CUT)
        while self._links:
            await asyncio.sleep(0.01)

    async def forward(self, data: bytes, to: asyncio.StreamWriter, *, is_answer: bool) -> None:
        """Forwards what was read, as the mode says."""
        self.received += data
        while self._mode is Mode.STALL:
            await self._changed.wait()
        match self._mode:
            case Mode.MUTE if is_answer:
                return
            case Mode.DELAY:
                await asyncio.sleep(0.05)
            case Mode.TRICKLE:
                for at in range(0, len(data), 100):
                    to.write(data[at : at + 100])
                    await asyncio.sleep(0.002)
                return
        to.write(data)
        await to.drain()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        try:
            back, there = await asyncio.open_connection(*self._upstream)
        except OSError:
            writer.close()
            return
        link = _Link(self, writer, there)
        self._links.add(link)
        try:
            if self._mode is not Mode.CUT:
                await link.run(reader, back)
        finally:
            link.close()
            self._links.discard(link)


class _Link:
    """One connection, and the one behind it."""

    def __init__(self, proxy: Proxy, client: asyncio.StreamWriter, hub: asyncio.StreamWriter) -> None:
        self._proxy, self._client, self._hub = proxy, client, hub

    async def run(self, from_client: asyncio.StreamReader, from_hub: asyncio.StreamReader) -> None:
        there = asyncio.create_task(self._pump(from_client, self._hub, is_answer=False))
        back = asyncio.create_task(self._pump(from_hub, self._client, is_answer=True))
        try:
            await asyncio.wait([there, back], return_when=asyncio.FIRST_COMPLETED)
        finally:
            there.cancel()
            back.cancel()
            await asyncio.wait([there, back])

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._proxy.forward(data, writer, is_answer=is_answer)

    def end_way_back(self) -> None:
        with contextlib.suppress(OSError):
            self._client.write_eof()

    def close(self) -> None:
        for writer in (self._client, self._hub):
            writer.transport.abort()
