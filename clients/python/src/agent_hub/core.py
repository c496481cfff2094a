"""What all verbs of one agent share: its way to the hub, its keys, and what it learned of others."""

from __future__ import annotations

import asyncio
import math
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from copy import copy
from typing import TYPE_CHECKING, TypeVar

from agent_hub.answers import Peer
from agent_hub.errors import HubError, NoKeys, SealError, Unreachable
from agent_hub.fields import Fields, Foreign
from agent_hub.limits import PAGE_LIMIT_MAX, Limits
from agent_hub.rest import Call, Rest, escape
from agent_hub.seal.bundle import Bundle
from agent_hub.seal.keyring import Keyring
from agent_hub.seal.suite import PublicKey, Suite
from agent_hub.seal.trust import Pin
from agent_hub.vault import Vault

if TYPE_CHECKING:
    from agent_hub.session.notifications import Notifications

T = TypeVar("T")

# How long a peer's key is used before the directory is asked again.
_KNOWN_FOR_S = 60.0


class Core:
    """One agent at its hub, without the verbs."""

    def __init__(self, rest: Rest, vault: Vault | None, suite: Suite) -> None:
        self.rest, self.vault, self.suite = rest, vault, suite
        self.agent = rest.credentials.agent
        self.limits: Limits | None = None
        """What the hub's operator allows, once a `welcome` told it."""
        self.listening: set[Notifications] = set()
        """What `aclose` has to end."""
        self.is_closed = False
        self._known: dict[str, tuple[float, PublicKey | HubError]] = {}
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        # Tells this client's readings of one-time items from those of others.
        self._reader = secrets.token_hex(16)

    async def ask(self, call: Call, read: Callable[[Fields], T]) -> T:
        """Does `call`; its answer, read."""
        answer = await self.rest.call(call)
        try:
            return read(answer)
        except Foreign:
            raise self.foreign() from None

    async def pages(
        self, path: str, name: str, read: Callable[[Fields], T], key: Callable[[T], str]
    ) -> AsyncIterator[T]:
        """Each row of a list that comes in pages; `key` is what the next page begins after."""
        query: dict[str, str | int] = {"limit": PAGE_LIMIT_MAX}
        is_more = True
        while is_more:
            call = Call(path=path, query=query)
            rows, is_more = await self.ask(call, lambda fields: (fields.each(name, read), fields.flag("more")))
            for row in rows:
                yield row
            last = key(rows[-1]) if rows else None
            # A page that leads nowhere is the last, whatever it says.
            is_more = is_more and last is not None and last != query.get("after")
            query["after"] = last or ""

    def foreign(self) -> Unreachable:
        """The error of an answer that is not one of an agent-hub."""
        return self.rest.unreachable("its answer is not one of an agent-hub")

    async def ack(self, stream: str, seq: int, epoch: str | None) -> None:
        """Everything up to `seq` is done with."""
        body: dict[str, object] = {"seq": seq, "stream": stream}
        if epoch is not None:
            body["epoch"] = epoch
        await self.rest.call(Call.json("POST", "/secure/inbox/ack", body))

    def reading_key(self, token: str) -> str:
        """The Idempotency-Key with which this client reads an item: the same for each of its tries."""
        return f"{self._reader}-{token}"

    async def hub_id(self) -> str:
        """The hub id, pinned at first use: another hub at the same address is refused."""
        told = (await self.rest.jwt()).hub
        if self.vault is None:
            return told
        known = self.vault.trust().hub
        if known is None:
            known = self.vault.change(lambda trust: trust.know_hub(told))
        if known != told:
            url, place = self.rest.credentials.url, self.vault.trust_place
            raise SealError("wrong_hub", told=f"{url} is another hub than the one that {place} is of")
        return known

    def require_vault(self) -> Vault:
        """Where the keys are; `NoKeys` if this client was told to have none."""
        if self.vault is None:
            raise NoKeys(f"this client of {self.agent} has no keys")
        return self.vault

    def require_keyring(self) -> Keyring:
        """The agent's private keys."""
        keyring = self.require_vault().find_keyring()
        if keyring is None:
            raise NoKeys(f"{self.agent} has no keys yet")
        return keyring

    async def learn_keys(self, agent: str) -> Pin:
        """Asks the directory for the keys of a peer, and believes them if they follow from what is believed."""
        return self.believe(await self.find_peer(agent))

    async def find_peer(self, agent: str) -> Peer:
        """What the directory has of an agent (`me`: of this one).

        An answer about another is refused: its keys would be taken for those of this one.
        """
        peer = await self.ask(Call(path=f"/secure/agents/{escape(agent)}"), Peer.from_fields)
        if peer.name != (self.agent if agent == "me" else agent):
            raise self.foreign()
        return peer

    def believe(self, peer: Peer) -> Pin:
        """Believes what the directory says of a peer's keys, if it follows from what is believed."""
        vault = self.require_vault()
        if peer.keys is None:
            raise NoKeys(f"{peer.name} has no keys yet, so nothing can be encrypted for it")
        bundle = Bundle.read(peer.keys, peer.name)
        return vault.change(lambda trust: trust.accept(bundle, vault.clock()))

    async def key_of(self, agent: str) -> PublicKey:
        """The encryption key of an agent, as the directory had it lately."""
        if agent == self.agent:
            return self.require_keyring().enc.public
        clock = asyncio.get_running_loop().time
        begun = clock()
        # Of many sends at once one asks, and all have its answer, also where it is an error.
        async with self._asking[agent]:
            at, known = self._known.get(agent, (-math.inf, None))
            if known is None or at < begun - (0 if isinstance(known, HubError) else _KNOWN_FOR_S):
                try:
                    known = (await self.learn_keys(agent)).enc
                except HubError as error:
                    self._known[agent] = (clock(), error)
                    raise
                self._known[agent] = (clock(), known)
        if isinstance(known, HubError):
            raise copy(known)
        return known

    def forget_key(self, agent: str) -> None:
        """The directory is asked again the next time."""
        self._known.pop(agent, None)
