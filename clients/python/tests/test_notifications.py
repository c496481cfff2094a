"""Being told, while all is well: order, acknowledging, coming and going."""

from __future__ import annotations

import asyncio

import pytest

from agent_hub import Closed, Hub, Note, errors
from harness import RunningHub, nothing_comes, take


async def acked(hub: Hub, stream: str | None = None) -> int:
    """The durable cursor."""
    return (await hub.inbox()).streams[stream or hub.agent].acked


async def until_acked(hub: Hub, seq: int, stream: str | None = None) -> None:
    """Waits for what is acknowledged beside the session."""
    async with asyncio.timeout(10):
        while await acked(hub, stream) != seq:
            await asyncio.sleep(0.05)


async def until_only(tasks: set[asyncio.Task[object]]) -> None:
    """Waits for the end of whatever else runs: Python closes a loop that was left a moment later."""
    async with asyncio.timeout(5):
        while asyncio.all_tasks() != tasks:
            await asyncio.sleep(0.01)


async def until_offline(hub: Hub, name: str) -> None:
    async with asyncio.timeout(10):
        while (await hub.peer(name)).online:
            await asyncio.sleep(0.05)


async def test_what_waited_and_what_happens_is_told_in_order_and_acknowledged_on_disk(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        await a.send(bob.name, "waited")
        seen: list[tuple[int, str]] = []
        async for note in b.notifications():
            message = await note.read()
            seen.append((note.seq, message.text))
            await note.ack()
            assert await acked(b) == note.seq
            if note.seq == 3:
                break
            await a.send(bob.name, f"after {note.seq}")
        assert seen == [(1, "waited"), (2, "after 1"), (3, "after 2")]


async def test_a_process_that_comes_again_goes_on_behind_what_it_acknowledged(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a:
        async with bob.connect() as b, b.notifications() as notes:
            for number in range(5):
                await a.send(bob.name, str(number))
            told = await take(notes, 4)
            await told[1].ack()
        async with bob.connect() as b, b.notifications() as notes:
            assert [note.seq for note in await take(notes, 3)] == [3, 4, 5]
            assert await nothing_comes(notes)


async def test_leaving_a_loop_ends_its_session_and_leaves_nothing_behind(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        await a.send(bob.name, "x")
        before = asyncio.all_tasks()
        async for _ in b.notifications():
            assert (await a.peer(bob.name)).online
            break
        await until_only(before)
        await until_offline(a, bob.name)
        with pytest.raises(ZeroDivisionError):
            async for _ in b.notifications():
                raise ZeroDivisionError
        await until_only(before)
        await until_offline(a, bob.name)


async def test_cancelling_the_caller_leaves_nothing_behind(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        before = asyncio.all_tasks()
        handed: list[Note] = []

        async def listen() -> None:
            async for note in b.notifications():
                handed.append(note)

        listening = asyncio.create_task(listen())
        await a.send(bob.name, "x")
        async with asyncio.timeout(10):
            while not handed:
                await asyncio.sleep(0.01)
        listening.cancel()
        with pytest.raises(asyncio.CancelledError):
            await listening
        assert asyncio.all_tasks() == before
        await until_offline(a, bob.name)


async def test_cancelling_while_it_connects_leaves_nothing_behind(hub: RunningHub) -> None:
    bob = hub.agent("bob")
    async with bob.connect() as b:
        before = asyncio.all_tasks()
        for delay in (0, 0.001, 0.002, 0.005, 0.01):
            notes = b.notifications()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(delay):
                    await anext(notes)
            await notes.aclose()
            assert asyncio.all_tasks() == before


async def test_another_loop_goes_on_where_the_one_before_was_left(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        for number in range(4):
            await a.send(bob.name, str(number))
        notes = b.notifications()
        async for note in notes:
            if note.seq == 2:
                break
        async for note in notes:
            assert note.seq == 3
            break
        assert notes.positions.after == {bob.name: 3}
        async for note in notes:
            if note.seq == 4:
                break
        # Without a pause in between, and with nothing there yet.
        waiting = asyncio.create_task(take(notes, 1))
        await a.send(bob.name, "later")
        assert [note.seq for note in await waiting] == [5]
        await notes.aclose()


async def test_a_loop_that_begins_while_the_one_before_is_still_closing_is_not_closed_with_it(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        notes = b.notifications()
        for turn in range(1, 40):
            waiting = asyncio.create_task(a.send(bob.name, "x"))
            async for note in notes:
                assert note.seq == turn
                break
            await waiting
            # The closing of the loop before is somewhere on its way.
            await asyncio.sleep(turn / 10_000)
        await notes.aclose()


async def test_all_who_wait_are_told_what_ended_the_session(hub: RunningHub) -> None:
    bob = hub.agent("bob")
    async with bob.connect() as b:
        notes = b.notifications()
        waiting = [asyncio.ensure_future(anext(notes)) for _ in range(3)]
        await asyncio.sleep(0.3)
        await asyncio.to_thread(hub.command, "agent", "disable", bob.name)
        async with asyncio.timeout(10):
            for ended in await asyncio.gather(*waiting, return_exceptions=True):
                assert isinstance(ended, errors.Unauthenticated)


async def test_giving_up_on_an_entry_loses_none(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b, b.notifications() as notes:
        seen = []
        for number in range(30):
            await a.send(bob.name, str(number))
            for _ in range(3):
                try:
                    async with asyncio.timeout(0.002):
                        seen.append((await anext(notes)).seq)
                except TimeoutError:
                    continue
        seen += [note.seq for note in await take(notes, 30 - len(seen))]
        assert seen == list(range(1, 31))


async def test_closing_the_client_ends_its_loops_and_requests_with_closed(hub: RunningHub) -> None:
    bob = hub.agent("bob")
    b = await bob.connect()
    notes = b.notifications()

    async def listen() -> None:
        async for _ in notes:
            raise AssertionError("nothing was sent")

    waiting = [asyncio.create_task(listen()), asyncio.create_task(b.wait(30))]
    await asyncio.sleep(0.3)
    await b.aclose()
    for ended in await asyncio.gather(*waiting, return_exceptions=True):
        assert isinstance(ended, Closed)
    for verb in (b.inbox(), b.send("x", "y"), b.retrieve("A" * 22), anext(notes)):
        with pytest.raises(Closed):
            await verb
    await b.aclose()


async def test_its_own_entries_are_moved_past_unless_they_are_asked_for(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        await b.send(bob.name, "a note to myself")
        await a.send(bob.name, "x")
        await b.send(bob.name, "another")
        async with b.notifications() as notes:
            (note,) = await take(notes, 1)
            assert note.seq == 2
            await until_acked(b, 1)
            await note.ack()
            await until_acked(b, 3)
        async with b.notifications(own=True, after={bob.name: 0}, epoch=(await b.inbox()).epoch) as notes:
            told = await take(notes, 3)
            assert [note.seq for note in told] == [1, 2, 3]
            assert (await told[0].read()).text == "a note to myself"


async def test_an_item_in_two_streams_is_handed_over_once_and_acknowledged_in_both(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        room = f"#copies-of-{bob.name}"
        await a.create_channel(room)
        await b.join(room)
        both = await a.send([bob.name, room], "twice")
        alone = await a.send(room, "once")
        async with b.notifications() as notes:
            told = await take(notes, 2)
            assert {note.token for note in told} == {both.token, alone.token}
            assert await nothing_comes(notes, 1.5)
            assert (await acked(b), await acked(b, room)) == (0, 0), "nothing is acknowledged that is outstanding"
            for note in told:
                await note.ack()
            assert (await acked(b), await acked(b, room)) == (1, 2)
        async with b.notifications() as notes:
            assert await nothing_comes(notes)


async def test_positions_of_its_own_override_the_cursor_and_hold_it(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        for _ in range(3):
            await a.send(bob.name, "x")
        await b.send(bob.name, "mine")
        await a.send(bob.name, "y")
        await b.ack(2)
        epoch = (await b.inbox()).epoch
        async with b.notifications(after={bob.name: 1}, epoch=epoch) as notes:
            assert [note.seq for note in await take(notes, 2)] == [2, 3]
        async with b.notifications(after={bob.name: 3}, epoch=epoch) as notes:
            (note,) = await take(notes, 1)
            assert note.seq == 5
            await asyncio.sleep(1.5)
            assert await acked(b) == 2, "what was moved past is not known to be done with"
            await note.ack()
            assert await acked(b) == 5
        with pytest.raises(errors.Invalid):
            b.notifications(after={bob.name: 1})


async def test_what_has_nothing_left_to_give_is_moved_past(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        gone = [await a.send(bob.name, "x") for _ in range(3)]
        for sent in gone:
            await a.withdraw(sent.token)
        await a.send(bob.name, "stays")
        await a.withdraw((await a.send(bob.name, "x")).token)
        async with b.notifications() as notes:
            (note,) = await take(notes, 1)
            assert note.seq == 4
            await note.ack()
            await until_acked(b, 5)


async def test_every_session_of_an_agent_gets_everything(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b, b.notifications() as one, b.notifications() as two:
        for _ in range(3):
            await a.send(bob.name, "x")
        for notes in (one, two):
            assert [note.seq for note in await take(notes, 3)] == [1, 2, 3]


async def test_a_channel_that_is_joined_or_left_meanwhile_is_told_from_there_and_no_longer(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    room = f"#meanwhile-of-{bob.name}"
    async with alice.connect() as a, bob.connect() as b, b.notifications() as notes:
        await a.send(bob.name, "begin")
        await take(notes, 1)
        await a.create_channel(room)
        await a.send(room, "before")
        for turn in range(3):
            await b.join(room)
            await a.send(room, f"in turn {turn}")
            (note,) = await take(notes, 1)
            assert (note.stream, (await note.read()).text) == (room, f"in turn {turn}")
            await note.ack()
            await a.remove_member(room, bob.name)
            await note.ack()
            await a.send([room, bob.name], f"after turn {turn}")
            (note,) = await take(notes, 1)
            assert note.stream == bob.name
            await note.ack()


async def test_tasks_that_work_beside_each_other_acknowledge_no_more_than_is_done(hub: RunningHub) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b, b.notifications() as notes:
        for number in range(40):
            await a.send(bob.name, str(number))
        told = await take(notes, 40)
        await asyncio.gather(*(note.ack() for note in told[:25]))
        assert await acked(b) == 25
        await asyncio.gather(*(note.ack() for note in reversed(told)))
        assert await acked(b) == 40
