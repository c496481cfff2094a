"""Keeping the socket, whatever happens to the connection, the hub, the credentials and the caller."""

from __future__ import annotations

import asyncio
import logging
import re

import pytest

import agent_hub
from agent_hub import errors
from harness import Mode, Proxy, RunningHub, Start, nothing_comes, take


async def test_a_hub_that_is_killed_and_started_again_is_come_back_to(own_hub: Start) -> None:
    running = own_hub()
    alice, bob = running.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b, b.notifications() as notes:
        await a.send(bob.name, "1")
        await take(notes, 1)
        running.kill()
        sending = asyncio.create_task(a.send(bob.name, "2"))
        await asyncio.sleep(0.3)
        await asyncio.to_thread(running.start)
        await sending
        (note,) = await take(notes, 1)
        assert (note.seq, (await note.read()).text) == (2, "2")


async def test_a_hub_that_restarts_politely_is_come_back_to_within_seconds(lone_hub: Start) -> None:
    running = lone_hub("--drain-time", "1s")
    alice, bob = running.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b, b.notifications() as notes:
        await a.send(bob.name, "1")
        await take(notes, 1)
        await asyncio.to_thread(running.stop)
        await asyncio.to_thread(running.start)
        await a.send(bob.name, "2")
        assert [note.seq for note in await take(notes, 1)] == [2]


async def test_a_connection_that_falls_silent_is_given_up_for_another(lone_hub: Start) -> None:
    running = lone_hub("--ping-interval", "1s")
    alice, bob = running.agents("alice", "bob")
    async with Proxy(running.address) as proxy, alice.connect() as a, bob.connect(url=proxy.url) as b:
        async with b.notifications() as notes:
            await a.send(bob.name, "1")
            await take(notes, 1)
            proxy.set(Mode.MUTE)
            await a.send(bob.name, "2")
            # Nothing says that this connection is dead, and nothing else is wrong with the network.
            await asyncio.sleep(2.5)
            proxy.set(Mode.PASS)
            assert [note.seq for note in await take(notes, 1)] == [2]


async def test_a_quiet_connection_that_still_answers_is_kept(lone_hub: Start) -> None:
    running = lone_hub("--ping-interval", "1s")
    alice, bob = running.agents("alice", "bob")
    async with Proxy(running.address) as proxy, alice.connect() as a, bob.connect(url=proxy.url) as b:
        async with b.notifications() as notes:
            assert await nothing_comes(notes, 1)
            opened = proxy.accepted
            assert await nothing_comes(notes, 4)
            assert proxy.accepted == opened
            await a.send(bob.name, "1")
            await take(notes, 1)
            assert proxy.accepted == opened


@pytest.mark.parametrize("hub", ["sqlite"], indirect=True)
@pytest.mark.parametrize("mode", [Mode.CUT, Mode.STALL, Mode.HALF_CLOSE, Mode.MUTE, Mode.TRICKLE])
async def test_a_network_that_fails_in_the_middle_of_a_replay_costs_nothing(hub: RunningHub, mode: Mode) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with Proxy(hub.address) as proxy, alice.connect() as a, bob.connect(url=proxy.url) as b:
        await asyncio.gather(*(a.send(bob.name, str(number)) for number in range(100)))
        async with b.notifications() as notes:
            seen = []
            for turn in range(5):
                seen += [note.seq for note in await take(notes, 20)]
                if turn == 2:
                    await asyncio.gather(*(a.send(bob.name, str(number)) for number in range(100, 150)))
                proxy.set(mode)
                await asyncio.sleep(0.05)
                proxy.set(Mode.CUT)
                proxy.set(Mode.PASS)
            seen += [note.seq for note in await take(notes, 50)]
            assert seen == list(range(1, 151))


