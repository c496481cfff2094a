"""Requests when the network or the hub fails: repeated, bounded in time, and done once."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

import agent_hub
from agent_hub import Unreachable, errors
from harness import Mode, Proxy, RunningHub, Start

Told = tuple[int, dict[str, str], bytes]
"""Status, headers and body of an answer."""


async def test_a_send_whose_answer_is_lost_is_stored_once(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with Proxy(hub.address) as proxy, alice.connect(url=proxy.url) as a, bob.connect() as b:
        await a.send(bob.name, "so that everything but the publish has been asked")
        for mode in (Mode.MUTE, Mode.HALF_CLOSE):
            proxy.set(mode)
            sending = asyncio.create_task(a.send(bob.name, "x"))
            await until_entries(b, 1)
            await asyncio.sleep(0.2)
            proxy.set(Mode.PASS)
            sent = await sending
            (note,) = (await b.inbox()).entries[-1:]
            assert note.token == sent.token
        assert [note.seq for note in (await b.inbox()).entries] == [1, 2, 3]


async def until_entries(hub: agent_hub.Hub, count: int) -> None:
    async with asyncio.timeout(10):
        while len((await hub.inbox()).entries) < count:
            await asyncio.sleep(0.02)


async def test_a_send_that_the_caller_repeats_with_its_key_is_stored_once(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with Proxy(hub.address) as proxy, alice.connect(url=proxy.url, patience=1) as a, bob.connect() as b:
        await a.send(bob.name, "first")
        proxy.set(Mode.MUTE)
        with pytest.raises(Unreachable):
            await a.send(bob.name, "x", idempotency_key="k")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(a.send(bob.name, "y", idempotency_key="l"), 0.5)
        proxy.set(Mode.PASS)
        for body, key in (("x", "k"), ("y", "l")):
            sent = await a.send(bob.name, body, idempotency_key=key)
            assert (await b.read(sent.token)).text == body
        assert [note.seq for note in (await b.inbox()).entries] == [1, 2, 3]
        with pytest.raises(errors.IdempotencyMismatch):
            await a.send(bob.name, "another body", idempotency_key="k")


async def test_a_one_time_item_whose_answer_is_lost_is_read_all_the_same(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with Proxy(hub.address) as proxy, alice.connect() as a, bob.connect(url=proxy.url) as b:
        sent = await a.send(bob.name, "a job", one_time=True)
        await b.inbox()
        proxy.set(Mode.MUTE)
        reading = asyncio.create_task(b.read(sent.token))
        async with asyncio.timeout(10):
            while (await a.status(sent.token)).state != "consumed":
                await asyncio.sleep(0.02)
        proxy.set(Mode.PASS)
        assert (await reading).text == "a job"


async def test_a_channel_whose_making_was_not_answered_is_made_all_the_same(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with Proxy(hub.address) as proxy, alice.connect(url=proxy.url) as a, bob.connect() as b:
        ours, theirs = f"#of-{alice.name}", f"#of-{bob.name}"
        await b.create_channel(theirs)
        await a.inbox()
        proxy.set(Mode.MUTE)
        making = asyncio.create_task(a.create_channel(ours, closed=True))
        async with asyncio.timeout(10):
            while ours not in [channel.name async for channel in b.channels()]:
                await asyncio.sleep(0.02)
        proxy.set(Mode.PASS)
        made = await making
        assert (made.name, made.owner, made.closed, made.member) == (ours, alice.name, True, True)
        with pytest.raises(errors.NameTaken):
            await a.create_channel(ours, closed=True)
        proxy.set(Mode.CUT)
        accepted = proxy.accepted
        making = asyncio.create_task(a.create_channel(theirs))
        async with asyncio.timeout(10):
            while proxy.accepted == accepted:
                await asyncio.sleep(0.02)
        proxy.set(Mode.PASS)
        with pytest.raises(errors.NameTaken):
            await making


async def test_an_acknowledgement_whose_answer_is_lost_is_said_again(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with Proxy(hub.address) as proxy, alice.connect() as a, bob.connect(url=proxy.url) as b:
        await a.send(bob.name, "x")
        async with b.notifications() as notes:
            note = await anext(notes)
            proxy.set(Mode.MUTE)
            acking = asyncio.create_task(note.ack())
            await asyncio.sleep(0.3)
            assert not acking.done()
            proxy.set(Mode.PASS)
            await acking
            assert (await b.inbox()).streams[bob.name].acked == 1


async def test_requests_wait_for_a_hub_that_is_away_for_a_moment(own_hub: Start) -> None:
    running = own_hub()
    alice, bob = running.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        running.kill()
        waiting = asyncio.gather(a.send(bob.name, "x"), b.inbox(), b.wait(5))
        await asyncio.sleep(1)
        await asyncio.to_thread(running.start)
        sent, _, waited = await waiting
        assert [note.token for note in waited.entries] == [sent.token]


@pytest.mark.parametrize("hub", ["sqlite"], indirect=True)
@pytest.mark.parametrize("mode", [Mode.STALL, Mode.MUTE, Mode.CUT])
async def test_the_patience_bounds_every_request_whatever_fails(hub: RunningHub, mode: Mode) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with Proxy(hub.address) as proxy, alice.connect(url=proxy.url, patience=1.5) as a, bob.connect():
        proxy.set(mode)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        # All at once: they share a login and connections, and none waits for the patience of another.
        works = [a.send(bob.name, "x") for _ in range(40)] + [a.inbox(), a.retrieve("A" * 22)]
        for failed in await asyncio.gather(*works, return_exceptions=True):
            assert isinstance(failed, Unreachable)
        assert loop.time() - begun < 3


def jwt(life_s: int = 3600) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"iat": 0, "exp": life_s, "aud": "h"}).encode()).decode().rstrip("=")
    return f"x.{claims}.y"


LOGIN: Told = (200, {}, json.dumps({"token": jwt(), "expires_at": "2026-12-06T16:32:19Z"}).encode())
INBOX: Told = (200, {}, b'{"epoch":"e","streams":{},"entries":[],"skipped":[],"more":false,"newer":1}')


def problem(status: int, code: str, headers: dict[str, str] | None = None) -> Told:
    return status, headers or {}, json.dumps({"code": code, "title": code, "status": status}).encode()


@asynccontextmanager
async def scripted(*answers: Told) -> AsyncIterator[tuple[str, list[str]]]:
    """A server that answers so, one after the other, and keeps what it was asked."""
    asked: list[str] = []
    script = iter(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head)
        status, headers, body = next(script)
        lines = [f"HTTP/1.1 {status} x", "connection: close", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


async def ask_inbox(*answers: Told, patience: float = 10) -> list[str]:
    """Asks for the inbox of a server that answers so; the first lines of what it was asked."""
    async with (
        scripted(*answers) as (url, asked),
        agent_hub.connect(url=url, agent="bob", api_key="k", keys="none", patience=patience) as hub,
    ):
        try:
            await hub.inbox()
        finally:
            asked[:] = [head.split(" HTTP")[0] for head in asked]
        return asked


@pytest.mark.parametrize(
    "later",
    [
        problem(408, "request_timeout"),
        problem(429, "too_many_requests"),
        problem(500, "internal"),
        (502, {}, b"<html>Bad Gateway</html>"),
        problem(503, "busy"),
        problem(503, "outcome_unknown"),
        (504, {}, b""),
        problem(507, "storage_full"),
    ],
)
async def test_what_may_succeed_later_is_repeated(later: Told) -> None:
    asked = await ask_inbox(LOGIN, later, later, INBOX)
    assert asked == ["POST /login", *["GET /secure/inbox"] * 3]
    assert await ask_inbox(later, LOGIN, INBOX) == ["POST /login", "POST /login", "GET /secure/inbox"]


@pytest.mark.parametrize(
    ("never", "code"),
    [
        (problem(400, "bad_request"), "bad_request"),
        (problem(403, "forbidden"), "forbidden"),
        (problem(404, "not_found"), "not_found"),
        (problem(409, "resync"), "resync"),
        (problem(422, "invalid"), "invalid"),
        (problem(418, "teapot"), "teapot"),
        ((302, {"location": "http://127.0.0.1:1/"}, b""), "http_302"),
        ((200, {}, b"<html>Welcome to the hotel</html>"), "unreachable"),
        ((200, {}, b'{"epoch":"e"}'), "unreachable"),
        ((200, {}, b'{"epoch":"e","streams":[],"entries":[],"skipped":[],"more":false}'), "unreachable"),
        ((200, {}, b"[" * 100_000), "unreachable"),
    ],
)
async def test_what_will_not_succeed_is_not_repeated(never: Told, code: str) -> None:
    with pytest.raises(agent_hub.HubError) as refused:
        await ask_inbox(LOGIN, never)
    assert refused.value.code == code


async def test_a_401_costs_one_login_and_a_second_one_is_the_answer() -> None:
    refused = problem(401, "unauthenticated")
    asked = await ask_inbox(LOGIN, refused, LOGIN, INBOX)
    assert asked == ["POST /login", "GET /secure/inbox", "POST /login", "GET /secure/inbox"]
    with pytest.raises(errors.Unauthenticated):
        await ask_inbox(LOGIN, refused, LOGIN, refused)
    with pytest.raises(errors.Unauthenticated):
        await ask_inbox(LOGIN, refused, refused)


async def test_a_pause_that_the_hub_asks_for_is_kept_or_told_where_it_is_too_long() -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await ask_inbox(LOGIN, problem(429, "too_many_requests", {"retry-after": "1"}), INBOX)
    assert 1 <= loop.time() - begun < 4
    with pytest.raises(errors.TooManyRequests) as told:
        await ask_inbox(LOGIN, problem(429, "too_many_requests", {"retry-after": "60"}), patience=5)
    assert told.value.retry_after == 60


async def test_the_jwt_is_renewed_when_half_of_a_short_life_is_over() -> None:
    short: Told = (200, {}, json.dumps({"token": jwt(1), "expires_at": "x"}).encode())
    async with (
        scripted(short, INBOX, INBOX, short, INBOX) as (url, asked),
        agent_hub.connect(url=url, agent="bob", api_key="k", keys="none") as hub,
    ):
        await hub.inbox()
        await hub.inbox()
        await asyncio.sleep(0.6)
        await hub.inbox()
        assert [head.split(" ")[1] for head in asked] == ["/login", *["/secure/inbox"] * 2, "/login", "/secure/inbox"]


@pytest.mark.parametrize("answer", [b"{}", b'{"token":"x"}', b'{"token":"a.b.c"}', b'{"token":"a.e30.c"}', b"[]"])
async def test_a_login_that_is_not_one_of_a_hub_is_told_so(answer: bytes) -> None:
    with pytest.raises(Unreachable, match="not one of an agent-hub"):
        await ask_inbox((200, {}, answer))


@pytest.mark.parametrize(
    "url", ["ftp://x", "127.0.0.1:3000", "http://", "http://a:b@x", "http://x?y", "http://x:99999", "HTTP://x", ""]
)
def test_what_is_no_address_of_a_hub_is_refused(url: str) -> None:
    with pytest.raises(errors.Invalid):
        agent_hub.connect(url=url, agent="bob", api_key="k")


@pytest.mark.parametrize(
    "given", [{}, {"url": "http://x"}, {"profile": "bob", "url": "http://x", "agent": "bob", "api_key": "k"}]
)
def test_a_profile_or_an_address_is_needed_and_not_both(given: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        agent_hub.connect(**given)


async def test_an_answer_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent_hub.rest._ANSWER_MAX_BYTES", 1000)
    with pytest.raises(Unreachable, match="does not end"):
        await ask_inbox(LOGIN, (200, {}, b" " * 1001))


@pytest.mark.parametrize("rows", [b"", b'{"name":"a","online":true}'])
async def test_pages_that_lead_nowhere_end(rows: bytes) -> None:
    page: Told = (200, {}, b'{"agents":[%b],"more":true}' % rows)
    async with (
        scripted(LOGIN, page, page) as (url, _),
        agent_hub.connect(url=url, agent="bob", api_key="k", keys="none") as hub,
    ):
        assert len([peer async for peer in hub.peers()]) == 2 * bool(rows)
