"""The frames of the socket: those that this client says, and what it understands of the hub's."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from agent_hub.answers import Cursor, Item, Membership, Notification, Published, Skipped
from agent_hub.errors import Position
from agent_hub.fields import Fields, Foreign, from_json
from agent_hub.limits import Limits

PROTOCOL = 1
"""The version of the protocol that this client speaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """The session stands."""

    agent: str
    session: str
    protocol: int
    version: str
    hub: str
    epoch: str
    limits: Limits
    streams: Mapping[str, Cursor]
    """Where the agent is in each of its streams."""
    ping_interval_s: int


@dataclass(frozen=True, slots=True)
class Joined:
    """The agent is a member of a channel now."""

    membership: Membership
    is_answer: bool
    """To a `join` of this session; else the membership is new."""


@dataclass(frozen=True, slots=True)
class Left:
    """The agent is no longer a member of a channel."""

    stream: str


@dataclass(frozen=True, slots=True)
class Refused:
    """An `error` frame."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Ok:
    """A frame was done as asked."""


@dataclass(frozen=True, slots=True)
class Pong:
    """The hub answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """One publish, for those who watch."""

    sender: str
    to: tuple[str, ...]
    name: str
    size: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Events:
    """What happened, for those who watch everything; each as the hub wrote it."""

    events: tuple[Mapping[str, object], ...]
    left_out: int | None


HubFrame = (
    Welcome
    | Notification
    | Skipped
    | Position
    | Joined
    | Left
    | Published
    | Item
    | Traffic
    | Events
    | Refused
    | Ok
    | Pong
)
"""What the hub says; `Position` is a `resync`."""


@dataclass(frozen=True, slots=True)
class Positions:
    """From where to go on: by stream, the last number that is not wanted again, and the epoch that they belong to."""

    epoch: str = ""
    after: Mapping[str, int] = field(default_factory=dict)


def hello(positions: Positions) -> str:
    """The first frame: from the positions on, or from the durable cursors where there are none."""
    frame: dict[str, object] = {"type": "hello", "protocol": PROTOCOL}
    if positions.after:
        frame |= {"epoch": positions.epoch, "after": dict(positions.after)}
    return json.dumps(frame)


def refresh(jwt: str) -> str:
    """A new JWT, before the old one ends."""
    return json.dumps({"type": "refresh", "token": jwt})


PING = json.dumps({"type": "ping"})
"""Asks whether the hub still answers."""


def read(text: str) -> HubFrame | None:
    """What a frame of the hub means; `None` for a type that is not known, of a newer hub, and for what is no frame."""
    try:
        fields = Fields(from_json(text))
        reader = _READERS.get(fields.text("type"))
        return None if reader is None else reader(fields)
    except Foreign:
        return None


def _welcome(fields: Fields) -> Welcome:
    return Welcome(
        agent=fields.text("agent"),
        session=fields.text("session"),
        protocol=fields.number("protocol"),
        version=fields.text("version"),
        hub=fields.text("hub"),
        epoch=fields.text("epoch"),
        limits=Limits.from_fields(Fields(fields.mapping("limits"))),
        streams=fields.by_name("streams", Cursor.from_fields),
        ping_interval_s=fields.number("ping_interval_s"),
    )


def _traffic(fields: Fields) -> Traffic:
    return Traffic(
        sender=fields.text("from"),
        to=fields.texts("to"),
        name=fields.text("name"),
        size=fields.number("size"),
        created_at=fields.moment("created_at"),
    )


def _events(fields: Fields) -> Events:
    events = fields.each("events", lambda event: {"event": event.text("event"), **event.all()})
    return Events(events, fields.number("left_out") if fields.has("left_out") else None)


def _resync(fields: Fields) -> Position:
    return Position(fields.text("stream"), fields.text("epoch"), fields.number("acked"), fields.number("head"))


_READERS: Mapping[str, Callable[[Fields], HubFrame]] = {
    "welcome": _welcome,
    "notify": Notification.from_fields,
    "skipped": Skipped.from_fields,
    "resync": _resync,
    "joined": lambda fields: Joined(Membership.from_fields(fields), fields.has("id")),
    "left": lambda fields: Left(fields.text("stream")),
    "published": lambda fields: Published(fields.text("token")),
    "data": Item.from_fields,
    "traffic": _traffic,
    "events": _events,
    "error": lambda fields: Refused(fields.text("code"), fields.text("detail")),
    "ok": lambda _: Ok(),
    "pong": lambda _: Pong(),
}
