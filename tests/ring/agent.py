"""One agent of the ring: passes on what it is told, with its name added. Arguments: its name, the next one's."""

import asyncio
import sys

import agent_hub


async def main(me: str, following: str) -> None:
    async with agent_hub.connect(me) as hub:
        async for note in hub.notifications():
            message = await note.read()
            assert message.sealed, "not sealed"
            if note.name == "end":
                await note.ack()
                return
            await hub.send(following, f"{message.text} {me}", name=note.name)
            await note.ack()


asyncio.run(main(*sys.argv[1:]))
