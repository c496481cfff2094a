"""What the caller is handed: a notification, and what can be done about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from agent_hub.answers import Cursor, Notification, Sent, Skipped

if TYPE_CHECKING:
    from agent_hub.hub import Hub
    from agent_hub.reading import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Notification):
    """A notification that can be read, answered and acknowledged."""

    _hub: Hub = field(repr=False, compare=False)
    _ack: Callable[[], Awaitable[None]] = field(repr=False, compare=False)

    @classmethod
    def of(cls, entry: Notification, hub: Hub, ack: Callable[[], Awaitable[None]]) -> Note:
        """A note of `entry`, which `ack` acknowledges."""
        return cls(**{of.name: getattr(entry, of.name) for of in fields(Notification)}, _hub=hub, _ack=ack)

    async def read(self) -> Message:
        """Retrieves the item and opens it; see `Hub.read`."""
        return await self._hub.read(self)

    async def ack(self) -> None:
        """The caller is done with this and with everything before it in its stream.

        Returns when the hub has it on disk. Doing it again does no harm.
        """
        await self._ack()

    async def reply(self, body: str | bytes, **options: Any) -> Sent:
        """Answers its sender; `options` are those of `Hub.send`. It has the name of this, unless it is given one."""
        return await self._hub.send(self.sender, body, **({"name": self.name, "reply_to": self.token} | options))


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """What is after the durable cursors."""

    epoch: str
    """What the numbers belong to."""
    streams: dict[str, Cursor]
    """Where the agent is in each of the streams that were read."""
    entries: Sequence[Note]
    """Of each stream in order."""
    skipped: Sequence[Skipped]
    """What has nothing left to give; acknowledging moves past it."""
    more: bool
    """Whether there is more than fitted."""
