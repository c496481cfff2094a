"""Sending, publishing, reading, and what becomes of an item."""

from __future__ import annotations

import asyncio

import pytest

from agent_hub import NoKeys, errors
from harness import RunningHub


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
