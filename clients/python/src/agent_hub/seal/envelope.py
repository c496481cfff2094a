"""The envelope: a body sealed for some recipients and signed by its sender.

The hub can neither read nor change it, nor say that it is something else.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from agent_hub.errors import SealError, TooLarge
from agent_hub.fields import Foreign
from agent_hub.limits import SEQ_MAX, is_agent
from agent_hub.seal.encoding import (
    VERSION_MAX,
    canonical,
    find_bytes,
    list_of,
    object_of,
    of_length,
    sha256,
    strict_json,
    text_of,
    to_text,
    whole_number,
)
from agent_hub.seal.keyring import Keyring
from agent_hub.seal.signature import SIGNATURE_BYTES, holds, sign
from agent_hub.seal.suite import PublicKey, Suite
from agent_hub.seal.trust import Trust

_MAGIC = b"ahenv1"
# What every version begins with.
_FAMILY = b"ahenv"
_HEADER_MAX_BYTES = 256 * 1024
_TAG_BYTES = 16
_ID_BYTES = 16
# The content key seals nothing else, so the nonce need not change.
_NONCE = bytes(12)
_FIELDS = ("v", "hub", "id", "from", "to", "name", "ts", "commit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What is to be sealed."""

    hub: str
    """The hub id."""
    to: Mapping[str, PublicKey]
    """The recipients and their keys."""
    name: str
    """The item's name."""
    ts: int
    """The sender's clock, milliseconds since 1970."""
    reply_to: str | None
    """Token of the item that this one answers."""
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the hub says an item is."""

    sender: str
    name: str
    reply_to: str | None
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An envelope that was opened: all of it is the sender's word."""

    sender: str
    id: str
    ts: int
    """The sender's clock, milliseconds since 1970."""
    to: tuple[str, ...]
    """For whom it was sealed."""
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    hub: str
    id: bytes
    sender: str
    to: tuple[tuple[str, Suite, bytes], ...]
    name: str
    ts: int
    reply_to: str | None
    commit: bytes

    @classmethod
    def read(cls, data: bytes) -> _Header:
        """Reads its bytes; `SealError`, or `Foreign` where it is malformed."""
        value = strict_json(data)
        if not isinstance(value, dict):
            raise Foreign("no header")
        # Before anything else: another version may look different.
        if whole_number(value.get("v"), VERSION_MAX) != 1:
            raise SealError("unknown_version")
        fields = object_of(value, _FIELDS, ("reply_to",))
        header = cls(
            hub=text_of(fields["hub"]),
            id=of_length(fields["id"], _ID_BYTES),
            sender=text_of(fields["from"]),
            to=tuple(_recipient(entry) for entry in list_of(fields["to"])),
            name=text_of(fields["name"]),
            ts=whole_number(fields["ts"], SEQ_MAX),
            reply_to=text_of(fields["reply_to"]) if "reply_to" in fields else None,
            commit=of_length(fields["commit"], 32),
        )
        names = [name for name, _, _ in header.to]
        is_ascending = all(a < b for a, b in pairwise(names))
        if not names or not is_ascending or not all(map(is_agent, (header.sender, *names))):
            raise Foreign("its sender or recipients")
        # There is one way to write a header, so two readers never understand it differently.
        if header.to_bytes() != data:
            raise Foreign("not canonical")
        return header

    def to_bytes(self) -> bytes:
        value: dict[str, object] = {
            "v": 1,
            "hub": self.hub,
            "id": to_text(self.id),
            "from": self.sender,
            "to": [[name, suite.value, to_text(key_id)] for name, suite, key_id in self.to],
            "name": self.name,
            "ts": self.ts,
        }
        if self.reply_to is not None:
            value["reply_to"] = self.reply_to
        return canonical(value | {"commit": to_text(self.commit)})

    @property
    def wraps_bytes(self) -> int:
        return sum(suite.wrap_bytes for _, suite, _ in self.to)

    def content_key(self, wraps: bytes, reader: Keyring, info: bytes) -> bytes:
        """The content key, if there is one for this reader."""
        names = [name for name, _, _ in self.to]
        if reader.agent not in names:
            raise SealError("not_for_me", self.sender)
        at = names.index(reader.agent)
        start = sum(suite.wrap_bytes for _, suite, _ in self.to[:at])
        _, suite, key_id = self.to[at]
        private = reader.find(suite, key_id)
        if private is None:
            raise SealError("unknown_key")
        key = private.unwrap(wraps[start : start + suite.wrap_bytes], info)
        if _commitment(key) != self.commit:
            raise SealError("bad_commit")
        return key


def _recipient(value: object) -> tuple[str, Suite, bytes]:
    match value:
        case [name, suite, key_id]:
            return text_of(name), Suite.read(suite), of_length(key_id, _ID_BYTES)
        case _:
            raise Foreign("no recipient")


