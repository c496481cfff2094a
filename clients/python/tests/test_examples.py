"""Every example of the README, of the docstrings and of `docs/clients.md` runs as it is printed."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import os
import pkgutil
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

import pytest

import agent_hub
from harness import RunningHub, Start

PACKAGE = Path(__file__).resolve().parents[1]
README = (PACKAGE / "README.md").read_text()
CLIENTS = (PACKAGE.parents[1] / "docs" / "clients.md").read_text()
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def programs(text: str) -> list[str]:
    """The examples that are whole programs."""
    return [code for language, code in BLOCK.findall(text) if language == "python" and "asyncio.run(" in code]


def tour() -> list[tuple[str, str]]:
    """The other examples of the README, in their order, each with what it prints."""
    blocks = BLOCK.findall(README)
    following = [*blocks[1:], ("", "")]
    return [
        (code, printed if kind == "text" else "")
        for (language, code), (kind, printed) in zip(blocks, following, strict=True)
        if language == "python" and "asyncio.run(" not in code
    ]


def docstrings() -> Iterator[tuple[str, str]]:
    """The examples in docstrings, and where each is."""
    modules = [agent_hub]
    modules += [import_module(found.name) for found in pkgutil.walk_packages(agent_hub.__path__, "agent_hub.")]
    for module in modules:
        places = [
            module,
            *(of for _, of in inspect.getmembers(module) if getattr(of, "__module__", "") == module.__name__),
        ]
        for place in places:
            for language, code in BLOCK.findall(inspect.getdoc(place) or ""):
                assert language == "python", place
                yield f"{module.__name__}:{getattr(place, '__qualname__', 'module')}", code


async def run(code: str, names: dict[str, object]) -> None:
    """Runs an example as `python -m asyncio` does."""
    done = eval(compile(code, "example", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), names)
    if done is not None:
        await done


@pytest.fixture
def alice_and_bob(lone_hub: Start, monkeypatch: pytest.MonkeyPatch) -> RunningHub:
    """A hub with agents of just these names, whose profiles are on this machine."""
    running = lone_hub()
    for name in ("alice", "bob"):
        running.command("agent", "add", name)
    monkeypatch.setenv("AGENT_HUB_DATA_DIR", str(running.folder))
    return running


@asynccontextmanager
async def running_program(code: str) -> AsyncIterator[asyncio.StreamReader]:
    """A program in a process of its own; what it prints."""
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "-c", code, env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield process.stdout
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def keys_of(agent: str) -> None:
    """Bob has run before: until then nothing can be encrypted for him."""
    async with agent_hub.connect(agent):
        pass


@pytest.mark.parametrize(
    "listener",
    [*programs(README)[:1], *programs(CLIENTS), *programs(agent_hub.__doc__ or "")],
    ids=["README", "docs", "module"],
)
async def test_the_two_programs_find_each_other(alice_and_bob: RunningHub, listener: str) -> None:
    await keys_of("bob")
    async with agent_hub.connect("alice") as alice:
        await alice.send("bob", "YWhlbnYxAAAA", name="trouble", plain=True)
    sender = programs(README)[1]
    async with running_program(listener) as bob, running_program(sender) as alice:
        # What cannot be opened is told of, and stops nobody.
        assert b"well-formed envelope" in await bob.readline()
        assert await bob.readline() == b"alice greeting hello, bob\n"
        assert await alice.read() == b"bob got 10 bytes\n"


async def test_the_tour_prints_what_it_says(alice_and_bob: RunningHub) -> None:
    names: dict[str, object] = {}
    assert len(tour()) > 8
    for code, printed in tour():
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown):
            await run(code, names)
        assert shown.getvalue() == printed, code


@pytest.mark.parametrize(("place", "code"), [pytest.param(*example, id=example[0]) for example in docstrings()])
async def test_the_examples_of_docstrings_run(alice_and_bob: RunningHub, place: str, code: str) -> None:
    async with agent_hub.connect("alice") as alice, agent_hub.connect("bob") as bob:
        if "asyncio.run(" in code:
            assert code in programs(agent_hub.__doc__ or ""), "run above"
            return
        sent = await alice.send("bob", "x")
        running = asyncio.create_task(run(code, {"agent_hub": agent_hub, "hub": bob}))
        if "notifications()" in code:
            async with asyncio.timeout(10):
                while not (await alice.status(sent.token)).to[0].acked:
                    await asyncio.sleep(0.05)
            running.cancel()
        await asyncio.wait([running])
        assert running.cancelled() or running.exception() is None


def test_every_verb_is_in_an_example_of_the_readme() -> None:
    verbs = [name for name in dir(agent_hub.Hub) if not name.startswith("_")]
    verbs += [f"keys.{name}" for name in dir(agent_hub.Keys) if not name.startswith("_")]
    code = "\n".join(code for language, code in BLOCK.findall(README) if language == "python")
    missing = [verb for verb in verbs if f".{verb}" not in code]
    assert missing == ["agent", "url"], "who one is and where is told of in docstrings alone"
