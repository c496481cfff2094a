"""Reading JSON that somebody else wrote: a field that is missing or of another type is `Foreign`; more are ignored."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

T = TypeVar("T")


TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
"""A token: 16 bytes in base64url."""


class Foreign(Exception):
    """It is not what an agent-hub writes."""


def from_json(text: str | bytes, *, is_strict: bool = False) -> object:
    """The value that `text` is the JSON of; strictly: without a field twice."""
    try:
        value: object = json.loads(text, object_pairs_hook=_once_each if is_strict else None)
    except (ValueError, RecursionError) as error:
        raise Foreign("no JSON") from error
    return value


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field twice")
    return fields


class Fields:
    """A JSON object that is being read."""

    def __init__(self, value: object) -> None:
        if not isinstance(value, dict):
            raise Foreign("no object")
        self._fields: dict[str, object] = value

    def has(self, name: str) -> bool:
        """Whether the field is there."""
        return name in self._fields

    def all(self) -> Mapping[str, object]:
        """Every field as it is."""
        return self._fields

    def text(self, name: str) -> str:
        """A text."""
        return _as(str, self._fields.get(name), name)

    def token(self, name: str) -> str:
        """The token of an item."""
        token = self.text(name)
        if TOKEN.fullmatch(token) is None:
            raise Foreign(f"`{name}` is no token")
        return token

    def find_text(self, name: str) -> str | None:
        """A text, if it is there."""
        return self.text(name) if self.has(name) else None

    def number(self, name: str) -> int:
        """A whole number."""
        return _as(int, self._fields.get(name), name)

    def flag(self, name: str) -> bool:
        """Yes or no."""
        return _as(bool, self._fields.get(name), name)

    def find_flag(self, name: str) -> bool | None:
        """Yes or no, if it is there."""
        return self.flag(name) if self.has(name) else None

    def moment(self, name: str) -> datetime:
        """A time in UTC."""
        try:
            return datetime.fromisoformat(self.text(name)).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise Foreign(name) from error

    def find_moment(self, name: str) -> datetime | None:
        """A time in UTC, if it is there."""
        return self.moment(name) if self.has(name) else None

    def mapping(self, name: str) -> Mapping[str, object]:
        """An object as it is."""
        return _as(dict, self._fields.get(name), name)

    def find_mapping(self, name: str) -> Mapping[str, object] | None:
        """An object as it is, if it is there."""
        return self.mapping(name) if self.has(name) else None

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; none if it is not there."""
        return tuple(_as(str, value, name) for value in self._list(name))

    def each(self, name: str, read: Callable[[Fields], T]) -> tuple[T, ...]:
        """A list of objects, each read by `read`; none if it is not there."""
        return tuple(read(Fields(value)) for value in self._list(name))

    def by_name(self, name: str, read: Callable[[Fields], T]) -> dict[str, T]:
        """An object whose values are objects, each read by `read`."""
        return {key: read(Fields(value)) for key, value in self.mapping(name).items()}

    def _list(self, name: str) -> list[object]:
        return _as(list, self._fields.get(name, []), name)


def _as(kind: type[T], value: object, name: str) -> T:
    # Not `isinstance`: to Python, true is a number.
    if type(value) is not kind:
        raise Foreign(name)
    return value
