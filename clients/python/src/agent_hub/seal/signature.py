"""Ed25519 (RFC 8032), verified strictly: no weak keys, no second form of a signature."""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGN_BYTES = 32
"""Bytes of a signing key, private (the seed) or public."""
SIGNATURE_BYTES = 64
"""Bytes of a signature."""

_P = 2**255 - 19
_ORDER_8_Y = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
# The y of the eight points whose order divides 8: under such a key, one signature holds for many messages.
_WEAK_Y = frozenset({0, 1, _P - 1, _ORDER_8_Y, _P - _ORDER_8_Y})


def public_of(seed: bytes) -> bytes:
    """The public key of a private one."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def sign(seed: bytes, data: bytes) -> bytes:
    """Signs `data`."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(data)


def holds(key: bytes, data: bytes, signature: bytes) -> bool:
    """Whether `signature` is by `key` on `data`."""
    if _is_weak(key) or _is_weak(signature[:32]):
        return False
    try:
        _public_key(key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def _is_weak(point: bytes) -> bool:
    y = (int.from_bytes(point, "little") & (2**255 - 1)) % _P
    return y in _WEAK_Y


@lru_cache(maxsize=1024)
def _public_key(key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(key)
