"""The two ways to wrap a content key for one recipient: HPKE (RFC 9180, mode base) with X25519, or with X-Wing."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
)
from cryptography.hazmat.primitives.hpke import Suite as Hpke

from agent_hub.errors import SealError
from agent_hub.fields import Foreign
from agent_hub.seal.encoding import of_length, pair, sha256, text_of, to_text

_PRIVATE_BYTES = 32
_MLKEM_PUBLIC_BYTES = 1184


class Suite(StrEnum):
    """What an encryption key is of."""

    X25519 = "x25519"
    """DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM: small and fast; the default."""
    XWING = "xwing"
    """X-Wing (ML-KEM-768 with X25519), HKDF-SHA256, AES-256-GCM: also against quantum computers."""

    @classmethod
    def read(cls, value: object) -> Suite:
        """The suite of this name; else `Foreign`."""
        try:
            return cls(text_of(value))
        except ValueError as error:
            raise Foreign("no suite") from error

    @property
    def public_bytes(self) -> int:
        """Bytes of a public key."""
        return 32 if self is Suite.X25519 else 1216

    @property
    def wrap_bytes(self) -> int:
        """Bytes of a wrapped content key."""
        return 32 + 48 if self is Suite.X25519 else 1120 + 48


_HPKE = {
    Suite.X25519: Hpke(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM),
    Suite.XWING: Hpke(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM),
}


@dataclass(frozen=True)
class PublicKey:
    """A public encryption key; in JSON `[suite, key]`."""

    suite: Suite
    data: bytes

    @classmethod
    def read(cls, value: object) -> PublicKey:
        """Reads its JSON; else `Foreign`."""
        name, key = pair(value)
        suite = Suite.read(name)
        return cls(suite, of_length(key, suite.public_bytes))

    def to_json(self) -> list[str]:
        """Its JSON."""
        return [self.suite.value, to_text(self.data)]

    @cached_property
    def id(self) -> bytes:
        """What names it in an envelope."""
        return sha256(b"agent-hub key id v1\0", self.suite.value.encode(), b"\0", self.data)[:16]

    def wrap(self, content_key: bytes, info: bytes) -> bytes:
        """Wraps a content key: encapsulated key and ciphertext."""
        try:
            return _HPKE[self.suite].encrypt(content_key, self._key(), info=info)
        except ValueError:
            raise SealError("bad_bundle", "an encryption key is no key") from None

    @property
    def is_usable(self) -> bool:
        """Whether something can be wrapped for it: not every 32 bytes are a key, such as a point of small order."""
        try:
            self.wrap(bytes(32), b"")
        except SealError:
            return False
        return True

    def _key(self) -> X25519PublicKey | MLKEM768X25519PublicKey:
        if self.suite is Suite.X25519:
            return X25519PublicKey.from_public_bytes(self.data)
        mlkem, x25519 = self.data[:_MLKEM_PUBLIC_BYTES], self.data[_MLKEM_PUBLIC_BYTES:]
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(mlkem), X25519PublicKey.from_public_bytes(x25519)
        )


@dataclass(frozen=True)
class PrivateKey:
    """A private encryption key; in JSON `[suite, key]`, for X-Wing the seed."""

    suite: Suite
    data: bytes = field(repr=False)

    @classmethod
    def generate(cls, suite: Suite) -> PrivateKey:
        """Draws a key."""
        return cls(suite, secrets.token_bytes(_PRIVATE_BYTES))

    @classmethod
    def read(cls, value: object) -> PrivateKey:
        """Reads its JSON; else `Foreign`."""
        name, key = pair(value)
        return cls(Suite.read(name), of_length(key, _PRIVATE_BYTES))

    def to_json(self) -> list[str]:
        """Its JSON: secret."""
        return [self.suite.value, to_text(self.data)]

    @cached_property
    def public(self) -> PublicKey:
        """What others wrap for."""
        if self.suite is Suite.X25519:
            return PublicKey(self.suite, self._x25519(self.data).public_key().public_bytes_raw())
        mlkem, x25519 = self._parts()
        return PublicKey(self.suite, mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw())

    def unwrap(self, wrap: bytes, info: bytes) -> bytes:
        """Unwraps a content key."""
        key = self._x25519(self.data) if self.suite is Suite.X25519 else MLKEM768X25519PrivateKey(*self._parts())
        try:
            content_key = _HPKE[self.suite].decrypt(wrap, key, info=info)
        except (InvalidTag, ValueError):
            raise SealError("bad_wrap") from None
        if len(content_key) != 32:
            raise SealError("bad_wrap")
        return content_key

    def _parts(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        """The two keys that the seed of X-Wing stands for."""
        seeds = hashlib.shake_256(self.data).digest(96)
        return MLKEM768PrivateKey.from_seed_bytes(seeds[:64]), self._x25519(seeds[64:])

    @staticmethod
    def _x25519(data: bytes) -> X25519PrivateKey:
        return X25519PrivateKey.from_private_bytes(data)
