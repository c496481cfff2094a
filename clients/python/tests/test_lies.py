"""What a hub that lies gets: an error, and nothing believed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agent_hub import NoKeys, SealError, Unreachable
from agent_hub.fields import Fields
from agent_hub.rest import Call, Rest
from harness import RunningHub

Lie = Callable[[str, dict[str, Any]], dict[str, Any]]
pytestmark = pytest.mark.parametrize("hub", ["sqlite"], indirect=True)


@pytest.fixture
def lie(monkeypatch: pytest.MonkeyPatch) -> Callable[[Lie], None]:
    """From now on every answer, given the path that was asked for, is what the lie makes of it."""
    call = Rest.call

    def tell(told: Lie) -> None:
        async def lied(self: Rest, asked: Call) -> Fields:
            answer = await call(self, asked)
            return Fields(told(asked.path, dict(answer._fields)))

        monkeypatch.setattr(Rest, "call", lied)

    return tell


async def test_anothers_keys_in_the_place_of_a_peers_are_refused(hub: RunningHub, lie: Callable[[Lie], None]) -> None:
    alice, bob, mallory = hub.agents("alice", "bob", "mallory")
    async with alice.connect() as a, bob.connect() as b, mallory.connect() as m:
        await b.keys.verify(alice.name, a.keys.words)
        theirs = await m.peer(mallory.name)
        other = {"name": mallory.name, "online": False, "keys": theirs.keys}
        lie(lambda path, told: other if path == f"/secure/agents/{alice.name}" else told)
        for refused in (b.send(alice.name, "for alice alone"), b.keys.of(alice.name), b.peer(alice.name)):
            with pytest.raises(Unreachable):
                await refused
        with pytest.raises(Unreachable):
            await b.keys.verify(alice.name, m.keys.words)


async def test_another_item_in_the_place_of_the_one_asked_for_is_refused(
    hub: RunningHub, lie: Callable[[Lie], None]
) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        first, second = await a.send(bob.name, "pay 100"), await a.send(bob.name, "thanks")
        assert (await b.read(first.token)).text == "pay 100"
        old: dict[str, Any] = {}

        def keep(path: str, told: dict[str, Any]) -> dict[str, Any]:
            old.update(told if path.endswith(first.token) else {})
            return told

        lie(keep)
        await b.retrieve(first.token)
        lie(lambda path, told: old if path.endswith(second.token) else told)
        with pytest.raises(Unreachable):
            await b.read(second.token)
        lie(lambda path, told: old | {"token": second.token} if path.endswith(second.token) else told)
        with pytest.raises(SealError) as refused:
            await b.read(second.token)
        assert refused.value.code == "replayed"


@pytest.mark.parametrize(
    ("field", "value", "code"), [("from", "somebody", "wrong_from"), ("name", "greeting", "wrong_name")]
)
async def test_a_note_is_not_read_as_what_it_was_not_told_to_be(
    hub: RunningHub, lie: Callable[[Lie], None], field: str, value: str, code: str
) -> None:
    mallory, bob = hub.agents("mallory", "bob")
    async with mallory.connect() as m, bob.connect() as b:
        await m.send(bob.name, "pay mallory", name="invoice")

        def told_wrong(path: str, told: dict[str, Any]) -> dict[str, Any]:
            return told | {"entries": [told["entries"][0] | {field: value}]} if path == "/secure/inbox" else told

        lie(told_wrong)
        with pytest.raises(SealError) as refused:
            await (await b.inbox()).entries[0].read()
        assert refused.value.code == code


@pytest.mark.parametrize("token", ["", "one x", "three\nfrom id tok 9", "A" * 23])
async def test_a_token_that_is_none_is_not_taken(hub: RunningHub, lie: Callable[[Lie], None], token: str) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        await a.send(bob.name, "x")

        def torn(path: str, told: dict[str, Any]) -> dict[str, Any]:
            return told | {"entries": [told["entries"][0] | {"token": token}]} if path == "/secure/inbox" else told

        lie(torn)
        with pytest.raises(Unreachable):
            await b.inbox()


async def test_a_sender_whose_keys_are_kept_back_is_unknown(hub: RunningHub, lie: Callable[[Lie], None]) -> None:
    alice, bob = hub.agents("alice", "bob")
    async with alice.connect() as a, bob.connect() as b:
        sent = await a.send(bob.name, "x")
        without = {"name": alice.name, "online": False}
        lie(lambda path, told: without if path == f"/secure/agents/{alice.name}" else told)
        with pytest.raises(SealError) as refused:
            await b.read(sent.token)
        assert refused.value.code == "unknown_sender"
        with pytest.raises(NoKeys):
            await b.send(alice.name, "x")
