"""An agent's files: for this user alone, replaced whole, and shared with other processes and programs.

`docs/encryption.md` describes them.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent_hub.errors import ProfileError

if sys.platform != "win32":
    import fcntl


class Files:
    """The files of one agent: `NAME` and an ending such as `+keys.json`, in `profiles/` of a folder."""

    def __init__(self, folder: Path, agent: str) -> None:
        self.folder = folder / "profiles"
        self._agent = agent

    def path(self, ending: str) -> Path:
        """The path of one of them."""
        return self.folder / f"{self._agent}{ending}"

    def find(self, start: str) -> list[tuple[str, Path]]:
        """Those whose ending starts so: the rest of the ending, and the path."""
        prefix = f"{self._agent}{start}"
        if not self.folder.is_dir():
            return []
        paths = (path for path in self.folder.iterdir() if path.name.startswith(prefix))
        return sorted((path.name.removeprefix(prefix), path) for path in paths)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The turn among the processes of this agent to read, change and write a file."""
        path = self.path("+lock")
        with told(path):
            make_folder(self.folder)
            lock = os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            if sys.platform != "win32":
                with told(path):
                    fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            # Which gives the lock back, too.
            os.close(lock)


def read(path: Path) -> str | None:
    """The text of a file, if it is there."""
    with told(path):
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None


def state_of(path: Path) -> tuple[int, int, int] | None:
    """What changes when the file is replaced; `None` if it is not there."""
    with told(path):
        try:
            about = path.stat()
        except FileNotFoundError:
            return None
    return about.st_ino, about.st_mtime_ns, about.st_size


def write(path: Path, text: str) -> None:
    """Writes a file that only this user can read: whole, or not at all."""
    # A name of its own: two processes may write at once, and each must write a whole file.
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}.new")
    with told(path):
        make_folder(path.parent)
        try:
            with os.fdopen(
                os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
            ) as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise


def append(path: Path, line: str) -> None:
    """Adds to a file that only this user can read, in one write."""
    with told(path):
        make_folder(path.parent)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, line.encode())
        finally:
            os.close(file)


def read_from(path: Path, offset: int) -> bytes:
    """What was added to a file behind `offset`; nothing if it is gone."""
    with told(path):
        try:
            with path.open("rb") as file:
                file.seek(offset)
                return file.read()
        except FileNotFoundError:
            return b""


def make_folder(folder: Path) -> None:
    """Makes a folder, and those above it, for this user alone."""
    missing = [folder, *folder.parents]
    for parent in reversed(missing[: next((i for i, path in enumerate(missing) if path.is_dir()), len(missing))]):
        parent.mkdir(mode=0o700, exist_ok=True)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Says of what file an error of the system is."""
    try:
        yield
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is no UTF-8"
        raise ProfileError(f"{path}: {why or error}") from error
