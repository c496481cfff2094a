"""The golden frames and envelopes, which the hub and every client read: `tests/vectors/`."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from agent_hub.answers import Item, Notification, Published, Skipped
from agent_hub.errors import Position, SealError
from agent_hub.limits import Limits
from agent_hub.seal.bundle import Bundle
from agent_hub.seal.encoding import find_bytes, to_text
from agent_hub.seal.envelope import Draft, Said, is_sealed, open_envelope, seal
from agent_hub.seal.keyring import Keyring
from agent_hub.seal.trust import Pin, Trust
from agent_hub.session import frames
from agent_hub.session.frames import Events, Joined, Left, Ok, Pong, Positions, Refused, Traffic, Welcome

VECTORS = Path(__file__).resolve().parents[3] / "tests" / "vectors"
FRAMES: dict[str, list[dict[str, Any]]] = json.loads((VECTORS / "frames.json").read_text())
ENVELOPES: dict[str, Any] = json.loads((VECTORS / "envelope.json").read_text())

TYPES: dict[type, str] = {
    Welcome: "welcome",
    Notification: "notify",
    Skipped: "skipped",
    Position: "resync",
    Joined: "joined",
    Left: "left",
    Published: "published",
    Item: "data",
    Ok: "ok",
    Traffic: "traffic",
    Events: "events",
    Refused: "error",
    Pong: "pong",
}
# What this client does not look at, and so does not keep.
NOT_KEPT = {"id"}
LIMITS_NOT_KEPT = {"socket_data_max_bytes", "message_max_bytes", "inline_max_bytes", "to_max"}


def by_case(vectors: list[dict[str, Any]], name: str) -> list[Any]:
    return [pytest.param(vector, id=vector[name]) for vector in vectors]


def plain(value: Any) -> Any:
    """What was understood, as JSON again."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Joined):
        return plain(value.membership)
    if is_dataclass(value):
        renamed = {"sender": "from", "first": "from", "last": "to"}
        named = {renamed.get(of.name, of.name): plain(getattr(value, of.name)) for of in fields(value)}
        return {
            name: field for name, field in named.items() if field is not None and field is not False and field != []
        }
    if isinstance(value, dict):
        return {key: plain(field) for key, field in value.items()}
    return [plain(entry) for entry in value] if isinstance(value, tuple) else value


