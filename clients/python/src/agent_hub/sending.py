"""Sending: sealed for whoever it is for, then published."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial

from agent_hub import limits
from agent_hub.answers import Peer, Published
from agent_hub.channels import ChannelVerbs
from agent_hub.core import Core
from agent_hub.errors import Invalid, NotFound, UnknownAddress
from agent_hub.items import ItemVerbs
from agent_hub.seal.envelope import Draft, seal
from agent_hub.seal.suite import PublicKey

# Envelopes whose publish has no answer yet, so that the caller can repeat it.
_UNANSWERED_MAX = 16


class Unanswered:
    """Envelopes by key and what was to be sent: sealing again would give other bytes, which the hub refuses."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, bytes], str] = {}

    @asynccontextmanager
    async def envelope(self, key: str, request: bytes, seal: Callable[[], Awaitable[str]]) -> AsyncIterator[str]:
        """The envelope of a request, kept until it is answered: the one of before if that was not."""
        data = self._kept.get((key, request)) or await seal()
        self._kept[key, request] = data
        if len(self._kept) > _UNANSWERED_MAX:
            del self._kept[next(iter(self._kept))]
        yield data
        self._kept.pop((key, request), None)


class SendVerbs(ChannelVerbs, ItemVerbs):
    """The verb `send`."""

    _unanswered: Unanswered

    async def send(
        self,
        to: str | Iterable[str],
        body: str | bytes,
        *,
        name: str = "message",
        ttl: int | None = None,
        one_time: bool = False,
        reply_to: str | None = None,
        plain: bool = False,
        idempotency_key: str | None = None,
        traceparent: str | None = None,
    ) -> Published:
        """Sends a body to agents and channels: encrypted for them and signed.

        `to` is an address or several; of a channel (`#research`), it is sealed for its members of now. `name` is what
        the hub and whoever watches it sees. `ttl` is in seconds; left out: a day. `plain` is neither encrypted nor
        signed: the hub can read and change it. The idempotency key is drawn if it is left out; give one to repeat a
        send whose outcome is not known. `traceparent` (W3C Trace Context) is the trace that it is sent in: whoever
        is told finds it in its notification.

        Raises `NoKeys`: an addressee has none. `Invalid`, `TooLarge`, `UnknownAddress`; `SealError`: an addressee's
        keys are not believed. And what the hub refuses.
        """
        addresses = limits.addresses(to)
        limits.item_name(name)
        limits.ttl(ttl)
        data = limits.text(body) if isinstance(body, str) else bytes(body)

        async def publish(data: str, key: str | None) -> Published:
            return await self.publish(
                name=name,
                data=data,
                ttl=ttl,
                to=addresses,
                one_time=one_time,
                reply_to=reply_to,
                idempotency_key=key,
                traceparent=traceparent,
            )

        if plain:
            return await publish(_as_text(data), idempotency_key)
        await self._check_size(len(data) * 4 // 3, ttl or 0)
        if idempotency_key is None:
            return await publish(await self._seal(addresses, name, reply_to, data), None)
        request = hashlib.sha256(repr((addresses, name, ttl, one_time, reply_to, data)).encode()).digest()
        draft = partial(self._seal, addresses, name, reply_to, data)
        async with self._unanswered.envelope(idempotency_key, request, draft) as envelope:
            return await publish(envelope, idempotency_key)

    async def _seal(self, to: tuple[str, ...], name: str, reply_to: str | None, body: bytes) -> str:
        core = self._core
        keyring = core.require_keyring()
        hub = await core.hub_id()
        keys = await self._keys_for(to)
        ts = core.require_vault().clock()
        return seal(Draft(hub=hub, to=keys, name=name, ts=ts, reply_to=reply_to, body=body), keyring)

    async def _keys_for(self, to: tuple[str, ...]) -> dict[str, PublicKey]:
        """The keys of everybody that these addresses reach."""
        keys = {}
        for address in to:
            if address.startswith("#"):
                async for member in self.members(address):
                    keys[member.name] = _key_of_member(self._core, member)
            else:
                keys[address] = await self._key_of(address)
        return keys

    async def _key_of(self, agent: str) -> PublicKey:
        try:
            return await self._core.key_of(agent)
        except NotFound:
            raise UnknownAddress(f"there is no agent or channel `{agent}`") from None


def _key_of_member(core: Core, member: Peer) -> PublicKey:
    # What the hub says of this agent's own key does not count.
    return core.require_keyring().enc.public if member.name == core.agent else core.believe(member).enc


def _as_text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Invalid("a plain body must be UTF-8 text; encrypted, it may be anything") from None
