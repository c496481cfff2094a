"""What the hub answers and tells, as plain data. Names are those of the JSON; `from` is `sender` here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from agent_hub.fields import Fields

State = Literal["live", "expired", "withdrawn", "consumed"]
"""What an item can be; a newer hub may say others."""


@dataclass(frozen=True, slots=True)
class Published:
    """An item that is on the hub's disk."""

    token: str
    """What `retrieve`, `status` and `withdraw` take."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A member of a channel that something was not sealed for: it is told of it, and cannot open it."""

    agent: str
    code: str
    """Why: `no_keys`, or why its keys are not believed: `key_changed`, `key_rolled_back`, `bad_bundle`."""


@dataclass(frozen=True, slots=True)
class Sent(Published):
    """Something that was sent, and is on the hub's disk."""

    sealed_for: tuple[str, ...] = ()
    """Who can open it; nobody in particular if it is plain."""
    left_out: tuple[LeftOut, ...] = ()
    """Members of its channels who cannot open it. Look at it: one whose keys changed may be under attack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item as the hub has it."""

    token: str
    name: str
    data: str = field(repr=False)
    ttl: int
    """Seconds, as published."""
    created_at: datetime
    sender: str
    to: tuple[str, ...] = ()
    """Its addresses; none if it was addressed to nobody."""
    reply_to: str | None = None
    """Token of the item that it answers."""
    one_time: bool = False

    @classmethod
    def from_fields(cls, fields: Fields) -> Item:
        """Reads the JSON of an answer."""
        return cls(
            token=fields.text("token"),
            name=fields.text("name"),
            data=fields.text("data"),
            ttl=fields.number("ttl"),
            created_at=fields.moment("created_at"),
            sender=fields.text("from"),
            to=fields.texts("to"),
            reply_to=fields.find_text("reply_to"),
            one_time=fields.find_flag("one_time") or False,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What is told of an entry of a stream."""

    stream: str
    """The address that it came to: the agent's own, or a channel's."""
    seq: int
    """Its number there."""
    token: str
    sender: str
    name: str
    size: int
    """Bytes of data."""
    ttl: int
    """Seconds, as published."""
    created_at: datetime
    reply_to: str | None = None
    """Token of the item that it answers."""
    one_time: bool = False
    traceparent: str | None = None
    """The trace that it was published in, as a W3C `traceparent`."""
    data: str | None = field(default=None, repr=False)
    """The data, where it came inline."""

    @classmethod
    def from_fields(cls, fields: Fields) -> Notification:
        """Reads the JSON of a frame or of a line of the inbox."""
        return cls(
            stream=fields.text("stream"),
            seq=fields.number("seq"),
            token=fields.token("token"),
            sender=fields.text("from"),
            name=fields.text("name"),
            size=fields.number("size"),
            ttl=fields.number("ttl"),
            created_at=fields.moment("created_at"),
            reply_to=fields.find_text("reply_to"),
            one_time=fields.find_flag("one_time") or False,
            traceparent=fields.find_text("traceparent"),
            data=fields.find_text("data"),
        )


@dataclass(frozen=True, slots=True)
class Skipped:
    """Entries `first` to `last`, both included (`from` and `to` in JSON), have nothing left to give."""

    stream: str
    first: int
    last: int

    @classmethod
    def from_fields(cls, fields: Fields) -> Skipped:
        """Reads the JSON of a frame or of a line of the inbox."""
        return cls(fields.text("stream"), fields.number("from"), fields.number("to"))


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the agent is in a stream."""

    acked: int
    """Everything up to here is done with."""
    head: int
    """The last number given."""

    @classmethod
    def from_fields(cls, fields: Fields) -> Cursor:
        """Reads the JSON."""
        return cls(fields.number("acked"), fields.number("head"))


@dataclass(frozen=True, slots=True)
class MemberCounts:
    """Of the members of a channel that an item was for: how many there are, have acknowledged and have read it."""

    members: int
    acked: int
    read: int

    @classmethod
    def from_fields(cls, fields: Fields) -> MemberCounts:
        """Reads the JSON."""
        return cls(fields.number("members"), fields.number("acked"), fields.number("read"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientStatus:
    """What became of an item at one address, or with one member of a channel; `None`: not known, or does not apply."""

    address: str
    """The address; of a member, its name."""
    seq: int | None = None
    """Its number in the stream."""
    pushed: bool | None = None
    """Written to a live socket of the recipient."""
    acked: bool | None = None
    """The recipient's cursor has moved past it."""
    read: datetime | None = None
    """When the recipient first retrieved it."""
    online: bool | None = None
    """Whether the recipient holds a session now."""
    counts: MemberCounts | None = None
    """Of a channel: how many."""
    members: tuple[RecipientStatus, ...] = ()
    """Of a channel that was asked for by its address: a page of its members."""
    more: bool = False
    """Whether there are more members after the last."""

    @classmethod
    def from_fields(cls, fields: Fields) -> RecipientStatus:
        """Reads the JSON."""
        counts = fields.find_mapping("counts")
        return cls(
            address=fields.text("address") if fields.has("address") else fields.text("agent"),
            seq=fields.number("seq") if fields.has("seq") else None,
            pushed=fields.find_flag("pushed"),
            acked=fields.find_flag("acked"),
            read=fields.find_moment("read"),
            online=fields.find_flag("online"),
            counts=None if counts is None else MemberCounts.from_fields(Fields(counts)),
            members=fields.each("members", cls.from_fields),
            more=fields.find_flag("more") or False,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What became of an item that this agent published."""

    token: str
    state: State | str
    created_at: datetime
    expires_at: datetime
    taken_by: str | None = None
    """Who took it, if it is a one-time item."""
    to: tuple[RecipientStatus, ...] = ()

    @classmethod
    def from_fields(cls, fields: Fields) -> Status:
        """Reads the JSON of an answer."""
        return cls(
            token=fields.text("token"),
            state=fields.text("state"),
            created_at=fields.moment("created_at"),
            expires_at=fields.moment("expires_at"),
            taken_by=fields.find_text("taken_by"),
            to=fields.each("to", RecipientStatus.from_fields),
        )


@dataclass(frozen=True, slots=True)
class Peer:
    """A line of the directory."""

    name: str
    online: bool
    """Whether it holds a session."""
    last_seen: datetime | None = None
    keys: Mapping[str, object] | None = field(default=None, repr=False)
    """The public keys that it published, as the hub says: not checked; `hub.keys.of(name)` does."""

    @classmethod
    def from_fields(cls, fields: Fields) -> Peer:
        """Reads the JSON."""
        online, seen = fields.flag("online"), fields.find_moment("last_seen")
        return cls(fields.text("name"), online, seen, fields.find_mapping("keys"))


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel."""

    name: str
    """Its address, with `#`."""
    closed: bool
    """Whether its owner chooses the members, and only they publish."""
    owner: str
    member: bool
    """Whether this agent is a member."""

    @classmethod
    def from_fields(cls, fields: Fields) -> Channel:
        """Reads the JSON."""
        return cls(fields.text("name"), fields.flag("closed"), fields.text("owner"), fields.flag("member"))


@dataclass(frozen=True, slots=True)
class Membership:
    """Where a member stands in a channel: what is published after `acked` is its."""

    stream: str
    acked: int
    head: int

    @classmethod
    def from_fields(cls, fields: Fields) -> Membership:
        """Reads the JSON of an answer."""
        return cls(fields.text("stream"), fields.number("acked"), fields.number("head"))