@dataclass(frozen=True, slots=True)
class _Parts:
    """An envelope taken apart; nothing of it is believed yet."""

    header: _Header
    info: bytes
    """The hash of the header."""
    wraps: bytes
    sealed: bytes
    signed: bytes
    """Everything before the signature."""
    signature: bytes

    @classmethod
    def of(cls, data: str) -> _Parts:
        envelope = find_bytes(data)
        if envelope is None or not envelope.startswith(_FAMILY):
            raise SealError("malformed")
        if not envelope.startswith(_MAGIC):
            raise SealError("unknown_version")
        start = len(_MAGIC) + 4
        end = start + int.from_bytes(envelope[len(_MAGIC) : start])
        signed, signature = envelope[:-SIGNATURE_BYTES], envelope[-SIGNATURE_BYTES:]
        if end - start > _HEADER_MAX_BYTES or len(envelope) < end + SIGNATURE_BYTES or len(envelope) < start:
            raise SealError("malformed")
        try:
            header = _Header.read(envelope[start:end])
        except Foreign:
            raise SealError("malformed") from None
        body = end + header.wraps_bytes
        if len(signed) < body + _TAG_BYTES:
            raise SealError("malformed")
        return cls(header, sha256(envelope[start:end]), signed[end:body], signed[body:], signed, signature)


def is_sealed(data: str) -> bool:
    """Whether data is an envelope, of whatever version; else it is plain."""
    begin = find_bytes(data[:8])
    return begin is not None and begin.startswith(_FAMILY)


def seal(draft: Draft, sender: Keyring) -> str:
    """Seals a draft: the text for `data`.

    Raises `SealError`: `bad_bundle`, a recipient's key is no key. `TooLarge`: there are too many recipients.
    """
    key = secrets.token_bytes(32)
    recipients = sorted(draft.to.items())
    header = _Header(
        hub=draft.hub,
        id=secrets.token_bytes(_ID_BYTES),
        sender=sender.agent,
        to=tuple((name, public.suite, public.id) for name, public in recipients),
        name=draft.name,
        ts=draft.ts,
        reply_to=draft.reply_to,
        commit=_commitment(key),
    ).to_bytes()
    if len(header) > _HEADER_MAX_BYTES:
        raise TooLarge(f"one message cannot be sealed for {len(recipients)} agents")
    info = sha256(header)
    wraps = b"".join(public.wrap(key, info) for _, public in recipients)
    sealed = AESGCM(key).encrypt(_NONCE, draft.body, info)
    signed = b"".join((_MAGIC, len(header).to_bytes(4), header, wraps, sealed))
    return to_text(signed + sign(sender.sign, _to_sign(signed)))


def open_envelope(data: str, reader: Keyring, said: Said, trust: Trust, now_ms: int) -> Opened:
    """Opens `data`, in the order of `docs/encryption.md`.

    Raises `SealError`: the first check that fails.
    """
    parts = _Parts.of(data)
    header = parts.header
    pin = trust.pins.get(header.sender)
    if pin is None:
        raise SealError("unknown_sender", header.sender)
    signed = _to_sign(parts.signed)
    if not any(holds(key, signed, parts.signature) for key in pin.signing_keys(now_ms)):
        raise SealError("bad_signature", header.sender)
    if header.hub != trust.hub:
        raise SealError("wrong_hub", header.sender)
    key = header.content_key(parts.wraps, reader, parts.info)
    try:
        body = AESGCM(key).decrypt(_NONCE, parts.sealed, parts.info)
    except InvalidTag:
        raise SealError("bad_body", header.sender) from None
    opened = Opened(
        sender=header.sender, id=to_text(header.id), ts=header.ts, to=tuple(name for name, _, _ in header.to), body=body
    )
    _compare(header, opened, said, trust)
    return opened


def claimed_sender(data: str) -> str | None:
    """The sender that an envelope names, before anything of it is believed: whose keys are needed to open it."""
    try:
        return _Parts.of(data).header.sender
    except SealError:
        return None


def _compare(header: _Header, opened: Opened, said: Said, trust: Trust) -> None:
    if header.sender != said.sender:
        raise SealError("wrong_from", said.sender)
    if header.name != said.name:
        raise SealError("wrong_name", header.sender)
    if header.reply_to != said.reply_to:
        raise SealError("wrong_reply_to", header.sender)
    if trust.token_of(header.sender, opened.id) not in (None, said.token):
        raise SealError("replayed", header.sender)


def _commitment(key: bytes) -> bytes:
    return sha256(b"agent-hub content key v1\0", key)


def _to_sign(signed: bytes) -> bytes:
    return b"agent-hub envelope v1\0" + signed
