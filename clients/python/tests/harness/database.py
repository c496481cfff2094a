"""The database of one hub: made for it."""

from __future__ import annotations

import os
import subprocess
import uuid
from typing import Literal
from urllib.parse import urlsplit

Database = Literal["sqlite", "mariadb"]
DATABASES: tuple[Database, ...] = ("sqlite", "mariadb")

_JWT_SECRET = "a-secret-that-only-these-tests-know-0123456789"


def setting(name: str, meaning: str) -> str:
    """A setting that the tests cannot do without: none of them is skipped."""
    value = os.environ.get(name)
    if not value:
        raise RuntimeError(f"set {name} to {meaning}: these tests run against the real hub, on both databases")
    return value


def environment(database: Database) -> dict[str, str]:
    """The environment that makes a hub use a fresh database of its own."""
    if database == "sqlite":
        return {}
    server = setting("AGENT_HUB_TEST_MYSQL", "a MariaDB such as mysql://root@127.0.0.1:3306")
    where = urlsplit(server)
    name = f"python_{uuid.uuid4().hex}"
    command = ["mariadb", "--no-defaults", f"--user={where.username or 'root'}", f"--host={where.hostname}"]
    command += [f"--port={where.port or 3306}", "--execute", f"CREATE DATABASE {name}"]
    subprocess.run(command, check=True, timeout=30)
    return {"DATABASE_URL": f"{server.rstrip('/')}/{name}", "JWT_SECRET": _JWT_SECRET}
