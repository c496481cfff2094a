"""What an agent publishes of its keys, signed by itself, with a chain from the keys before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agent_hub.errors import SealError
from agent_hub.fields import Foreign
from agent_hub.limits import is_agent
from agent_hub.seal.encoding import (
    VERSION_MAX,
    canonical,
    list_of,
    object_of,
    of_length,
    pair,
    text_of,
    to_text,
    whole_number,
)
from agent_hub.seal.signature import SIGN_BYTES, SIGNATURE_BYTES, holds, public_of, sign
from agent_hub.seal.suite import PublicKey
from agent_hub.seal.words import words_of

LINKS_MAX = 32
"""Most links that a bundle carries."""

_FIELDS = ("v", "agent", "version", "sign", "enc", "prev", "sig")


@dataclass(frozen=True, slots=True)
class Link:
    """A signing key of before, and its signature on the next; in JSON `[sign, signature]`."""

    sign: bytes
    signature: bytes

    @classmethod
    def read(cls, value: object) -> Link:
        """Reads its JSON; else `Foreign`."""
        key, signature = pair(value)
        return cls(of_length(key, SIGN_BYTES), of_length(signature, SIGNATURE_BYTES))

    def to_json(self) -> list[str]:
        """Its JSON."""
        return [to_text(self.sign), to_text(self.signature)]


@dataclass(frozen=True, slots=True)
class Bundle:
    """The public keys of an agent, as they stand in the directory."""

    agent: str
    version: int
    """1, and one more at each rotation."""
    sign: bytes
    enc: PublicKey
    prev: tuple[Link, ...]
    sig: bytes

    @classmethod
    def signed(cls, agent: str, version: int, seed: bytes, enc: PublicKey, prev: tuple[Link, ...]) -> Bundle:
        """Signs a bundle with the private key `seed`."""
        unsigned = cls(agent, version, public_of(seed), enc, prev, b"")
        return cls(agent, version, unsigned.sign, enc, prev, sign(seed, unsigned._to_sign()))

    @classmethod
    def read(cls, value: object, agent: str) -> Bundle:
        """Reads what the directory has for `agent`, and checks all that can be checked without knowing earlier keys.

        Raises `SealError`: `bad_bundle`.
        """
        try:
            bundle = cls._parse(value)
        except Foreign:
            raise SealError("bad_bundle", agent) from None
        is_whole = bundle.agent == agent and is_agent(agent) and bundle._signatures_hold()
        if not (is_whole and bundle.enc.is_usable):
            raise SealError("bad_bundle", agent)
        return bundle

    @classmethod
    def _parse(cls, value: object) -> Bundle:
        fields = object_of(value, _FIELDS)
        prev = tuple(Link.read(link) for link in list_of(fields["prev"]))
        version = whole_number(fields["version"], VERSION_MAX)
        if whole_number(fields["v"], VERSION_MAX) != 1 or len(prev) > LINKS_MAX or len(prev) >= version:
            raise Foreign("no bundle of version 1")
        return cls(
            agent=text_of(fields["agent"]),
            version=version,
            sign=of_length(fields["sign"], SIGN_BYTES),
            enc=PublicKey.read(fields["enc"]),
            prev=prev,
            sig=of_length(fields["sig"], SIGNATURE_BYTES),
        )

    def to_json(self) -> dict[str, object]:
        """As it is published."""
        return self._unsigned() | {"sig": to_text(self.sig)}

    @property
    def words(self) -> str:
        """The six words that people compare."""
        return words_of(self.agent, self.sign)

    def links(self) -> Iterable[tuple[int, Link]]:
        """The keys of before, oldest first, each with its version."""
        return enumerate(self.prev, start=self.version - len(self.prev))

    def _unsigned(self) -> dict[str, object]:
        return {
            "v": 1,
            "agent": self.agent,
            "version": self.version,
            "sign": to_text(self.sign),
            "enc": self.enc.to_json(),
            "prev": [link.to_json() for link in self.prev],
        }

    def _to_sign(self) -> bytes:
        return b"agent-hub key bundle v1\0" + canonical(self._unsigned())

    def _signatures_hold(self) -> bool:
        nexts = [link.sign for link in self.prev[1:]] + [self.sign]
        return holds(self.sign, self._to_sign(), self.sig) and all(
            holds(link.sign, link_bytes(self.agent, version, link.sign, successor), link.signature)
            for (version, link), successor in zip(self.links(), nexts, strict=False)
        )


def link_bytes(agent: str, version: int, key: bytes, successor: bytes) -> bytes:
    """What the key of `version` signs to make `successor` the next."""
    return b"agent-hub key link v1\0" + canonical([agent, version, to_text(key), to_text(successor)])
