"""The handle that the verbs hang on, and how to get one."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, get_args

from agent_hub import limits
from agent_hub.core import Core
from agent_hub.errors import Invalid
from agent_hub.files import Files
from agent_hub.keys import Keys
from agent_hub.profile import Profile, default_folder
from agent_hub.reading import ReadVerbs
from agent_hub.rest import PATIENCE_S, Credentials, Rest
from agent_hub.seal.suite import Suite
from agent_hub.sending import SendVerbs, Unanswered
from agent_hub.session.frames import Positions
from agent_hub.session.notifications import Notifications
from agent_hub.vault import Vault

KeysIn = Literal["files", "memory", "none"]
"""Where an agent's keys are: in its files, in this process alone, or nowhere; then nothing is encrypted or opened."""


class Hub(SendVerbs, ReadVerbs):
    """One agent at its hub; `connect` makes one. All of its tasks share one login."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._unanswered = Unanswered()
        self.keys = Keys(core)
        """The verbs about keys."""

    def __repr__(self) -> str:
        return f"<Hub agent={self.agent!r} url={self.url!r}>"

    @property
    def agent(self) -> str:
        """The agent's name."""
        return self._core.agent

    @property
    def url(self) -> str:
        """The hub's address."""
        return self._core.rest.credentials.url

    def notifications(
        self, *, after: Mapping[str, int] | None = None, epoch: str | None = None, own: bool = False
    ) -> Notifications:
        """Everything that is told to this agent, from its durable cursors on: `async for note in hub.notifications()`.

        `own` adds what this agent itself sent to its channels or to itself. With `after`, by stream, and the `epoch`
        that the numbers belong to, it begins behind those numbers instead, and nothing in those streams is acknowledged
        before the caller acknowledges something there: for a process that must see everything for itself.
        """
        if bool(after) and not epoch:
            raise Invalid("`after` needs the `epoch` that its numbers belong to")
        start = Positions(epoch or "", dict(after or {}))
        for seq in start.after.values():
            if type(seq) is not int or not 0 <= seq <= limits.SEQ_MAX:
                raise Invalid("a position is a number from 0")
        return Notifications(self, self._core, start if start.after else Positions(), own=own)

    async def aclose(self) -> None:
        """Ends its sessions and requests; whoever waits for one gets `Closed`."""
        self._core.is_closed = True
        for notifications in list(self._core.listening):
            await notifications.aclose()
        await self._core.rest.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class Connect:
    """A hub to be: `await` it, or enter it with `async with`, which also closes it."""

    def __init__(self, core: Callable[[], Core], *, replace_keys: bool) -> None:
        self._core, self._replace_keys = core, replace_keys
        self._hub: Hub | None = None

    def __await__(self) -> Generator[None, None, Hub]:
        return self._open().__await__()

    async def __aenter__(self) -> Hub:
        self._hub = await self._open()
        return self._hub

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._hub is not None:
            await self._hub.aclose()

    async def _open(self) -> Hub:
        core = self._core()
        hub = Hub(core)
        try:
            await core.rest.jwt()
            if core.vault is not None:
                await (hub.keys.replace() if self._replace_keys else hub.keys.publish())
        except BaseException:
            await hub.aclose()
            raise
        return hub


def connect(
    profile: str | None = None,
    *,
    url: str | None = None,
    agent: str | None = None,
    api_key: str | None = None,
    folder: str | Path | None = None,
    keys: KeysIn = "files",
    replace_keys: bool = False,
    suite: Suite | Literal["x25519", "xwing"] = Suite.X25519,
    patience: float = PATIENCE_S,
    tls: ssl.SSLContext | None = None,
) -> Connect:
    """Connects as an agent: logs in, and at first use makes and publishes the agent's keys.

    Either the name of a profile of this machine, or `url`, `agent` and `api_key`. `folder` is where the agent's files
    are, in `profiles/` of it: `$AGENT_HUB_DATA_DIR`, else `$XDG_DATA_HOME/agent-hub`, else `~/.local/share/agent-hub`.
    `keys` says where its keys are kept; `suite` what a new encryption key is of; `replace_keys` draws new ones without
    a chain, for keys that were lost: every peer then has to verify the words. `patience` is for how many seconds a
    request is repeated while the hub is not reached or busy. `tls` is for a hub with a certificate of one's own.

    ```python
    async with agent_hub.connect("bob") as hub:
        await hub.send("alice", "hello")
    ```

    Raises `ProfileError`, `Unauthenticated`, `Unreachable`, `KeyConflict`.
    """
    place = default_folder() if folder is None else Path(folder)
    if profile is not None and (url, agent, api_key) == (None, None, None):
        who = Profile.load(profile, place)
    elif profile is None and url is not None and agent is not None and api_key is not None:
        who = Profile(Credentials(url.rstrip("/"), limits.agent(agent), api_key.strip()), place)
    else:
        raise TypeError("connect() takes the name of a profile, or `url`, `agent` and `api_key`")
    if keys not in get_args(KeysIn):
        raise TypeError(f"`keys` is one of {get_args(KeysIn)}")
    drawn = Suite(suite)

    def core() -> Core:
        own = Files(who.folder, who.credentials.agent) if keys == "files" else None
        vault = None if keys == "none" else Vault(who.credentials.agent, own)
        return Core(Rest(who.credentials, patience, tls, who.find_url), vault, drawn)

    return Connect(core, replace_keys=replace_keys)
