"""Taking what is told, within a time limit."""

from __future__ import annotations

import asyncio

from agent_hub import Note, Notifications


async def take(notes: Notifications, count: int, within_s: float = 15) -> list[Note]:
    """The next so many."""
    async with asyncio.timeout(within_s):
        return [await anext(notes) for _ in range(count)]


async def nothing_comes(notes: Notifications, within_s: float = 0.5) -> bool:
    """Whether nothing is told for a while."""
    try:
        async with asyncio.timeout(within_s):
            await anext(notes)
    except TimeoutError:
        return True
    return False
