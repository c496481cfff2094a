"""Channels and the directory: who is there, and who hears what."""

from __future__ import annotations

from collections.abc import AsyncIterator

from agent_hub import limits
from agent_hub.answers import Channel, Membership, Peer
from agent_hub.core import Core
from agent_hub.errors import NameTaken
from agent_hub.rest import Call


class ChannelVerbs:
    """The verbs about channels and peers. A channel may be written with or without its `#`."""

    _core: Core

    def peers(self) -> AsyncIterator[Peer]:
        """Every agent, in the order of their names: `async for peer in hub.peers()`."""
        return self._core.pages("/secure/agents", "agents", Peer.from_fields, lambda peer: peer.name)

    async def peer(self, name: str) -> Peer:
        """One agent.

        Raises `NotFound`.
        """
        return await self._core.find_peer(limits.agent(name))

    def channels(self) -> AsyncIterator[Channel]:
        """Every channel, in the order of their names: `async for channel in hub.channels()`."""
        return self._core.pages("/secure/channels", "channels", Channel.from_fields, lambda channel: channel.name)

    async def create_channel(self, name: str, *, closed: bool = False) -> Channel:
        """Makes a channel; its maker is its owner and a member. Of a closed one, the owner chooses the members.

        Raises `NameTaken`.
        """
        address = f"#{limits.channel(name)}"
        body: dict[str, object] = {"name": address}
        if closed:
            body["closed"] = True
        try:
            return await self._core.ask(Call.json("POST", "/secure/channels", body), Channel.from_fields)
        except NameTaken as taken:
            made = await self._find_own(address, closed=closed) if taken.was_repeated else None
            if made is None:
                raise
            # An earlier try made it, and its answer was lost.
            return made

    async def _find_own(self, address: str, *, closed: bool) -> Channel | None:
        async for channel in self.channels():
            if (channel.name, channel.owner, channel.closed) == (address, self._core.agent, closed):
                return channel
        return None

    async def join(self, name: str) -> Membership:
        """Joins a channel: what is published from now on is this agent's. Doing it twice changes nothing.

        Raises `NotFound`; `NotMember`: it is closed.
        """
        return await self._core.ask(Call(method="PUT", path=_path(name, "membership")), Membership.from_fields)

    async def leave(self, name: str) -> None:
        """Leaves a channel.

        Raises `OwnerStays`, `NotFound`.
        """
        await self._core.rest.call(Call(method="DELETE", path=_path(name, "membership")))

    def members(self, name: str) -> AsyncIterator[Peer]:
        """The members of a channel with their keys, for members and operators: `async for member in hub.members(name)`.

        Raises `NotFound`, `NotMember`.
        """
        return self._core.pages(_path(name, "members"), "members", Peer.from_fields, lambda peer: peer.name)

    async def add_member(self, name: str, agent: str) -> None:
        """Makes an agent a member (the owner, or an operator).

        Raises `Forbidden`, `NotFound`.
        """
        await self._core.rest.call(Call(method="PUT", path=_path(name, f"members/{limits.agent(agent)}")))

    async def remove_member(self, name: str, agent: str) -> None:
        """Ends an agent's membership (the owner, or an operator).

        Raises `Forbidden`, `NotFound`, `OwnerStays`.
        """
        await self._core.rest.call(Call(method="DELETE", path=_path(name, f"members/{limits.agent(agent)}")))


def _path(channel: str, rest: str) -> str:
    """In a path, a channel is written without its `#`."""
    return f"/secure/channels/{limits.channel(channel)}/{rest}"
