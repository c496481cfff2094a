"""A hub that runs, is killed and started again, and its agents."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import agent_hub
from harness.database import Database, environment, setting

Start = Callable[..., "RunningHub"]
"""Starts a hub with flags of its own."""

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Agent:
    """An agent that was made, and the folder of its files."""

    name: str
    api_key: str
    url: str
    folder: Path

    def connect(self, **options: Any) -> agent_hub.Connect:
        """As this agent; the options are those of `agent_hub.connect`."""
        known: dict[str, Any] = {"url": self.url, "agent": self.name, "api_key": self.api_key, "folder": self.folder}
        return agent_hub.connect(**(known | options))


class RunningHub:
    """One hub, on a free port, with a database of its own."""

    def __init__(self, database: Database, *flags: str) -> None:
        self._program = setting("AGENT_HUB_BIN", "the hub's program")
        self._flags = flags
        self.folder = Path(tempfile.mkdtemp(prefix="agent-hub-python-"))
        self._environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AGENT_HUB_", "DATABASE_", "JWT_"))
        }
        self._environment |= environment(database) | {"AGENT_HUB_DATA_DIR": str(self.folder), "AGENT_HUB_LOG": "warn"}
        self._listen = "127.0.0.1:0"
        self._process: subprocess.Popen[str] | None = None
        self.start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{self._listen}"

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, port = self._listen.split(":")
        return host, int(port)

    def start(self, *flags: str) -> None:
        """Starts it; at the address that it had before."""
        command = [self._program, "serve", "--listen", self._listen, *self._flags, *flags]
        with (self.folder / "log").open("a") as log:
            self._process = subprocess.Popen(
                command, env=self._environment, stdout=subprocess.PIPE, stderr=log, cwd=self.folder, text=True
            )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "listens on http://" in line:
                self._listen = line.split("http://")[1].split()[0]
                return
        raise RuntimeError(f"the hub did not start:\n{(self.folder / 'log').read_text()}")

    def stop(self) -> None:
        """Asks it to end, and waits until it has."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it without a word."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Killed, and started again."""
        self.kill()
        self.start()

    def restart_elsewhere(self) -> None:
        """Killed, and started again at an address that it had not before."""
        self.kill()
        self._listen = "127.0.0.1:0"
        self.start()

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=20)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def close(self) -> None:
        """Ends it for good."""
        self.kill()
        shutil.rmtree(self.folder)

    def command(self, *arguments: str) -> str:
        """Runs the command line on this hub's database; what it printed."""
        done = subprocess.run(
            [self._program, *arguments],
            env=self._environment,
            cwd=self.folder,
            check=True,
            timeout=30,
            text=True,
            capture_output=True,
        )
        return done.stdout.strip()

    def agent(self, name: str) -> Agent:
        """Makes an agent, whose name begins so."""
        name = f"{name}-{next(_numbers)}"
        return Agent(name, self.command("agent", "add", name), self.url, self.folder / "files")

    def agents(self, *names: str) -> list[Agent]:
        """Makes several."""
        return [self.agent(name) for name in names]
