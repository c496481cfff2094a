"""Six words that people can compare: 96 bits of a signing key's hash as proquints (D. Wilkerson, arXiv:0901.4016)."""

from __future__ import annotations

from agent_hub.seal.encoding import sha256

_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aiou"


def words_of(agent: str, sign: bytes) -> str:
    """The six words of an agent's public signing key, separated by spaces."""
    hashed = sha256(b"agent-hub key words v1\0", agent.encode(), b"\0", sign)
    return " ".join(_proquint(int.from_bytes(hashed[at : at + 2])) for at in range(0, 12, 2))


def are_words(told: str, words: str) -> bool:
    """Whether somebody told these words: with spaces or hyphens between them, in whatever case."""
    return told.lower().replace("-", " ").split() == words.split()


def _proquint(bits: int) -> str:
    letters = ((_CONSONANTS, 12, 15), (_VOWELS, 10, 3), (_CONSONANTS, 6, 15), (_VOWELS, 4, 3), (_CONSONANTS, 0, 15))
    return "".join(alphabet[bits >> shift & mask] for alphabet, shift, mask in letters)