async def test_a_slow_caller_loses_nothing_and_is_sent_away_at_most(lone_hub: Start) -> None:
    running = lone_hub("--ping-interval", "1s")
    alice, bob = running.agents("alice", "bob")
    async with Proxy(running.address) as proxy, alice.connect() as a, bob.connect(url=proxy.url) as b:
        async with b.notifications() as notes:
            first = await a.send(bob.name, "x")
            assert [note.token for note in await take(notes, 1)] == [first.token]
            await asyncio.gather(*(a.send(bob.name, "x") for _ in range(600)))
            opened = proxy.accepted
            await asyncio.sleep(4)
            # What fits between the socket and the caller, and no more.
            assert notes.positions.after == {bob.name: 1}
            assert [note.seq for note in await take(notes, 600, 30)] == list(range(2, 602))
            await a.send(bob.name, "x")
            assert [note.seq for note in await take(notes, 1)] == [602]
            assert proxy.accepted > opened, "the hub has not sent it away: the test shows nothing"


async def test_a_jwt_is_renewed_before_it_ends_and_the_session_stays(lone_hub: Start) -> None:
    running = lone_hub("--jwt-ttl", "3s")
    alice, bob = running.agents("alice", "bob")
    async with Proxy(running.address) as proxy, alice.connect() as a, bob.connect(url=proxy.url) as b:
        async with b.notifications() as notes:
            await a.send(bob.name, "1")
            await take(notes, 1)
            frames = proxy.received.count(b"GET /secure/ws")
            assert await nothing_comes(notes, 7)
            await a.send(bob.name, "2")
            (note,) = await take(notes, 1)
            assert (await note.read()).text == "2"
            assert proxy.received.count(b"GET /secure/ws") == frames == 1


async def test_a_jwt_that_ends_unnoticed_costs_a_login_and_no_error(lone_hub: Start) -> None:
    running = lone_hub("--jwt-ttl", "2s")
    alice, bob = running.agents("alice", "bob")
    async with Proxy(running.address) as proxy, alice.connect() as a, bob.connect(url=proxy.url) as b:
        async with b.notifications() as notes:
            await a.send(bob.name, "1")
            await take(notes, 1)
            proxy.set(Mode.STALL)
            await asyncio.sleep(4)
            proxy.set(Mode.PASS)
            await b.inbox()
            await a.send(bob.name, "2")
            assert [note.seq for note in await take(notes, 1)] == [2]


async def test_a_revoked_key_ends_the_loop_and_the_verbs_with_unauthenticated(own_hub: Start) -> None:
    running = own_hub()
    alice, bob = running.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b, b.notifications() as notes:
        await a.send(bob.name, "1")
        await take(notes, 1)
        await asyncio.to_thread(running.command, "agent", "rotate", bob.name)
        with pytest.raises(errors.Unauthenticated):
            await take(notes, 1)
        with pytest.raises(errors.Unauthenticated):
            await b.inbox()
        # Asked again, it says so again.
        with pytest.raises(errors.Unauthenticated):
            await take(notes, 1)


async def test_a_disabled_agent_is_told_so_when_it_connects_and_while_it_listens(own_hub: Start) -> None:
    running = own_hub()
    bob = running.agent("bob")
    async with bob.connect() as b, b.notifications() as notes:
        assert await nothing_comes(notes)
        await asyncio.to_thread(running.command, "agent", "disable", bob.name)
        with pytest.raises(errors.Unauthenticated):
            await take(notes, 1)
    with pytest.raises(errors.Unauthenticated):
        await bob.connect()


async def test_after_a_new_epoch_what_was_not_acknowledged_comes_again(own_hub: Start) -> None:
    running = own_hub()
    alice, bob = running.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b, b.notifications() as notes:
        for number in range(3):
            await a.send(bob.name, str(number))
        told = await take(notes, 3)
        await told[0].ack()
        before = notes.positions
        running.kill()
        await asyncio.to_thread(running.command, "epoch", "--new")
        await asyncio.to_thread(running.start)
        # By a note of before, whose number is of an epoch that is over.
        await told[1].ack()
        again = await take(notes, 1)
        assert [note.seq for note in again] == [3]
        await a.send(bob.name, "new")
        again += await take(notes, 1)
        assert notes.positions.epoch != before.epoch
        assert await nothing_comes(notes)
        await again[1].ack()
        assert (await b.inbox()).streams[bob.name].acked == 4
        async with b.notifications(after=before.after, epoch=before.epoch) as void:
            await a.send(bob.name, "newer")
            assert [note.seq for note in await take(void, 1)] == [5]


