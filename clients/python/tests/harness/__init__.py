"""The real hub as a process of its own, on either database, and a proxy in front of it."""

from harness.database import DATABASES, Database
from harness.hub import Agent, RunningHub, Start
from harness.listening import nothing_comes, take
from harness.proxy import Mode, Proxy

__all__ = ["DATABASES", "Agent", "Database", "Mode", "Proxy", "RunningHub", "Start", "nothing_comes", "take"]
