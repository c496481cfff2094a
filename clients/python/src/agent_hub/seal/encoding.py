"""Bytes as text: base64url without padding, exactly one way; canonical JSON; hashes with a domain."""

from __future__ import annotations

import base64
import hashlib
import json

from agent_hub.fields import Foreign, from_json

VERSION_MAX = 2**32 - 1
"""Largest version of keys, and of a format."""


def to_text(data: bytes) -> str:
    """As base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def find_bytes(text: str) -> bytes | None:
    """From base64url; `None` for padding, foreign characters and spare bits that are not zero."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    # The decoder takes more than one text for the same bytes.
    return data if to_text(data) == text else None


def of_length(value: object, length: int) -> bytes:
    """From base64url of just so many bytes; else `Foreign`."""
    data = find_bytes(value) if isinstance(value, str) else None
    if data is None or len(data) != length:
        raise Foreign(f"no base64url of {length} bytes")
    return data


def sha256(*parts: bytes) -> bytes:
    """SHA-256 of the parts, one after the other."""
    hasher = hashlib.sha256()
    for part in parts:
        hasher.update(part)
    return hasher.digest()


def canonical(value: object) -> bytes:
    """Canonical JSON: no white space, the fields in the order of the object; half a character is `Foreign`."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError as error:
        raise Foreign("half a character") from error


def whole_number(value: object, most: int) -> int:
    """A number from 0 to `most`; else `Foreign`."""
    if type(value) is not int or not 0 <= value <= most:
        raise Foreign("no such number")
    return value


def text_of(value: object) -> str:
    """A text; else `Foreign`."""
    if not isinstance(value, str):
        raise Foreign("no text")
    return value


def pair(value: object) -> tuple[object, object]:
    """A list of two; else `Foreign`."""
    if not isinstance(value, list) or len(value) != 2:
        raise Foreign("no pair")
    return value[0], value[1]


def list_of(value: object) -> list[object]:
    """A list; else `Foreign`."""
    if not isinstance(value, list):
        raise Foreign("no list")
    return value


def object_with(value: object, *required: str) -> dict[str, object]:
    """An object that has these fields, and perhaps others; else `Foreign`."""
    if not isinstance(value, dict) or not set(required) <= value.keys():
        raise Foreign("no such object")
    return value


def object_of(value: object, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, object]:
    """An object that has these fields and no others; else `Foreign`."""
    fields = object_with(value, *required)
    if not fields.keys() <= {*required, *optional}:
        raise Foreign("a field more")
    return fields


def strict_json(data: bytes) -> object:
    """JSON in UTF-8 without a field twice; else `Foreign`."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Foreign("no UTF-8") from error
    return from_json(text, is_strict=True)
