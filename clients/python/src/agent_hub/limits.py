"""What is checked before anything is sent: what is refused here would be refused by the hub, with the same code."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from agent_hub.errors import Invalid, NotFound
from agent_hub.fields import TOKEN, Fields

NAME_MAX_CHARS = 100
"""Longest name of an item, in characters."""
TO_MAX = 64
"""Most addresses of one item; a channel counts as one."""
PAGE_LIMIT_MAX = 1000
"""Most rows of one page."""
WAIT_MAX_S = 60
"""Longest time that the hub holds one request, in seconds."""
SEQ_MAX = 2**53 - 1
"""Largest number of an entry."""

_AGENT = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_KEY = re.compile(r"[!-~]{1,128}")
# Of version 00, or of a later one, which may go on.
_TRACE = r"(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
_TRACEPARENT = re.compile(rf"00-{_TRACE}|(?!00|ff)[0-9a-f]{{2}}-{_TRACE}(-[!-~]*)?")
# What could make a name look like another, or reach a terminal as a command. The joiners U+200C and U+200D stay lawful:
# Persian and many emoji need them.
_DECEPTIVE = re.compile("[\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")


@dataclass(frozen=True, slots=True)
class Limits:
    """What an operator can turn; a hub tells it in `welcome`."""

    data_max_bytes: int = 1024 * 1024
    """Largest data of one item, in bytes of UTF-8."""
    ttl_max_s: int = 365 * 24 * 3600
    """Largest `ttl`, in seconds."""

    @classmethod
    def from_fields(cls, fields: Fields) -> Limits:
        """Reads the JSON of `welcome.limits`."""
        return cls(fields.number("data_max_bytes"), fields.number("ttl_max_s"))


def is_agent(name: object) -> bool:
    """Whether an agent can be called so."""
    return isinstance(name, str) and _AGENT.fullmatch(name) is not None and name != "me"


def agent(name: str) -> str:
    """The name of an agent, checked."""
    if not is_agent(name):
        raise Invalid(
            f"the name {name!r} must be 1 to 64 of a-z 0-9 . _ -, start with a letter or digit, and not be `me`"
        )
    return name


def channel(name: str) -> str:
    """The name of a channel, given with or without its `#`, checked; without it, as a path has it."""
    bare = name.removeprefix("#")
    if _AGENT.fullmatch(bare) is None:
        raise Invalid(f"the channel {name!r} must be # and 1 to 64 of a-z 0-9 . _ -, start with a letter or digit")
    return bare


def addresses(to: str | Iterable[str]) -> tuple[str, ...]:
    """One address or several, checked; each once."""
    given = [to] if isinstance(to, str) else list(to)
    for address in given:
        if not isinstance(address, str):
            raise Invalid("an address is a text")
        if address.startswith("#"):
            channel(address)
        else:
            agent(address)
    unique = tuple(dict.fromkeys(given))
    if not 1 <= len(unique) <= TO_MAX:
        raise Invalid(f"an item has 1 to {TO_MAX} addresses, not {len(unique)}")
    return unique


def item_name(name: str) -> str:
    """The name of an item, checked."""
    if not 1 <= len(name) <= NAME_MAX_CHARS:
        raise Invalid(f"the name of an item has 1 to {NAME_MAX_CHARS} characters, not {len(name)}")
    # Control characters, and halves of characters, which are no text.
    if _DECEPTIVE.search(name) or any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        raise Invalid("the name of an item must not contain control, direction or invisible characters")
    return name


def ttl(seconds: int | None) -> int | None:
    """A time to live, checked as far as it does not depend on the hub."""
    if seconds is not None and (type(seconds) is not int or seconds < 1):
        raise Invalid("`ttl` is a whole number of seconds, at least 1")
    return seconds


def idempotency_key(key: str) -> str:
    """An Idempotency-Key, checked."""
    if _KEY.fullmatch(key) is None:
        raise Invalid("an idempotency key has 1 to 128 visible ASCII characters")
    return key


def traceparent(text: str) -> str:
    """A `traceparent` of W3C Trace Context, checked: the hub takes a malformed one for none."""
    if not isinstance(text, str) or _TRACEPARENT.fullmatch(text) is None:
        raise Invalid("the traceparent is not one of W3C Trace Context")
    return text


def token(text: str) -> str:
    """A token, checked: what is none is refused as one that never was."""
    if TOKEN.fullmatch(text) is None:
        raise NotFound("There is nothing here for you.")
    return text


def text(data: str) -> bytes:
    """The UTF-8 of a text."""
    try:
        return data.encode()
    except UnicodeEncodeError:
        raise Invalid("half a character (a lone surrogate) is no text") from None
