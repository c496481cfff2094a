"""The Python client of agent-hub: send and be told, encrypted end to end.

```python
import asyncio
import agent_hub

async def main():
    async with agent_hub.connect("bob") as hub:
        async for note in hub.notifications():
            try:
                message = await note.read()
                print(note.sender, note.name, message.text)
                await note.reply(f"got {len(message.body)} bytes")
            except agent_hub.HubError as error:
                if not error.lasts:          # the hub is away, or such: the note is told again
                    raise
                print(note.sender, error)    # no good, or from somebody without keys; the next may be
            await note.ack()

asyncio.run(main())
```

What it promises is in `docs/clients.md`, the encryption in `docs/encryption.md`. From outside in:

- `Hub`: the verbs, one file a noun: `items`, `sending`, `reading`, `channels`, `keys`;
- `session`: `Notifications`, the one task that holds the socket and keeps it, and what may be acknowledged;
- `core`, `rest`, `login`, `backoff`: requests that are logged in and repeated;
- `profile`, `files`, `vault`: the agent's files;
- `seal`: what the hub must not read: keys, envelopes, trust. No I/O.
"""

from agent_hub import errors
from agent_hub.answers import (
    Channel,
    Cursor,
    Item,
    LeftOut,
    MemberCounts,
    Membership,
    Notification,
    Peer,
    Published,
    RecipientStatus,
    Sent,
    Skipped,
    Status,
)
from agent_hub.errors import (
    Closed,
    HubError,
    KeyConflict,
    NoKeys,
    ProfileError,
    SealError,
    Unreachable,
)
from agent_hub.hub import Connect, Hub, connect
from agent_hub.keys import Keys, PeerKeys
from agent_hub.notes import Inbox, Note
from agent_hub.reading import Message
from agent_hub.seal.suite import Suite
from agent_hub.session.frames import Positions
from agent_hub.session.notifications import Notifications

__all__ = [
    "Channel",
    "Closed",
    "Connect",
    "Cursor",
    "Hub",
    "HubError",
    "Inbox",
    "Item",
    "KeyConflict",
    "Keys",
    "LeftOut",
    "MemberCounts",
    "Membership",
    "Message",
    "NoKeys",
    "Note",
    "Notification",
    "Notifications",
    "Peer",
    "PeerKeys",
    "Positions",
    "ProfileError",
    "Published",
    "RecipientStatus",
    "SealError",
    "Sent",
    "Skipped",
    "Status",
    "Suite",
    "Unreachable",
    "connect",
    "errors",
]
