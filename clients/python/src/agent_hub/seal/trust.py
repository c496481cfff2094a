"""Whose keys are believed, and which envelopes were opened before: trust at first use, from then on only by a chain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from agent_hub.errors import SealError
from agent_hub.fields import from_json
from agent_hub.limits import SEQ_MAX
from agent_hub.seal.bundle import Bundle
from agent_hub.seal.encoding import (
    VERSION_MAX,
    list_of,
    object_with,
    of_length,
    pair,
    text_of,
    to_text,
    whole_number,
)
from agent_hub.seal.signature import SIGN_BYTES
from agent_hub.seal.suite import PublicKey
from agent_hub.seal.words import words_of

# How long an earlier signing key is believed after a newer one was learned: 7 days.
_PAST_FOR_MS = 7 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The keys of a peer as they are believed."""

    version: int
    sign: bytes
    enc: PublicKey
    verified: bool = False
    """Whether somebody compared the words."""
    past: tuple[tuple[bytes, int], ...] = ()
    """Earlier signing keys, and until when they are believed, in milliseconds since 1970."""

    @classmethod
    def accept(cls, before: Pin | None, bundle: Bundle, now_ms: int) -> Pin:
        """Accepts the bundle that the directory has now, given what was believed before.

        Raises `SealError`: `key_changed`, `key_rolled_back`.
        """
        links = [(version, link.sign) for version, link in bundle.links()]
        if before is None:
            return cls._after(bundle, (), [key for _, key in links], now_ms)
        if bundle.version < before.version:
            raise SealError("key_rolled_back", bundle.agent)
        if bundle.version == before.version:
            if (bundle.sign, bundle.enc) != (before.sign, before.enc):
                raise SealError("key_changed", bundle.agent)
            return before
        if (before.version, before.sign) not in links:
            raise SealError("key_changed", bundle.agent)
        still = tuple((key, until) for key, until in before.past if now_ms < until)
        new_past = [key for version, key in links if version >= before.version]
        return replace(cls._after(bundle, still, new_past, now_ms), verified=before.verified)

    @classmethod
    def _after(cls, bundle: Bundle, still: tuple[tuple[bytes, int], ...], new_past: list[bytes], now_ms: int) -> Pin:
        past = (*still, *((key, now_ms + _PAST_FOR_MS) for key in new_past))
        return cls(version=bundle.version, sign=bundle.sign, enc=bundle.enc, past=past)

    @classmethod
    def read(cls, value: object) -> Pin:
        """Reads its JSON; else `Foreign`."""
        fields = object_with(value, "version", "sign", "enc")
        past = (pair(entry) for entry in list_of(fields.get("past", [])))
        return cls(
            version=whole_number(fields["version"], VERSION_MAX),
            sign=of_length(fields["sign"], SIGN_BYTES),
            enc=PublicKey.read(fields["enc"]),
            verified=fields.get("verified", False) is True,
            past=tuple((of_length(key, SIGN_BYTES), whole_number(until, SEQ_MAX)) for key, until in past),
        )

    def to_json(self) -> dict[str, object]:
        """Its JSON."""
        return {
            "version": self.version,
            "sign": to_text(self.sign),
            "enc": self.enc.to_json(),
            "verified": self.verified,
            "past": [[to_text(key), until] for key, until in self.past],
        }

    def signing_keys(self, now_ms: int) -> Iterator[bytes]:
        """The signing keys that are believed now."""
        yield self.sign
        yield from (key for key, until in self.past if now_ms < until)

    def words(self, agent: str) -> str:
        """The six words of the key that is believed."""
        return words_of(agent, self.sign)


@dataclass(slots=True)
class Trust:
    """What an agent believes: the file `NAME+trust.json`, and the lines of the files `NAME+seen-DATE`."""

    hub: str | None = None
    """The hub id, once it is known."""
    pins: dict[str, Pin] = field(default_factory=dict)
    _seen: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)

    def accept(self, bundle: Bundle, now_ms: int) -> Pin:
        """Believes the bundle of a peer, if it follows from what is believed.

        Raises `SealError`: `key_changed`, `key_rolled_back`.
        """
        pin = Pin.accept(self.pins.get(bundle.agent), bundle, now_ms)
        self.pins[bundle.agent] = pin
        return pin

    def verify(self, bundle: Bundle, now_ms: int) -> Pin:
        """Believes a bundle whose words somebody compared, whatever was believed before."""
        try:
            pin = Pin.accept(self.pins.get(bundle.agent), bundle, now_ms)
        except SealError:
            pin = Pin.accept(None, bundle, now_ms)
        pin = self.pins[bundle.agent] = replace(pin, verified=True)
        return pin

    def accept_own(self, bundle: Bundle, now_ms: int) -> None:
        """Believes this agent's own bundle, as its file has it."""
        try:
            self.accept(bundle, now_ms)
        except SealError:
            self.pins[bundle.agent] = Pin.accept(None, bundle, now_ms)

    def know_hub(self, told: str) -> str:
        """The hub id that is known; from now on the one that is told, if none is."""
        if self.hub is None:
            self.hub = told
        return self.hub

    def load(self, text: str) -> None:
        """Takes over the file `NAME+trust.json`; `Foreign` if it is damaged."""
        fields = object_with(from_json(text))
        hub, pins = fields.get("hub"), object_with(fields.get("pins", {}))
        self.hub = None if hub is None else text_of(hub)
        self.pins = {name: Pin.read(pin) for name, pin in pins.items()}

    def to_json(self) -> str:
        """As the file is written."""
        value: dict[str, object] = {} if self.hub is None else {"hub": self.hub}
        value["pins"] = {name: self.pins[name].to_json() for name in sorted(self.pins)}
        return json.dumps(value, indent=2) + "\n"

    def note_opened(self, sender: str, envelope_id: str, token: str, until_ms: int) -> None:
        """Notes under which token an envelope was opened, to be remembered until then."""
        self._seen[sender, envelope_id] = (token, until_ms)

    def token_of(self, sender: str, envelope_id: str) -> str | None:
        """The token under which the envelope was opened before."""
        token, _ = self._seen.get((sender, envelope_id), (None, 0))
        return token

    def read_seen(self, line: str) -> None:
        """Takes over a line of `NAME+seen-DATE`; a torn one is passed over."""
        match line.split(" "):
            case [sender, envelope_id, token, until] if until.isascii() and until.isdigit():
                # The first line is the one that was opened.
                self._seen.setdefault((sender, envelope_id), (token, int(until)))

    def forget_expired(self, now_ms: int) -> None:
        """Forgets envelopes that need not be remembered any more."""
        self._seen = {key: value for key, value in self._seen.items() if now_ms < value[1]}
