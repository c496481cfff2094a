"""Sending, publishing, reading, and what becomes of an item."""

from __future__ import annotations

import asyncio

import pytest

from agent_hub import HubError, errors
from harness import RunningHub, Start


async def test_what_is_sent_is_read_sealed_and_word_for_word(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        sent = await a.send(bob.name, "hello, bob", name="greeting", ttl=60)
        (note,) = (await b.inbox()).entries
        assert (note.token, note.sender, note.name, note.ttl) == (sent.token, alice.name, "greeting", 60)
        message = await note.read()
        assert message.sealed
        assert (message.text, message.sender, message.to) == ("hello, bob", alice.name, (bob.name,))
        answer = await note.reply(b"\x00\xff")
        await note.ack()
        assert not (await b.inbox()).entries
        back = await a.read(answer.token)
        assert (back.body, back.reply_to, back.name) == (b"\x00\xff", sent.token, "greeting")


async def test_a_trace_goes_from_whoever_sends_to_whoever_is_told(hub: RunningHub) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        await a.send(bob.name, "in a trace", traceparent=trace)
        await a.publish(name="n", data="in none", to=bob.name)
        assert [note.traceparent for note in (await b.inbox()).entries] == [trace, None]
        async for note in b.notifications():
            assert note.traceparent == trace
            break
        later = trace.replace("00-", "01-", 1) + "-what-the-future-brings"
        await a.publish(name="n", data="d", to=bob.name, traceparent=later)
        assert (await b.inbox()).entries[-1].traceparent == trace
        for bad in ("", "00", trace.upper(), f"{trace}-more", f"{trace}\n", f"{later} "):
            with pytest.raises(errors.Invalid):
                await a.publish(name="n", data="d", to=bob.name, traceparent=bad)


async def test_a_body_of_any_size_up_to_the_limit_and_of_any_bytes_arrives(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        for body in (b"", bytes(range(256)), b"\x00" * 780_000):
            sent = await a.send(bob.name, body)
            assert (await b.read(sent.token)).body == body


async def test_one_item_goes_to_several_addresses_under_one_token(hub: RunningHub) -> None:
    alice, bob, carol = hub.agents("alice", "bob", "carol")
    async with alice.connect() as a, bob.connect() as b, carol.connect(suite="xwing") as c:
        sent = await a.send([bob.name, carol.name, bob.name, alice.name], "to all of you")
        for reader in (a, b, c):
            message = await reader.read(sent.token)
            assert (message.text, message.to) == ("to all of you", (bob.name, carol.name, alice.name))


async def test_data_is_published_as_it_is_and_retrieved_as_it_is(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect(keys="none") as b:
        first = await a.publish(name="n", data="")
        sent = await a.publish(name="n", data="naïve 日本 \x00", to=bob.name, ttl=60, reply_to=first.token)
        item = await b.retrieve(sent.token)
        assert (item.data, item.sender, item.to, item.ttl) == ("naïve 日本 \x00", alice.name, (bob.name,), 60)
        assert (item.reply_to, item.one_time) == (first.token, False)
        message = await b.read(sent.token)
        assert not message.sealed
        assert message.text == "naïve 日本 \x00"
        # Without addresses, the agent of that name is notified.
        await a.publish(name=bob.name, data="d")
        assert (await b.inbox()).entries[-1].name == bob.name


async def test_a_one_time_item_is_read_once_and_says_who_took_it(hub: RunningHub) -> None:
    alice, bob, carol = hub.agents("alice", "bob", "carol")
    async with alice.connect() as a, bob.connect() as b, carol.connect() as c:
        sent = await a.send([bob.name, carol.name], "a job", one_time=True)
        (note,) = (await b.inbox()).entries
        assert note.one_time
        assert (await note.read()).text == "a job"
        # The same client gets the same answer again for a while: its first may have been lost.
        assert (await b.read(sent.token)).text == "a job"
        with pytest.raises(errors.Consumed):
            await c.read(sent.token)
        status = await a.status(sent.token)
        assert (status.state, status.taken_by) == ("consumed", bob.name)


async def test_an_item_that_is_withdrawn_or_expired_is_gone(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        sent, short = await a.send(bob.name, "x"), await a.send(bob.name, "x", ttl=1)
        await a.withdraw(sent.token)
        await a.withdraw(sent.token)
        with pytest.raises(errors.Withdrawn):
            await b.read(sent.token)
        with pytest.raises(errors.NotFound):
            await b.withdraw(short.token)
        await asyncio.sleep(1.1)
        with pytest.raises(errors.Expired):
            await b.read(short.token)


async def test_status_tells_stored_acked_and_read_apart(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        sent = await a.send(bob.name, "x")
        before = (await a.status(sent.token)).to[0]
        assert (before.address, before.seq, before.acked, before.read) == (bob.name, 1, False, None)
        await b.ack(1)
        after = (await a.status(sent.token)).to[0]
        assert (after.acked, after.read) == (True, None)
        with pytest.raises(errors.NotFound):
            await b.status(sent.token)


async def test_the_inbox_is_read_in_pages_and_acknowledged_in_order(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        for number in range(5):
            await a.send(bob.name, str(number), name=f"n{number}")
        page = await b.inbox(limit=2)
        assert ([note.seq for note in page.entries], page.more) == ([1, 2], True)
        assert page.streams[bob.name].head == 5
        later = await b.inbox(stream=bob.name, after=3, epoch=page.epoch)
        assert [note.seq for note in later.entries] == [4, 5]
        await page.entries[1].ack()
        assert [note.seq for note in (await b.inbox()).entries] == [3, 4, 5]
        await b.ack(4, epoch=page.epoch)
        await b.ack(2)
        assert [note.seq for note in (await b.inbox()).entries] == [5]
        with pytest.raises(errors.BeyondHead):
            await b.ack(6)
        with pytest.raises(errors.Resync) as void:
            await b.inbox(stream=bob.name, after=99, epoch=page.epoch)
        assert void.value.position == errors.Position(bob.name, page.epoch, 4, 5)
        with pytest.raises(errors.NotFound):
            await b.ack(1, "#nowhere")


async def test_wait_returns_with_the_first_entry_or_when_the_time_is_over(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        assert not (await b.wait(1)).entries
        assert 0.5 < loop.time() - begun < 3
        assert not (await b.wait(0)).entries
        waiting = asyncio.create_task(b.wait(30))
        # Other requests go on beside one that the hub holds.
        await b.inbox()
        sent = await a.send(bob.name, "wake up")
        assert [note.token for note in (await waiting).entries] == [sent.token]
        assert loop.time() - begun < 10


@pytest.mark.parametrize("hub", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("options", "refused"),
    [
        ({"to": []}, errors.Invalid),
        ({"to": "Alice"}, errors.Invalid),
        ({"to": "me"}, errors.Invalid),
        ({"to": "#"}, errors.Invalid),
        ({"to": [f"a{number}" for number in range(65)]}, errors.Invalid),
        ({"name": ""}, errors.Invalid),
        ({"name": "x" * 101}, errors.Invalid),
        ({"name": "a\x1b[2J"}, errors.Invalid),
        ({"name": "a\u202eb"}, errors.Invalid),
        ({"name": "\ud800"}, errors.Invalid),
        ({"body": "\ud800"}, errors.Invalid),
        ({"ttl": 0}, errors.Invalid),
        ({"ttl": 366 * 86400}, errors.Invalid),
        ({"idempotency_key": "with space"}, errors.Invalid),
        ({"idempotency_key": ""}, errors.Invalid),
        ({"body": b"\xff", "plain": True}, errors.Invalid),
        ({"body": b"x" * 790_000}, errors.TooLarge),
        ({"body": b"x" * 100_000_000}, errors.TooLarge),
        ({"body": "x" * 1_048_577, "plain": True}, errors.TooLarge),
        ({"reply_to": "not a token"}, errors.Invalid),
        ({"to": "nobody-at-all"}, errors.UnknownAddress),
        ({"to": "nobody-at-all", "plain": True}, errors.UnknownAddress),
    ],
)
async def test_what_is_beyond_the_limits_is_refused_with_the_codes_of_the_hub(
    hub: RunningHub, options: dict[str, object], refused: type[HubError]
) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        with pytest.raises(refused):
            await a.send(**({"to": bob.name, "body": "x"} | options))  # type: ignore[arg-type]
        assert not (await b.inbox()).entries


async def test_the_largest_name_and_the_longest_ttl_are_taken(hub: RunningHub) -> None:
    alice = hub.agent("alice")
    async with alice.connect() as a:
        await a.send(alice.name, "x", name="é" * 100, ttl=365 * 86400, idempotency_key="k" * 128)
        await a.send(alice.name, "x" * 1_048_576, plain=True)


async def test_the_limits_of_an_operator_are_asked_for_and_kept(own_hub: Start) -> None:
    running = own_hub("--data-max-bytes", "2000000", "--ttl-max", "730d")
    alice = running.agent("alice")
    async with alice.connect() as a:
        body = "x" * 1_900_000
        sent = await a.send(alice.name, body, plain=True, ttl=700 * 86400)
        assert (await a.read(sent.token)).text == body
        with pytest.raises(errors.TooLarge):
            await a.send(alice.name, "x" * 2_000_001, plain=True)
        with pytest.raises(errors.Invalid):
            await a.send(alice.name, "x", ttl=731 * 86400)


async def test_what_is_no_token_is_as_one_that_never_was(hub: RunningHub) -> None:
    alice = hub.agent("alice")
    async with alice.connect() as a:
        for token in ("", "..", "x", "A" * 22, "é" * 22, "../secure/inbox"):
            with pytest.raises(errors.NotFound):
                await a.read(token)
            with pytest.raises(errors.NotFound):
                await a.withdraw(token)
            with pytest.raises(errors.NotFound):
                await a.status(token)


async def test_the_same_idempotency_key_stores_once_and_refuses_another_request(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        first = await a.publish(name="n", data="d", to=bob.name, idempotency_key="k1")
        assert await a.publish(name="n", data="d", to=bob.name, idempotency_key="k1") == first
        with pytest.raises(errors.IdempotencyMismatch):
            await a.publish(name="n", data="other", to=bob.name, idempotency_key="k1")
        assert len((await b.inbox()).entries) == 1


async def test_hundreds_of_sends_at_once_all_arrive_and_once(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        sent = await asyncio.gather(*(a.send(bob.name, f"body {number}") for number in range(400)))
        inbox = await b.inbox(limit=1000)
        assert {note.token for note in inbox.entries} == {done.token for done in sent}
        assert [note.seq for note in inbox.entries] == list(range(1, 401))
