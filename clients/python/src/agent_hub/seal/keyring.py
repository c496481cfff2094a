"""An agent's private keys. They never leave its machine."""

from __future__ import annotations

import dataclasses
import json
import secrets
from dataclasses import dataclass, field

from agent_hub.errors import SealError
from agent_hub.fields import Foreign, from_json
from agent_hub.seal.bundle import LINKS_MAX, Bundle, Link, link_bytes
from agent_hub.seal.encoding import (
    VERSION_MAX,
    list_of,
    object_with,
    of_length,
    text_of,
    to_text,
    whole_number,
)
from agent_hub.seal.signature import SIGN_BYTES, public_of, sign
from agent_hub.seal.suite import PrivateKey, Suite

# Encryption keys of before that are kept, for what is still under way.
_RETIRED_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """The file `NAME+keys.json`."""

    agent: str
    version: int
    sign: bytes = field(repr=False)
    """The seed of the signing key."""
    enc: PrivateKey
    prev: tuple[Link, ...] = ()
    retired: tuple[PrivateKey, ...] = ()
    """Encryption keys of before, newest first."""

    @classmethod
    def generate(cls, agent: str, suite: Suite) -> Keyring:
        """Draws new keys, without a chain from any before."""
        return cls(agent=agent, version=1, sign=secrets.token_bytes(SIGN_BYTES), enc=PrivateKey.generate(suite))

    @classmethod
    def read(cls, text: str, agent: str) -> Keyring:
        """Reads the file of `agent`.

        Raises `SealError`: `bad_bundle`, it is damaged or another agent's.
        """
        try:
            keyring = cls._parse(from_json(text))
        except Foreign:
            raise SealError("bad_bundle") from None
        if keyring.agent != agent:
            raise SealError("bad_bundle")
        return keyring

    @classmethod
    def _parse(cls, value: object) -> Keyring:
        fields = object_with(value, "agent", "version", "sign", "enc")
        keyring = cls(
            agent=text_of(fields["agent"]),
            version=whole_number(fields["version"], VERSION_MAX),
            sign=of_length(fields["sign"], SIGN_BYTES),
            enc=PrivateKey.read(fields["enc"]),
            prev=tuple(Link.read(link) for link in list_of(fields.get("prev", []))),
            retired=tuple(PrivateKey.read(key) for key in list_of(fields.get("retired", []))),
        )
        if len(keyring.prev) >= keyring.version:
            raise Foreign("more links than versions")
        return keyring

    def rotate(self, suite: Suite) -> Keyring:
        """Draws the next version of both keys; the signing key of now signs the next."""
        drawn = self.replace(suite, self.version)
        key, successor = public_of(self.sign), public_of(drawn.sign)
        link = Link(key, sign(self.sign, link_bytes(self.agent, self.version, key, successor)))
        return dataclasses.replace(drawn, prev=(*self.prev, link)[-LINKS_MAX:])

    def replace(self, suite: Suite, known: int) -> Keyring:
        """Draws the version after `known` of both keys, without a chain: peers must verify it."""
        return dataclasses.replace(
            Keyring.generate(self.agent, suite),
            version=max(self.version, known) + 1,
            retired=(self.enc, *self.retired)[:_RETIRED_MAX],
        )

    def to_json(self) -> str:
        """As the file is written: secret."""
        value = {
            "agent": self.agent,
            "version": self.version,
            "sign": to_text(self.sign),
            "enc": self.enc.to_json(),
            "prev": [link.to_json() for link in self.prev],
            "retired": [key.to_json() for key in self.retired],
        }
        return json.dumps(value, indent=2) + "\n"

    @property
    def bundle(self) -> Bundle:
        """What others know them by."""
        return Bundle.signed(self.agent, self.version, self.sign, self.enc.public, self.prev)

    def find(self, suite: Suite, key_id: bytes) -> PrivateKey | None:
        """The private key that `key_id` names, also one of before."""
        for key in (self.enc, *self.retired):
            if key.suite is suite and key.public.id == key_id:
                return key
        return None
