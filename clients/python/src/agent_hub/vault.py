"""Where an agent's private keys and what it believes are kept: in its files, or in memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from agent_hub import files
from agent_hub.errors import ProfileError, SealError
from agent_hub.fields import Foreign
from agent_hub.seal.envelope import Opened
from agent_hub.seal.keyring import Keyring
from agent_hub.seal.suite import Suite
from agent_hub.seal.trust import Trust

T = TypeVar("T")

# How long an opened envelope is remembered at least: a day.
_REMEMBER_MS = 24 * 3600 * 1000
# The last moment that a date can be written of.
_LAST_MS = 253_402_300_799_000


def now_ms() -> int:
    """This machine's clock, milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Vault:
    """An agent's keys and trust. Without files they are gone with the process."""

    def __init__(self, agent: str, own: files.Files | None, clock: Callable[[], int] = now_ms) -> None:
        self._agent, self._files, self.clock = agent, own, clock
        self._keyring: Keyring | None = None
        self._trust = Trust()
        # What the files were like when they were read.
        self._keys_state: tuple[int, int, int] | None = None
        self._trust_state: tuple[int, int, int] | None = None
        # How far each file of opened envelopes was read.
        self._read: dict[Path, int] = {}
        self._forgot_on = ""

    @property
    def place(self) -> str:
        """Where the keys are, for people."""
        return "this process" if self._files is None else str(self._files.path("+keys.json"))

    @property
    def trust_place(self) -> str:
        """Where what is believed is, for people."""
        return "this process" if self._files is None else str(self._files.path("+trust.json"))

    def find_keyring(self) -> Keyring | None:
        """The private keys, if there are any."""
        if self._files is not None:
            path = self._files.path("+keys.json")
            state = files.state_of(path)
            if state != self._keys_state or state is None:
                text = files.read(path)
                with _damage_told(path):
                    self._keyring = None if text is None else Keyring.read(text, self._agent)
                self._keys_state = state
        return self._keyring

    def keyring_or_new(self, suite: Suite) -> Keyring:
        """The private keys; drawn if there are none yet."""
        with self._turn():
            return self.find_keyring() or self._write_keyring(Keyring.generate(self._agent, suite))

    def rotate_keyring(self, suite: Suite | None) -> Keyring:
        """Replaces the private keys by their successors; `None`: of the same suite."""
        with self._turn():
            before = self.find_keyring()
            if before is None:
                return self._write_keyring(Keyring.generate(self._agent, suite or Suite.X25519))
            return self._write_keyring(before.rotate(suite or before.enc.suite))

    def replace_keyring(self, suite: Suite | None, known: int) -> Keyring:
        """Replaces the private keys by new ones without a chain, of a version after `known`."""
        with self._turn():
            before = self.find_keyring()
            if before is not None:
                return self._write_keyring(before.replace(suite or before.enc.suite, known))
            drawn = Keyring.generate(self._agent, suite or Suite.X25519)
            return self._write_keyring(replace(drawn, version=known + 1))

    def _write_keyring(self, keyring: Keyring) -> Keyring:
        if self._files is not None:
            files.write(self._files.path("+keys.json"), keyring.to_json())
            self._keys_state = None
        self._keyring = keyring
        return keyring

    def trust(self) -> Trust:
        """What is believed, with what other processes of this agent learned meanwhile. To look at, not to change."""
        if self._files is not None:
            self._load_trust(self._files)
            self._read_seen(self._files)
        today = _day(self.clock())
        if self._forgot_on != today:
            self._trust.forget_expired(self.clock())
            self._forgot_on = today
        return self._trust

    def change(self, change: Callable[[Trust], T]) -> T:
        """Changes what is believed."""
        with self._turn():
            if self._files is not None:
                self._load_trust(self._files)
            before = self._trust.to_json()
            done = change(self._trust)
            after = self._trust.to_json()
            if self._files is not None and after != before:
                files.write(self._files.path("+trust.json"), after)
            return done

    def remember(self, opened: Opened, token: str, expires_at_ms: int) -> None:
        """Remembers that an envelope was opened.

        Raises `SealError`: `replayed`, it was under another token, perhaps a moment ago by another process.
        """
        until = max(expires_at_ms, self.clock() + _REMEMBER_MS)
        with self._turn():
            known = self.trust().token_of(opened.sender, opened.id)
            if known == token:
                return
            if known is not None:
                raise SealError("replayed", opened.sender)
            if self._files is not None:
                self._append_seen(self._files, f"{opened.sender} {opened.id} {token} {until}\n", until)
            self._trust.note_opened(opened.sender, opened.id, token, until)

    def _load_trust(self, own: files.Files) -> None:
        path = own.path("+trust.json")
        state = files.state_of(path)
        if state is None or state == self._trust_state:
            return
        text = files.read(path)
        if text is not None:
            with _damage_told(path):
                self._trust.load(text)
            self._trust_state = state

    def _read_seen(self, own: files.Files) -> None:
        """Reads what was added to the files of opened envelopes, and deletes those whose day is over."""
        today = _day(self.clock())
        for date, path in own.find("+seen-"):
            if date < today:
                path.unlink(missing_ok=True)
                self._read.pop(path, None)
                continue
            offset = self._read.get(path, 0)
            added = files.read_from(path, offset)
            # A line that is still being written is read the next time.
            whole = added.rfind(b"\n") + 1
            for line in added[:whole].decode("ascii", "replace").splitlines():
                self._trust.read_seen(line)
            self._read[path] = offset + whole

    def _append_seen(self, own: files.Files, line: str, until_ms: int) -> None:
        path = own.path(f"+seen-{_day(until_ms)}")
        torn = files.read_from(path, self._read.get(path, 0))
        files.append(path, line if not torn else f"\n{line}")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with nullcontext() if self._files is None else self._files.turn():
            yield


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    try:
        yield
    except (Foreign, SealError):
        raise ProfileError(f"{path}: is damaged") from None


def _day(ms: int) -> str:
    """The UTC day of a moment."""
    return datetime.fromtimestamp(min(ms, _LAST_MS) / 1000, UTC).strftime("%Y-%m-%d")
