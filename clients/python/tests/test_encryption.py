"""End to end: what the hub cannot do, and whose keys are believed."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

import agent_hub
from agent_hub import KeyConflict, NoKeys, SealError, errors
from harness import Agent, Proxy, RunningHub, Start

CANARY = "the canary sings in the coal mine"


async def code_of(work: Coroutine[Any, Any, object]) -> str:
    """The code with which it is refused."""
    with pytest.raises(SealError) as refused:
        await work
    return refused.value.code


def keys_file(agent: Agent) -> Path:
    return agent.folder / "profiles" / f"{agent.name}+keys.json"


async def test_the_body_never_goes_over_the_wire_unless_plain_was_asked_for(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with Proxy(hub.address) as proxy, alice.connect(url=proxy.url) as a, bob.connect(url=proxy.url) as b:
        async with b.notifications() as notes:
            sent = await a.send(bob.name, CANARY)
            note = await anext(notes)
            assert (await note.read()).text == CANARY
            assert CANARY not in (await b.retrieve(sent.token)).data
            await note.reply(CANARY)
            assert len(proxy.received) > 1000
            assert CANARY.encode() not in proxy.received
            await a.send(bob.name, CANARY, plain=True)
            assert CANARY.encode() in proxy.received
            message = await (await anext(notes)).read()
            assert (message.text, message.sealed, message.sent_at) == (CANARY, False, None)


async def test_keys_are_made_at_first_use_for_this_user_alone_and_published(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect(suite="xwing") as a, bob.connect(keys="none") as b:
        path = keys_file(alice)
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert json.loads(path.read_text())["enc"][0] == "xwing"
        published = (await b.peer(alice.name)).keys
        assert published is not None
        assert published["version"] == 1
        words = a.keys.words
        assert len(words.split()) == 6
    before = path.read_text()
    async with alice.connect() as a:
        assert a.keys.words == words
    assert path.read_text() == before


async def test_nothing_is_sent_in_the_clear_to_somebody_without_keys(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect(keys="none") as b:
        with pytest.raises(NoKeys, match=bob.name):
            await a.send(bob.name, CANARY)
        assert not (await b.inbox()).entries
        with pytest.raises(NoKeys):
            await b.send(alice.name, CANARY)
        with pytest.raises(NoKeys):
            _ = b.keys.words


async def test_keys_in_memory_work_and_end_with_the_process(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect(keys="memory") as a, bob.connect(keys="memory") as b:
        sent = await a.send(bob.name, "x")
        assert (await b.read(sent.token)).sealed
    assert not keys_file(alice).exists()
    with pytest.raises(KeyConflict):
        await alice.connect(keys="memory")


async def test_keys_that_changed_without_a_chain_are_refused_until_the_words_are_compared(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        await a.send(bob.name, "pinned")
        await b.keys.replace()
        sent = await b.send(alice.name, "from new keys")
        assert await code_of(a.keys.of(bob.name)) == "key_changed"
        assert await code_of(a.read(sent.token)) == "key_changed"
        with pytest.raises(errors.Invalid):
            await a.keys.verify(bob.name, a.keys.words)
        verified = await a.keys.verify(bob.name, b.keys.words.upper().replace(" ", "-"))
        assert (verified.verified, verified.version, verified.words) == (True, 2, b.keys.words)
        assert (await a.read(sent.token)).text == "from new keys"
        answer = await a.send(bob.name, "to new keys")
        assert (await b.read(answer.token)).text == "to new keys"
    async with alice.connect() as a:
        assert (await a.keys.of(bob.name)).verified


async def test_a_send_to_keys_that_changed_is_refused_and_nothing_is_sent(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        await a.send(bob.name, "pinned")
        await b.keys.replace()
    async with alice.connect() as a, bob.connect() as b:
        room = f"#of-{bob.name}"
        await a.create_channel(room)
        await b.join(room)
        assert await code_of(a.send(bob.name, CANARY)) == "key_changed"
        assert await code_of(a.send(room, CANARY)) == "key_changed", "nobody but the sender is left"
        assert len((await b.inbox()).entries) == 1


async def test_keys_are_rotated_while_messages_are_under_way(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        under_way = [await a.send(bob.name, "before both")]
        await b.keys.rotate("xwing")
        under_way.append(await a.send(bob.name, "before it was noticed"))
        await a.keys.rotate()
        under_way.append(await a.send(bob.name, "after both"))
        for sent in under_way:
            assert (await b.read(sent.token)).sealed
        assert (await a.keys.of(bob.name)).suite is agent_hub.Suite.XWING
        for _ in range(7):
            await b.keys.rotate()
        assert (await b.read(under_way[1].token)).sealed, "for the key of eight versions ago"
    async with alice.connect() as a, bob.connect() as b:
        sent = await a.send(bob.name, "after eight rotations")
        assert (await b.read(sent.token)).text == "after eight rotations"
        assert (await a.keys.of(bob.name)).version == 9


async def test_a_rotation_that_the_directory_did_not_hear_of_is_published_the_next_time(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with Proxy(hub.address) as proxy, alice.connect(url=proxy.url, patience=0.5) as a:
        core = a._core  # The rotation itself, without its request.
        core.require_vault().rotate_keyring(None)
        words = a.keys.words
        async with alice.connect() as again, bob.connect() as b:
            assert again.keys.words == words
            assert (await b.keys.of(alice.name)).words == words


async def test_a_copy_under_another_token_is_refused_also_after_a_restart_and_by_another_process(
    hub: RunningHub,
) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b, bob.connect() as other_process:
        sent = await a.send(bob.name, "pay ten coins", name="order")
        envelope = (await b.retrieve(sent.token)).data
        copy = await a.publish(name="order", data=envelope, to=bob.name)
        assert (await b.read(sent.token)).text == "pay ten coins"
        assert (await b.read(sent.token)).text == "pay ten coins", "reading one item twice is lawful"
        assert await code_of(b.read(copy.token)) == "replayed"
        assert await code_of(other_process.read(copy.token)) == "replayed"
    async with bob.connect() as b:
        assert await code_of(b.read(copy.token)) == "replayed"
        assert (await b.read(sent.token)).text == "pay ten coins"


async def test_what_the_hub_says_of_a_message_is_compared_with_what_its_sender_said(hub: RunningHub) -> None:
    alice, bob, mallory = hub.agents("alice", "bob", "mallory")
    async with alice.connect() as a, bob.connect() as b, mallory.connect() as m:
        sent = await a.send(bob.name, "x", name="order")
        envelope = (await b.retrieve(sent.token)).data
        renamed = await a.publish(name="refund", data=envelope, to=bob.name)
        assert await code_of(b.read(renamed.token)) == "wrong_name"
        taken_over = await m.publish(name="order", data=envelope, to=bob.name)
        assert await code_of(b.read(taken_over.token)) == "wrong_from"
        re_answered = await a.publish(name="order", data=envelope, to=bob.name, reply_to=sent.token)
        assert await code_of(b.read(re_answered.token)) == "wrong_reply_to"
        forwarded = await a.publish(name="order", data=envelope, to=mallory.name)
        assert await code_of(m.read(forwarded.token)) == "not_for_me"
        torn = await a.publish(name="order", data=envelope[:-4], to=bob.name)
        assert await code_of(b.read(torn.token)) == "malformed"
        newer = await a.publish(name="order", data="YWhlbnYyYWFh", to=bob.name)
        assert await code_of(b.read(newer.token)) == "unknown_version"


async def test_another_hub_at_the_address_of_the_known_one_is_refused(hub: RunningHub, lone_hub: Start) -> None:
    alice, other = hub.agent("alice"), lone_hub()
    async with alice.connect() as a:
        await a.send(alice.name, "the hub is known")
    key = other.command("agent", "add", alice.name)
    with pytest.raises(SealError, match=r"trust\.json") as refused:
        await _open(alice.connect(url=other.url, api_key=key))
    assert refused.value.code == "wrong_hub"


async def _open(connect: agent_hub.Connect) -> None:
    async with connect:
        pass


async def test_lost_keys_are_told_of_and_replaced_only_when_asked(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect(), bob.connect():
        keys_file(alice).unlink()
    with pytest.raises(KeyConflict, match=r"keys\.json"):
        await alice.connect()
    assert not keys_file(alice).exists(), "nothing is in the way of those that are copied here"
    async with alice.connect(replace_keys=True) as a, bob.connect() as b:
        assert (await b.keys.of(alice.name)).version == 2
        sent = await b.send(alice.name, "to new keys")
        assert (await a.read(sent.token)).sealed
    async with alice.connect() as a:
        assert (await a.read(sent.token)).sealed


async def test_two_processes_that_start_at_once_make_one_set_of_keys(hub: RunningHub) -> None:
    alice = hub.agent("alice")
    program = (
        "import asyncio, sys, agent_hub\n"
        "async def main():\n"
        "    url, agent, api_key, folder = sys.argv[1:]\n"
        "    async with agent_hub.connect(url=url, agent=agent, api_key=api_key, folder=folder) as hub:\n"
        "        print(hub.keys.words)\n"
        "asyncio.run(main())\n"
    )
    command = ["-c", program, alice.url, alice.name, alice.api_key, str(alice.folder)]
    started = [
        await asyncio.create_subprocess_exec(sys.executable, *command, stdout=asyncio.subprocess.PIPE) for _ in range(4)
    ]
    words = {(await process.communicate())[0] for process in started}
    assert len(words) == 1
    assert len(words.pop().split()) == 6


async def test_the_command_line_and_this_library_read_each_other_and_share_their_files(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")

    def command(agent: Agent, *words: str) -> str:
        return hub.command(words[0], "--as", agent.name, *words[1:])

    async with (
        agent_hub.connect(alice.name, folder=hub.folder) as a,
        agent_hub.connect(bob.name, folder=hub.folder) as b,
    ):
        await asyncio.to_thread(command, alice, "send", bob.name, "from the command line")
        (note,) = (await b.inbox()).entries
        assert ((await note.read()).text, (await note.read()).sealed) == ("from the command line", True)
        await a.send(bob.name, "from the library")
        told = await asyncio.to_thread(command, bob, "get", "2", "--json")
        assert json.loads(told)["text"] == "from the library"
        shown = await asyncio.to_thread(hub.command, "keys", "show", "--as", alice.name)
        assert a.keys.words in shown
        await asyncio.to_thread(hub.command, "keys", "rotate", "--as", alice.name)
        assert (await b.keys.of(alice.name)).version == 2
        sent = await a.send(bob.name, "with rotated keys")
        assert (await b.read(sent.token)).sealed
        assert a.keys.words not in shown
        envelope = (await b.retrieve(sent.token)).data
        copy = await a.publish(name="message", data=envelope, to=bob.name)
        with pytest.raises(Exception, match="non-zero"):
            await asyncio.to_thread(command, bob, "get", "4")
        assert await code_of(b.read(copy.token)) == "replayed"
