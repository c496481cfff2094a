"""A hub that runs on its embedded database, where something has happened."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


class Hub:
    """A hub of this test's own. `AGENT_HUB_BIN` names its program."""

    def __init__(self, folder: Path) -> None:
        program = os.environ.get("AGENT_HUB_BIN")
        if not program:
            raise RuntimeError("set AGENT_HUB_BIN to the hub's program: these tests run against the real one")
        self._program = program
        self._folder = folder
        self._environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "AGENT_HUB_DATA_DIR": str(folder)}
        with (folder / "log").open("w") as log:
            self._process = self._start(log)
        assert self._process.stdout is not None
        listens = next((line for line in self._process.stdout if "listens on http://" in line), None)
        assert listens is not None, self.log()
        self.url = "http://" + listens.split("http://")[1].split()[0]

    def _start(self, log: Any) -> subprocess.Popen[str]:
        command = [self._program, "serve", "--listen", "127.0.0.1:0"]
        return subprocess.Popen(
            command, env=self._environment, cwd=self._folder, stdout=subprocess.PIPE, stderr=log, text=True
        )

    def add(self, name: str, role: str = "agent") -> Agent:
        """Makes an agent and logs it in."""
        command = [self._program, "agent", "add", name, "--role", role]
        done = subprocess.run(
            command, env=self._environment, cwd=self._folder, check=True, timeout=30, text=True, capture_output=True
        )
        return Agent(self.url, name, done.stdout.strip())

    def log(self) -> str:
        """What it has logged."""
        return (self._folder / "log").read_text()

    def close(self) -> None:
        """Ends it."""
        self._process.kill()
        self._process.wait()


class Agent:
    """An agent that has logged in."""

    def __init__(self, url: str, name: str, api_key: str) -> None:
        self.url = url
        self.tokens: list[str] = []
        self.listens: list[socket.socket] = []
        self.api_key = api_key
        self.jwt = ask(url, "POST", "/login", {"x-api-key": api_key, "username": name})["token"]

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """The answer to a request that must be taken."""
        credentials = {"x-api-key": self.api_key, "authorization": f"Bearer {self.jwt}"}
        return ask(self.url, method, path, credentials, body)


def ask(url: str, method: str, path: str, headers: dict[str, str], body: Any = None) -> Any:
    """The JSON of an answer that is no refusal."""
    data = None if body is None else json.dumps(body).encode()
    headers = headers if body is None else headers | {"content-type": "application/json"}
    request = urllib.request.Request(url + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


@pytest.fixture(scope="session")
def hub() -> Iterator[Hub]:
    """One hub for all of these tests."""
    with tempfile.TemporaryDirectory(prefix="agent-hub-openapi-") as folder:
        running = Hub(Path(folder))
        yield running
        running.close()


@pytest.fixture(scope="session")
def tester(hub: Hub) -> Agent:
    """An operator of the test's own, in a hub with agents, channels and items."""
    tester = hub.add("tester", "operator")
    bob = hub.add("bob")
    hub.add("alice")
    hub.add("carol")
    tester.send("POST", "/secure/channels", {"name": "research"})
    bob.send("POST", "/secure/channels", {"name": "closed", "closed": True})
    bob.send("PUT", "/secure/agents/me/keys", {"sign": "…", "enc": "…"})
    bob.send("PUT", "/secure/channels/research/membership")
    tester.listens = [listen(tester) for _ in range(4)]
    for number in range(40):
        publisher = tester if number % 2 else bob
        body = {
            "name": f"item {number}",
            "data": "d",
            "to": ["tester", "bob", "#research"],
            "one_time": number % 5 == 0,
        }
        if tester.tokens and number % 3 == 0:
            body["reply_to"] = tester.tokens[-1]
        tester.tokens.append(publisher.send("POST", "/secure/agent/publish", body)["token"])
    return tester


def listen(agent: Agent) -> socket.socket:
    """A session of the agent, which nobody reads from."""
    address = agent.url.removeprefix("http://")
    host, port = address.split(":")
    line = socket.create_connection((host, int(port)), timeout=10)
    line.sendall(
        f"GET /secure/ws HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        f"x-api-key: {agent.api_key}\r\nAuthorization: Bearer {agent.jwt}\r\n\r\n".encode()
    )
    hello = b'{"type":"hello"}'
    # A text frame, masked with zeros.
    line.sendall(bytes([0x81, 0x80 | len(hello), 0, 0, 0, 0]) + hello)
    told = b""
    while b"welcome" not in told:
        told += line.recv(4096)
    return line
