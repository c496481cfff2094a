"""Items and the inbox: publish, retrieve, withdraw, status, inbox, wait, ack."""

from __future__ import annotations

import asyncio
import math
import uuid
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, cast

from agent_hub import limits
from agent_hub.answers import Cursor, Item, Notification, Published, Skipped, Status
from agent_hub.core import Core
from agent_hub.errors import HubError, Invalid, TooLarge
from agent_hub.fields import Fields
from agent_hub.notes import Inbox, Note
from agent_hub.rest import Call
from agent_hub.session.socket import End, ask_limits

if TYPE_CHECKING:
    from agent_hub.hub import Hub


class ItemVerbs:
    """The verbs about items."""

    _core: Core

    async def publish(
        self,
        *,
        name: str,
        data: str,
        ttl: int | None = None,
        to: str | Iterable[str] | None = None,
        one_time: bool = False,
        reply_to: str | None = None,
        idempotency_key: str | None = None,
        traceparent: str | None = None,
    ) -> Published:
        """Publishes data as it is; `send` encrypts.

        The fields are those of `POST /secure/agent/publish`; `ttl` is in seconds. Without `to`, the agent called `name`
        is notified, if there is one. The idempotency key is drawn if it is left out; give one to repeat a publish whose
        outcome is not known. `traceparent` (W3C Trace Context) is what whoever is told finds in its notification.

        Raises `Invalid` and `TooLarge` before anything is sent, and what the hub refuses.
        """
        limits.item_name(name)
        size = len(limits.text(data))
        body: dict[str, object] = {"name": name, "data": data}
        if limits.ttl(ttl) is not None:
            body["ttl"] = ttl
        if to is not None:
            body["to"] = limits.addresses(to)
        if one_time:
            body["one_time"] = True
        if reply_to is not None:
            body["reply_to"] = reply_to
        key = str(uuid.uuid4()) if idempotency_key is None else limits.idempotency_key(idempotency_key)
        trace = None if traceparent is None else limits.traceparent(traceparent)
        await self._check_size(size, ttl or 0)
        call = Call.json("POST", "/secure/agent/publish", body, key, trace)
        return await self._core.ask(call, lambda fields: Published(fields.text("token")))

    async def retrieve(self, token: str) -> Item:
        """The item as the hub has it. `read` opens it.

        Raises `NotFound`, `Expired`, `Withdrawn`, `Consumed`.
        """
        path = f"/secure/retrieve/{limits.token(token)}"
        item = await self._core.ask(Call(path=path, idempotency_key=self._core.reading_key(token)), Item.from_fields)
        # Another item in its place would be a copy that nobody notices.
        if item.token != token:
            raise self._core.foreign()
        return item

    async def withdraw(self, token: str) -> None:
        """Takes back an item that this agent published; doing it twice is the same as once.

        Raises `NotFound`, `Expired`, `Consumed`.
        """
        await self._core.rest.call(Call(method="DELETE", path=f"/secure/retrieve/{limits.token(token)}"))

    async def status(
        self, token: str, *, address: str | None = None, after: str | None = None, limit: int | None = None
    ) -> Status:
        """What became of an item that this agent published: stored, pushed, acked, read, for each address.

        `address` adds a page of that channel's members, after the agent `after`, `limit` in all.

        Raises `NotFound`.
        """
        query = _query(address=address, after=after, limit=limit)
        return await self._core.ask(Call(path=f"/secure/status/{limits.token(token)}", query=query), Status.from_fields)

    async def inbox(
        self, *, stream: str | None = None, after: int | None = None, epoch: str | None = None, limit: int | None = None
    ) -> Inbox:
        """What is after the durable cursors, now: at most `limit` entries (100), of one stream or of all.

        `after` and `epoch` start behind a number of `stream` instead of its cursor.

        Raises `NotFound`: not a stream of this agent. `Resync`: the position is void; its `position` says from where.
        """
        query = _query(stream=stream, after=after, epoch=epoch, limit=limit)
        return await self._core.ask(Call(path="/secure/inbox", query=query), self._inbox)

    async def wait(self, timeout: float, *, stream: str | None = None, limit: int | None = None) -> Inbox:
        """As `inbox`, but holds until there is an entry, or `timeout` seconds (rounded up) are over; no socket.

        Raises what `inbox` raises.
        """
        clock = asyncio.get_running_loop().time
        end = clock() + timeout
        while True:
            left = max(0, math.ceil(end - clock()))
            held = min(left, limits.WAIT_MAX_S)
            query = _query(stream=stream, limit=limit) | {"wait": held}
            inbox = await self._core.ask(Call(path="/secure/inbox", query=query, held_s=held), self._inbox)
            if inbox.entries or inbox.more or held == left:
                return inbox

    async def ack(self, seq: int, stream: str | None = None, *, epoch: str | None = None) -> None:
        """Everything up to `seq` in this agent's own stream, or in `stream`, is done with, for all its sessions.

        Returns when the hub has it on disk. Below the cursor nothing moves. With `epoch`, refused if that is over.

        Raises `BeyondHead`, `NotFound`, `Resync`.
        """
        await self._core.ack(stream or self._core.agent, seq, epoch)

    async def _check_size(self, size: int, ttl: int) -> None:
        """Against what the hub's operator allows; asked for only if it is more than usual."""
        known = self._core.limits
        if known is None:
            known = limits.Limits()
            if size <= known.data_max_bytes and ttl <= known.ttl_max_s:
                return
            try:
                known = self._core.limits = await ask_limits(self._core.rest)
            except (End, HubError):
                # The hub will say.
                return
        if size > known.data_max_bytes:
            raise TooLarge(f"the data has {size} bytes as it would be sent; this hub takes {known.data_max_bytes}")
        if ttl > known.ttl_max_s:
            raise Invalid(f"`ttl` is at most {known.ttl_max_s} seconds at this hub")

    def _inbox(self, fields: Fields) -> Inbox:
        epoch, hub = fields.text("epoch"), cast("Hub", self)

        def note(entry: Fields) -> Note:
            told = Notification.from_fields(entry)
            return Note.of(told, hub, partial(self.ack, told.seq, told.stream, epoch=epoch))

        return Inbox(
            epoch=epoch,
            streams=fields.by_name("streams", Cursor.from_fields),
            entries=fields.each("entries", note),
            skipped=fields.each("skipped", Skipped.from_fields),
            more=fields.flag("more"),
        )


def _query(**parameters: str | int | None) -> dict[str, str | int]:
    return {name: value for name, value in parameters.items() if value is not None}
