"""Hubs for the tests: one for all that only use it, and one for each that kills it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from harness import DATABASES, Database, RunningHub, Start


@pytest.fixture(scope="session", params=DATABASES)
def hub(request: pytest.FixtureRequest) -> Iterator[RunningHub]:
    """A hub that many tests share; each makes agents of its own."""
    running = RunningHub(request.param)
    yield running
    running.close()


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> Database:
    """Both databases, one after the other."""
    kind: Database = request.param
    return kind


@pytest.fixture
def own_hub(database: Database) -> Iterator[Start]:
    """Starts a hub of the test's own, with flags of its own, on either database."""
    with starting(database) as start:
        yield start


@pytest.fixture
def lone_hub() -> Iterator[Start]:
    """The same, for what happens before anything reaches a database: on the embedded one."""
    with starting("sqlite") as start:
        yield start


@contextmanager
def starting(database: Database) -> Iterator[Start]:
    started: list[RunningHub] = []

    def start(*flags: str) -> RunningHub:
        started.append(RunningHub(database, *flags))
        return started[-1]

    try:
        yield start
    finally:
        for running in started:
            running.close()
