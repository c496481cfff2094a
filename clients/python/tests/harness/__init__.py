"""The real hub as a process of its own, on either database, and a proxy in front of it."""

from harness.database import DATABASES, Database
from harness.hub import Agent, RunningHub
from harness.proxy import Mode, Proxy

__all__ = ["DATABASES", "Agent", "Database", "Mode", "Proxy", "RunningHub"]