def expected(vector: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(vector.get("understood", vector["text"]))
    if "limits" in told:
        told["limits"] = {name: limit for name, limit in told["limits"].items() if name not in LIMITS_NOT_KEPT}
    return {name: field for name, field in told.items() if name not in NOT_KEPT}


@pytest.mark.parametrize("vector", by_case(FRAMES["hub"], "name"))
def test_frames_of_the_hub_are_understood_in_full_and_newer_ones_ignored(vector: dict[str, Any]) -> None:
    frame = frames.read(vector["text"])
    assert (frame is None) == vector.get("ignored", False)
    if frame is not None:
        assert {"type": TYPES[type(frame)], **plain(frame)} == expected(vector)


def test_every_kind_of_frame_of_the_hub_has_a_golden_one() -> None:
    assert {type(frames.read(vector["text"])) for vector in FRAMES["hub"]} == {*TYPES, type(None)}


@pytest.mark.parametrize("vector", by_case([v for v in FRAMES["client"] if not v["accepted"]], "name"))
def test_what_is_no_frame_of_the_hub_is_ignored_and_never_a_fault(vector: dict[str, Any]) -> None:
    frame = frames.read(vector["text"])
    assert frame is None or type(frame) in (Pong, Refused)


def test_the_frames_that_are_said_are_ones_that_the_hub_takes() -> None:
    accepted = [json.loads(vector["text"]) for vector in FRAMES["client"] if vector["accepted"]]
    known = {(frame["type"], name) for frame in accepted for name in frame}
    positions = Positions("e1", {"alice": 0, "#research": 41})
    for said in (frames.hello(Positions()), frames.hello(positions), frames.refresh("a.b.c"), frames.PING):
        frame = json.loads(said)
        assert next(iter(frame)) == "type"
        assert {(frame["type"], name) for name in frame} <= known
    assert json.loads(frames.hello(positions))["after"] == {"alice": 0, "#research": 41}
    assert json.loads(frames.refresh("a.b.c")) in accepted
    assert json.loads(frames.hello(Positions())) == {"type": "hello", "protocol": 1}


def test_the_limits_in_the_golden_welcome_are_the_usual_ones() -> None:
    welcome = frames.read(FRAMES["hub"][0]["text"])
    assert isinstance(welcome, Welcome)
    assert welcome.limits == Limits()


def keyring(agent: str) -> Keyring:
    return Keyring.read(json.dumps(ENVELOPES["agents"][agent]["keys"]), agent)


def trust(pins: dict[str, Any] | None = None) -> Trust:
    known = ENVELOPES["pins"] if pins is None else pins
    return Trust(hub=ENVELOPES["hub"], pins={name: Pin.read(pin) for name, pin in known.items()})


@pytest.mark.parametrize("agent", ENVELOPES["agents"])
def test_keys_are_read_and_published_to_the_byte(agent: str) -> None:
    vector, keys = ENVELOPES["agents"][agent], keyring(agent)
    assert keys.bundle.to_json() == vector["bundle"]
    assert keys.bundle.words == vector["words"]
    assert to_text(keys.enc.public.id) == vector["key_id"]
    assert json.loads(keys.to_json()) == vector["keys"]


@pytest.mark.parametrize("vector", by_case(ENVELOPES["open"], "case"))
def test_envelopes_are_opened_or_refused_as_written(vector: dict[str, Any]) -> None:
    known, said = trust(vector.get("pins")), vector["said"]
    for sender, envelope_id, token in vector.get("seen", []):
        known.note_opened(sender, envelope_id, token, ENVELOPES["now_ms"] + 1)
    hub_says = Said(sender=said["from"], name=said["name"], reply_to=said.get("reply_to"), token=said["token"])

    def opened() -> str:
        reader = keyring(vector["reader"])
        return to_text(open_envelope(vector["data"], reader, hub_says, known, ENVELOPES["now_ms"]).body)

    if "error" in vector:
        with pytest.raises(SealError) as refused:
            opened()
        assert refused.value.code == vector["error"]
    else:
        assert opened() == vector["body"]
        assert is_sealed(vector["data"])


@pytest.mark.parametrize("vector", by_case(ENVELOPES["bundles"], "case"))
def test_bundles_are_believed_or_refused_as_written(vector: dict[str, Any]) -> None:
    before = None if vector["pin"] is None else Pin.read(vector["pin"])

    def accepted() -> dict[str, object]:
        bundle = Bundle.read(vector["bundle"], vector["agent"])
        return Pin.accept(before, bundle, ENVELOPES["now_ms"]).to_json()

    if "error" in vector:
        with pytest.raises(SealError) as refused:
            accepted()
        assert refused.value.code == vector["error"]
    else:
        assert accepted() == vector["accepted"]


def test_what_is_sealed_here_is_opened_by_each_recipient_and_nobody_else() -> None:
    keys = {name: keyring(name).enc.public for name in ("dave", "bob", "carol")}
    draft = Draft(
        hub=ENVELOPES["hub"], to=keys, name='naïve "日本" \x7f', ts=1, reply_to="x" * 22, body=bytes(range(256))
    )
    data = seal(draft, keyring("alice"))
    said = Said(sender="alice", name=draft.name, reply_to=draft.reply_to, token="t")
    for name in keys:
        opened = open_envelope(data, keyring(name), said, trust(), ENVELOPES["now_ms"])
        assert (opened.body, opened.to) == (draft.body, ("bob", "carol", "dave"))
    with pytest.raises(SealError) as refused:
        open_envelope(data, keyring("mallory"), said, trust(), ENVELOPES["now_ms"])
    assert refused.value.code == "not_for_me"


def test_no_byte_of_an_envelope_can_be_changed_and_no_cut_of_it_opened() -> None:
    draft = Draft(hub=ENVELOPES["hub"], to={"bob": keyring("bob").enc.public}, name="n", ts=1, reply_to=None, body=b"x")
    data = seal(draft, keyring("alice"))
    said = Said(sender="alice", name="n", reply_to=None, token="t")
    reader, known, now = keyring("bob"), trust(), ENVELOPES["now_ms"]
    whole = find_bytes(data)
    assert whole is not None
    changed = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(len(whole))]
    for tampered in changed + [whole[:length] for length in range(len(whole))]:
        with pytest.raises(SealError):
            open_envelope(to_text(tampered), reader, said, known, now)


def test_a_weak_signing_key_signs_nothing() -> None:
    # The neutral point: under it, the signature below holds for every message.
    neutral = (1).to_bytes(32, "little")
    pin = Pin(version=1, sign=neutral, enc=keyring("alice").enc.public)
    draft = Draft(hub=ENVELOPES["hub"], to={"bob": keyring("bob").enc.public}, name="n", ts=1, reply_to=None, body=b"x")
    whole = find_bytes(seal(draft, keyring("alice")))
    assert whole is not None
    forged = to_text(whole[:-64] + neutral + bytes(32))
    said = Said(sender="alice", name="n", reply_to=None, token="t")
    with pytest.raises(SealError) as refused:
        open_envelope(forged, keyring("bob"), said, Trust(hub=ENVELOPES["hub"], pins={"alice": pin}), 0)
    assert refused.value.code == "bad_signature"
