"""Random histories: the hub is killed and started again under load, and a proxy cuts, delays, stalls and half-closes.

Nothing that was acknowledged is lost, nothing is told twice, nothing out of order. `AGENT_HUB_SEED` plays one again.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress

import pytest

from agent_hub import Hub, Note, Unreachable
from harness import Mode, Proxy, RunningHub, Start

FAULTS_S = 10.0
"""How long faults happen."""
SETTLE_S = 40.0
"""How long everything may take to arrive afterwards."""

Heard = dict[str, str]
"""What a listener was told: token by name."""


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("AGENT_HUB_SEED", "7"))


@pytest.mark.timeout(120)
async def test_random_faults_cost_the_caller_nothing(own_hub: Start, seed: int) -> None:
    print(f"history: AGENT_HUB_SEED={seed}")
    running = own_hub("--ping-interval", "2s")
    ann, ben, steady, shaken, restless = running.agents("ann", "ben", "steady", "shaken", "restless")
    acknowledged: Heard = {}
    heard: list[Heard] = [{}, {}, {}]
    async with (
        Proxy(running.address) as proxy,
        ann.connect() as a,
        ben.connect(url=proxy.url) as b,
        steady.connect() as s,
        shaken.connect(url=proxy.url) as k,
        restless.connect() as r,
    ):
        await a.create_channel(f"team-{seed}")
        await b.join(f"#team-{seed}")
        await k.join(f"#team-{seed}")
        # Whoever is shaken gets everything twice, in two streams, and is handed it once.
        to = [steady.name, shaken.name, restless.name, f"#team-{seed}"]
        over = asyncio.Event()
        listening = (listen(s, heard[0]), listen(k, heard[1]), come_and_go(r, heard[2], random.Random(seed + 1)))
        async with beside(*listening) as listeners:
            publishers = [asyncio.create_task(publish(hub, to, over, acknowledged)) for hub in (a, b)]
            await torment(running, proxy, random.Random(seed))
            over.set()
            await asyncio.gather(*publishers)
            assert len(acknowledged) > 50, "no test of anything"
            async with asyncio.timeout(SETTLE_S):
                while any(acknowledged.keys() - names.keys() for names in heard):
                    for listener in listeners:
                        if listener.done():
                            listener.result()
                    await asyncio.sleep(0.05)
        for names in heard:
            assert {name: names[name] for name in acknowledged} == acknowledged, "one item has one token"
            assert names.keys() == acknowledged.keys(), "every item is one that was sent"
        print(f"history: {len(acknowledged)} acknowledged")


@asynccontextmanager
async def beside(*work: Coroutine[None, None, None]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Coroutines that go on beside the block, and do not end by themselves."""
    tasks = [asyncio.create_task(coroutine) for coroutine in work]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if not isinstance(ended, asyncio.CancelledError):
                raise AssertionError("a listener ended by itself") from ended


async def publish(hub: Hub, to: list[str], over: asyncio.Event, acknowledged: Heard) -> None:
    number = 0
    while not over.is_set():
        number += 1
        name = f"{hub.agent} {number:05}"
        while name not in acknowledged:
            # Whatever becomes of a try, all of them together send it once.
            with suppress(Unreachable):
                sent = await hub.send(to, f"the body of {name}", name=name, idempotency_key=f"key-{number}")
                acknowledged[name] = sent.token


class Order:
    """What a caller may rely on: of each stream in order, and none twice."""

    def __init__(self, heard: Heard) -> None:
        self._heard, self._seq, self._name = heard, dict[str, int](), dict[tuple[str, str], str]()

    def check(self, note: Note, *, again: bool = False) -> None:
        last = self._seq.get(note.stream, 0)
        assert note.seq > last, f"{note.stream}/{note.seq} after {last}"
        self._seq[note.stream] = note.seq
        before = self._name.get((note.stream, note.sender), "")
        assert note.name > before, f"{note.name} after {before}"
        self._name[note.stream, note.sender] = note.name
        assert again or note.name not in self._heard, f"{note.name} was told twice"
        self._heard[note.name] = note.token


async def listen(hub: Hub, heard: Heard) -> None:
    """Is told everything, reads it, and acknowledges a part of it."""
    order = Order(heard)
    async for note in hub.notifications():
        order.check(note)
        with suppress(Unreachable):
            message = await note.read()
            assert message.sealed
            assert message.text == f"the body of {note.name}"
            if note.seq % 3 == 0:
                await note.ack()


async def come_and_go(hub: Hub, heard: Heard, draw: random.Random) -> None:
    """Comes, acknowledges a part, and goes; what was acknowledged does not come again."""
    acked = 0
    while True:
        order, left = Order(heard), draw.randint(1, 60)
        async for note in hub.notifications():
            assert note.seq > acked, f"{note.seq} came again although {acked} was acknowledged"
            order.check(note, again=True)
            if draw.random() < 0.3:
                with suppress(Unreachable):
                    await note.ack()
                    acked = note.seq
            left -= 1
            if not left:
                break


async def torment(running: RunningHub, proxy: Proxy, draw: random.Random) -> None:
    """Kills the hub and spoils the proxy, by turns."""
    loop = asyncio.get_running_loop()
    end = loop.time() + FAULTS_S
    while loop.time() < end:
        await asyncio.sleep(draw.uniform(0.1, 0.8))
        proxy.set(draw.choice(list(Mode)))
        await asyncio.sleep(draw.uniform(0.1, 1.0))
        if draw.random() < 0.35:
            running.kill()
            await asyncio.sleep(draw.uniform(0, 0.3))
            await asyncio.to_thread(running.start)
        proxy.set(Mode.PASS)
