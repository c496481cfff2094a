"""Sending: sealed for whoever it is for, then published."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial

from agent_hub import limits
from agent_hub.answers import LeftOut, Peer, Sent
from agent_hub.channels import ChannelVerbs
from agent_hub.core import Core
from agent_hub.errors import HubError, Invalid, NoKeys, NotFound, SealError, UnknownAddress
from agent_hub.items import ItemVerbs
from agent_hub.seal.envelope import Draft, seal
from agent_hub.seal.suite import PublicKey

# Envelopes whose publish has no answer yet, so that the caller can repeat it.
_UNANSWERED_MAX = 16


@dataclass(frozen=True, slots=True)
class Sealed:
    """An envelope, and whom it is for."""

    data: str
    sealed_for: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


class Unanswered:
    """Envelopes by key and what was to be sent: sealing again would give other bytes, which the hub refuses."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, bytes], Sealed] = {}

    @asynccontextmanager
    async def envelope(self, key: str, request: bytes, seal: Callable[[], Awaitable[Sealed]]) -> AsyncIterator[Sealed]:
        """The envelope of a request, kept until it is answered: the one of before if that was not."""
        sealed = self._kept.get((key, request)) or await seal()
        self._kept[key, request] = sealed
        if len(self._kept) > _UNANSWERED_MAX:
            del self._kept[next(iter(self._kept))]
        yield sealed
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
        all_members: bool = False,
        idempotency_key: str | None = None,
        traceparent: str | None = None,
    ) -> Sent:
        """Sends a body to agents and channels: encrypted for them and signed.

        `to` is an address or several; of a channel (`#research`), it is sealed for its members of now whose keys are
        good; `left_out` of the answer names the others. With `all_members` it is refused if there are others. `name` is
        what the hub and whoever watches it sees. `ttl` is in seconds; left out: a day. `plain` is neither encrypted nor
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

        async def publish(sealed: Sealed) -> Sent:
            done = await self.publish(
                name=name,
                data=sealed.data,
                ttl=ttl,
                to=addresses,
                one_time=one_time,
                reply_to=reply_to,
                idempotency_key=idempotency_key,
                traceparent=traceparent,
            )
            return Sent(done.token, sealed.sealed_for, sealed.left_out)

        if plain:
            return await publish(Sealed(_as_text(data), (), ()))
        await self._check_size(len(data) * 4 // 3, ttl or 0)
        draft = partial(self._seal, addresses, name, reply_to, data, all_members=all_members)
        if idempotency_key is None:
            return await publish(await draft())
        about = (addresses, name, ttl, one_time, reply_to, all_members, data)
        request = hashlib.sha256(repr(about).encode()).digest()
        async with self._unanswered.envelope(idempotency_key, request, draft) as envelope:
            return await publish(envelope)

    async def _seal(
        self, to: tuple[str, ...], name: str, reply_to: str | None, body: bytes, *, all_members: bool
    ) -> Sealed:
        core = self._core
        keyring = core.require_keyring()
        hub = await core.hub_id()
        keys, left_out = await self._recipients(to, all_members=all_members)
        ts = core.require_vault().clock()
        data = seal(Draft(hub=hub, to=keys, name=name, ts=ts, reply_to=reply_to, body=body), keyring)
        return Sealed(data, tuple(sorted(keys)), left_out)

    async def _recipients(
        self, to: tuple[str, ...], *, all_members: bool
    ) -> tuple[dict[str, PublicKey], tuple[LeftOut, ...]]:
        """The keys of everybody that these addresses reach.

        Members of a channel without good keys are left out, unless all of them are wanted, or nobody but this agent
        remains.
        """
        keys: dict[str, PublicKey] = {}
        refused: dict[str, HubError] = {}
        for address in to:
            if not address.startswith("#"):
                keys[address] = await self._key_of(address)
                continue
            for member in await self._members_of(address):
                try:
                    keys[member.name] = _key_of_member(self._core, member)
                except (NoKeys, SealError) as error:
                    refused[member.name] = error
        left_out = {agent: error for agent, error in sorted(refused.items()) if agent not in keys}
        if left_out and (all_members or not keys.keys() - {self._core.agent}):
            raise _worst(left_out)
        return keys, tuple(LeftOut(agent, error.code) for agent, error in left_out.items())

    async def _members_of(self, channel: str) -> list[Peer]:
        with _unknown(channel):
            return [member async for member in self.members(channel)]

    async def _key_of(self, agent: str) -> PublicKey:
        with _unknown(agent):
            return await self._core.key_of(agent)


@contextmanager
def _unknown(address: str) -> Iterator[None]:
    """What is not found is an address that is not known, as the hub says it of what is published."""
    try:
        yield
    except NotFound:
        raise UnknownAddress(f"there is no agent or channel `{address}`") from None


def _key_of_member(core: Core, member: Peer) -> PublicKey:
    # What the hub says of this agent's own key does not count.
    return core.require_keyring().enc.public if member.name == core.agent else core.believe(member).enc


def _worst(refused: dict[str, HubError]) -> HubError:
    """The one to be told of first: keys that are not believed may be an attack."""
    return max(refused.values(), key=lambda error: isinstance(error, SealError))


def _as_text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Invalid("a plain body must be UTF-8 text; encrypted, it may be anything") from None
