"""How long to wait before the next try: a random time, so that those who were cut off together come back one by one."""

from __future__ import annotations

import random
from collections.abc import Callable

Draw = Callable[[], float]
"""Draws a number from 0 to 1."""

_draw: Draw = random.SystemRandom().random


class Backoff:
    """Growing random pauses, in seconds: up to `first`, twice that, and so on up to `most`."""

    def __init__(self, first: float, most: float, draw: Draw = _draw) -> None:
        self._first, self._most, self._draw = first, most, draw
        self._tries = 0

    @classmethod
    def of_sessions(cls) -> Backoff:
        """Between two sockets: up to 1 s, 2 s, 4 s … 30 s."""
        return cls(1.0, 30.0)

    @classmethod
    def of_requests(cls) -> Backoff:
        """Between two tries of a request: up to 0.1 s, 0.2 s, 0.4 s … 5 s."""
        return cls(0.1, 5.0)

    def pause(self) -> float:
        """The next pause."""
        most: float = min(self._most, self._first * 2 ** min(self._tries, 16))
        self._tries += 1
        return most * self._draw()

    def reset(self) -> None:
        """It worked: begins anew."""
        self._tries = 0


def part_of(most: float, draw: Draw = _draw) -> float:
    """A random part of `most` seconds."""
    return most * draw()
