"""Whether `/asyncapi.json` is AsyncAPI 3, and says of frames what the golden ones say."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from conftest import Hub, ask

FRAMES = json.loads((Path(__file__).parents[1] / "vectors" / "frames.json").read_text())
# Refused, although a schema that knows only values cannot see why.
BEYOND_SCHEMAS = {
    "a field given twice": "whoever reads JSON keeps one of them",
    "ack of a whole fraction": "JSON Schema calls 1.0 an integer",
}


@pytest.fixture(scope="module")
def document(hub: Hub) -> Any:
    return ask(hub.url, "GET", "/asyncapi.json", {})


def validator(document: Any, kind: str) -> Any:
    """For the frames of one type."""
    message = document["components"]["messages"][kind]
    return jsonschema_rs.Draft7Validator(message["payload"] | {"components": document["components"]})


def said(document: Any, action: str) -> set[str]:
    """The types of the frames that the hub receives, or sends."""
    operations = document["operations"].values()
    parts = [operation for operation in operations if operation["action"] == action]
    if action == "send":
        parts += [operation["reply"] for operation in operations if "reply" in operation]
    return {message["$ref"].split("/")[-1] for part in parts for message in part["messages"]}


def kinds(frames: list[Any]) -> set[str]:
    return {json.loads(frame["text"])["type"] for frame in frames}


def test_it_is_asyncapi(document: Any) -> None:
    path = os.environ.get("AGENT_HUB_TEST_ASYNCAPI")
    if not path:
        raise RuntimeError(
            "set AGENT_HUB_TEST_ASYNCAPI to the JSON Schema of AsyncAPI 3.0, as npm's @asyncapi/specs has it"
        )
    jsonschema_rs.Draft7Validator(json.loads(Path(path).read_text())).validate(document)


def test_it_has_every_type_of_frame_and_no_other(document: Any) -> None:
    assert said(document, "receive") == kinds([frame for frame in FRAMES["client"] if frame["accepted"]])
    assert said(document, "send") == kinds([frame for frame in FRAMES["hub"] if not frame.get("ignored")])
    assert set(document["components"]["messages"]) == said(document, "receive") | said(document, "send")


@pytest.mark.parametrize("frame", FRAMES["client"], ids=lambda frame: frame["name"])
def test_a_frame_of_a_client_is_valid_if_the_hub_takes_it(document: Any, frame: Any) -> None:
    try:
        told = json.loads(frame["text"])
        json.dumps(told, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError):
        assert not frame["accepted"]
        return
    kind = told.get("type") if isinstance(told, dict) else None
    known = isinstance(kind, str) and kind in said(document, "receive")
    valid = known and validator(document, kind).is_valid(told)
    assert valid == (frame["accepted"] or frame["name"] in BEYOND_SCHEMAS)


def test_an_event_of_a_newer_hub_is_valid(document: Any) -> None:
    validator(document, "events").validate({"type": "events", "events": [{"event": "sang", "at_ms": 1, "tune": "low"}]})


@pytest.mark.parametrize(
    "frame", [frame for frame in FRAMES["hub"] if not frame.get("ignored")], ids=lambda frame: frame["name"]
)
def test_whatever_the_hub_says_is_valid(document: Any, frame: Any) -> None:
    told = json.loads(frame["text"])
    validator(document, told["type"]).validate(told)
