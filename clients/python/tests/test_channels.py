"""Channels and the directory."""

from __future__ import annotations

import itertools

import pytest

from agent_hub import LeftOut, NoKeys, SealError, errors
from harness import RunningHub

_numbers = itertools.count(1)


@pytest.fixture
def room() -> str:
    """The name of a channel that no other test has."""
    return f"#room-{next(_numbers)}"


async def test_a_channel_is_made_joined_and_left(hub: RunningHub, room: str) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        made = await a.create_channel(room)
        assert (made.name, made.owner, made.member, made.closed) == (room, alice.name, True, False)
        joined = await b.join(room.removeprefix("#"))
        assert (joined.stream, joined.acked, joined.head) == (room, 0, 0)
        assert {member.name async for member in a.members(room)} == {alice.name, bob.name}
        listed = {channel.name: channel.member async for channel in b.channels()}
        assert listed[room]
        await b.leave(room)
        assert [member.name async for member in a.members(room)] == [alice.name]
        with pytest.raises(errors.NameTaken):
            await b.create_channel(room)
        with pytest.raises(errors.OwnerStays):
            await a.leave(room)
        with pytest.raises(errors.NotFound):
            await b.join("#nowhere")
        for plain in (False, True):
            with pytest.raises(errors.UnknownAddress, match="#nowhere"):
                await b.send("#nowhere", "x", plain=plain)
        with pytest.raises(errors.Invalid):
            await b.join("##")


async def test_what_is_sent_to_a_channel_is_sealed_for_all_its_members(hub: RunningHub, room: str) -> None:
    alice, bob, carol = hub.agents("alice", "bob", "carol")
    async with alice.connect() as a, bob.connect() as b, carol.connect() as c:
        await a.create_channel(room)
        await b.join(room)
        sent = await a.send(room, "to all of you")
        await c.join(room)
        assert (sent.sealed_for, sent.left_out) == ((alice.name, bob.name), ())
        for member in (a, b):
            message = await member.read(sent.token)
            assert (message.sealed, message.text, message.to) == (True, "to all of you", (room,))
        with pytest.raises(errors.NotFound):
            await c.read(sent.token)
        (note,) = (await b.inbox()).entries
        assert (note.stream, note.seq) == (room, 1)
        status = await a.status(sent.token, address=room)
        assert status.to[0].counts is not None
        assert (status.to[0].counts.members, status.to[0].counts.acked) == (2, 0)
        assert [member.address for member in status.to[0].members] == [alice.name, bob.name]


async def test_the_owner_of_a_closed_channel_chooses_its_members(hub: RunningHub, room: str) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        assert (await a.create_channel(room, closed=True)).closed
        with pytest.raises(errors.NotMember):
            await b.join(room)
        with pytest.raises(errors.NotMember):
            await b.send(room, "x", plain=True)
        await a.add_member(room, bob.name)
        sent = await b.send(room, "x")
        assert (await a.read(sent.token)).sealed
        with pytest.raises(errors.Forbidden):
            await b.remove_member(room, alice.name)
        await a.remove_member(room, bob.name)
        with pytest.raises(errors.NotMember):
            await b.send(room, "x")


async def test_members_without_good_keys_are_left_out_and_named(hub: RunningHub, room: str) -> None:
    alice, bob, carol, dave = hub.agents("alice", "bob", "carol", "dave")
    async with (
        alice.connect() as a,
        bob.connect() as b,
        carol.connect(keys="none") as c,
        dave.connect() as d,
    ):
        await a.create_channel(room)
        for member in (b, c, d):
            await member.join(room)
        await a.keys.of(dave.name)
        await d.keys.replace()
        sent = await a.send(room, "to those who can")
        assert sent.sealed_for == (alice.name, bob.name)
        assert sent.left_out == (LeftOut(carol.name, "no_keys"), LeftOut(dave.name, "key_changed"))
        assert (await b.read(sent.token)).text == "to those who can"
        with pytest.raises(SealError) as refused:
            await d.read(sent.token)
        assert refused.value.code == "not_for_me"
        with pytest.raises(SealError, match=dave.name):
            await a.send((room, dave.name), "directly it is an error")
        await a.keys.verify(dave.name, d.keys.words)
        assert [left.agent for left in (await a.send(room, "x")).left_out] == [carol.name]


async def test_all_members_or_none_can_be_asked_for(hub: RunningHub, room: str) -> None:
    alice, bob, carol = hub.agents("alice", "bob", "carol")
    async with alice.connect() as a, bob.connect() as b, carol.connect(keys="none") as c:
        await a.create_channel(room)
        await c.join(room)
        with pytest.raises(NoKeys, match=carol.name):
            await a.send(room, "nobody but the sender is left")
        await b.join(room)
        with pytest.raises(NoKeys, match=carol.name):
            await a.send(room, "x", all_members=True)
        await a.keys.of(bob.name)
        await b.keys.replace()
        with pytest.raises(SealError, match=bob.name):
            await a.send(room, "what may be an attack is told of first", all_members=True)
        assert not (await c.inbox()).entries


async def test_the_directory_tells_who_is_there(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        names = [peer.name async for peer in a.peers()]
        assert names == sorted(names)
        assert {alice.name, bob.name} <= set(names)
        peer = await a.peer(bob.name)
        assert (peer.name, peer.online) == (bob.name, False)
        assert peer.keys is not None
        assert peer.keys["agent"] == bob.name
        await b.send(alice.name, "x")
        with pytest.raises(errors.NotFound):
            await a.peer("nobody-at-all")
        with pytest.raises(errors.Invalid):
            await a.peer("Bob")


async def test_lists_of_many_pages_are_read_to_their_end(
    hub: RunningHub, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = hub.agents(*["page"] * 7)
    monkeypatch.setattr("agent_hub.core.PAGE_LIMIT_MAX", 3)
    async with made[0].connect() as a:
        names = [peer.name async for peer in a.peers()]
        assert {agent.name for agent in made} <= set(names)
        assert len(names) == len(set(names))
        rooms = [(await a.create_channel(f"{room}-{number}")).name for number in range(7)]
        assert [channel.name async for channel in a.channels() if channel.name in rooms] == rooms
        for agent in made[1:]:
            async with agent.connect(keys="none") as member:
                await member.join(rooms[0])
        assert [member.name async for member in a.members(rooms[0])] == [agent.name for agent in made]