async def test_a_channel_that_was_left_while_away_does_not_keep_it_from_coming_back(own_hub: Start) -> None:
    running = own_hub()
    alice, bob = running.agents("alice", "bob")
    async with Proxy(running.address) as proxy, alice.connect() as a, bob.connect(url=proxy.url) as b:
        for room in ("#one", "#two"):
            await a.create_channel(room)
            await b.join(room)
        async with b.notifications() as notes:
            for room in ("#one", "#two"):
                await a.send(room, "before")
            await take(notes, 2)
            proxy.set(Mode.CUT)
            await a.remove_member("#one", bob.name)
            await a.remove_member("#two", bob.name)
            for _ in range(3):
                await a.send(["#one", "#two"], "while away")
            await a.add_member("#two", bob.name)
            await a.send("#two", "since it is back")
            proxy.set(Mode.PASS)
            (note,) = await take(notes, 1)
            assert (note.stream, note.seq) == ("#two", 5)
            await a.add_member("#one", bob.name)
            await a.send("#one", "there, too")
            (note,) = await take(notes, 1)
            assert (note.stream, note.seq) == ("#one", 5)
            await note.ack()


async def test_credentials_that_are_wrong_are_refused_at_once(hub: RunningHub) -> None:
    bob = hub.agent("bob")
    for wrong in ({"api_key": "ahub_no"}, {"api_key": "no key\n at all"}, {"api_key": ""}, {"agent": "nobody"}):
        with pytest.raises(errors.Unauthenticated):
            await bob.connect(**wrong)


async def test_a_hub_that_is_not_there_is_unreachable_when_the_patience_is_over() -> None:
    async with asyncio.timeout(5):
        with pytest.raises(errors.Unreachable, match=r"127\.0\.0\.1:1 "):
            await agent_hub.connect(url="http://127.0.0.1:1", agent="bob", api_key="x", patience=1)


async def test_no_proxy_of_the_environment_is_asked_for_a_hub_on_this_machine(
    hub: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY", "ws_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    alice = hub.agent("alice")
    async with alice.connect() as a, a.notifications(own=True) as notes:
        await a.send(alice.name, "x")
        await take(notes, 1)


async def test_no_log_holds_a_key_a_jwt_or_a_body(lone_hub: Start, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    # Any key, any JWT, and what was sent.
    secrets = ("ahub_[0-9a-f]", r"eyJ[\w-]+\.eyJ", "canary")
    running = lone_hub("--jwt-ttl", "2s")
    alice, bob = running.agents("alice", "bob")
    async with Proxy(running.address) as proxy, alice.connect() as a, bob.connect(url=proxy.url) as b:
        async with b.notifications() as notes:
            await a.send(bob.name, "the canary sings")
            await a.send(bob.name, "the canary sings", plain=True)
            for note in await take(notes, 2):
                assert (await note.read()).text == "the canary sings"
                await note.ack()
            await asyncio.sleep(2)
            proxy.cut()
            await a.send(bob.name, "x")
            await take(notes, 1)
        shown = caplog.text + repr((a, b, note, await note.read(), await b.retrieve(note.token)))
        lines = [line for line in shown.splitlines() for secret in secrets if re.search(secret, line)]
        assert caplog.text
        assert lines == []


async def test_a_hub_of_this_machine_is_found_where_it_comes_back(own_hub: Start) -> None:
    running = own_hub()
    for name in ("alice", "bob"):
        running.command("agent", "add", name)
    async with (
        agent_hub.connect("alice", folder=running.folder) as a,
        agent_hub.connect("bob", folder=running.folder) as b,
    ):
        async with b.notifications() as notes:
            await a.send("bob", "before")
            await (await anext(notes)).ack()
            before = running.url
            await asyncio.to_thread(running.restart_elsewhere)
            assert running.url != before
            await a.send("bob", "after")
            assert (await (await anext(notes)).read()).text == "after"
        assert (a.url, b.url) == (running.url, running.url)
