"""Profiles: who an agent is on this machine. The command line and the libraries of other languages share them."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent_hub import files, limits
from agent_hub.errors import ProfileError
from agent_hub.fields import Fields, Foreign, from_json
from agent_hub.rest import Credentials

DEFAULT_URL = "http://127.0.0.1:3000"
"""Where a hub is that nobody said anything else about."""
_HUB_URL = "hub.url"


@dataclass(frozen=True, slots=True)
class Profile:
    """An agent's credentials, and the folder of its files."""

    credentials: Credentials
    folder: Path
    is_elsewhere: bool = True
    """It names its hub; else it is of the hub of its folder."""

    def find_url(self) -> str | None:
        """Where the hub of this machine says that it is; `None` if it says nothing, or the profile names its hub."""
        if self.is_elsewhere:
            return None
        with suppress(ProfileError):
            return (files.read(self.folder / _HUB_URL) or "").strip() or None
        return None

    @classmethod
    def load(cls, agent: str, folder: Path) -> Profile:
        """The profile of `agent` in `profiles/` of `folder`.

        Raises `ProfileError`: there is none, or it cannot be read.
        """
        path = files.Files(folder, limits.agent(agent)).path(".json")
        text = files.read(path)
        if text is None:
            raise ProfileError(f"{path}: there is no such profile; `agent-hub agent add {agent}` makes one")
        try:
            fields = Fields(from_json(text))
            name, api_key, url = fields.text("agent"), fields.text("api_key"), fields.find_text("hub")
        except Foreign:
            raise ProfileError(f"{path}: is not a profile") from None
        if name != agent:
            raise ProfileError(f"{path}: is the profile of another agent")
        credentials = Credentials((url or _local_hub(folder)).rstrip("/"), agent, api_key)
        return cls(credentials, folder, is_elsewhere=url is not None)


def default_folder() -> Path:
    """`$AGENT_HUB_DATA_DIR`, else `$XDG_DATA_HOME/agent-hub`, else `~/.local/share/agent-hub`."""
    own, data = os.environ.get("AGENT_HUB_DATA_DIR"), os.environ.get("XDG_DATA_HOME")
    if own:
        return Path(own)
    return (Path(data) if data else Path.home() / ".local" / "share") / "agent-hub"


def _local_hub(folder: Path) -> str:
    """The address of the hub whose folder this is, as it wrote it when it last started."""
    return (files.read(folder / _HUB_URL) or DEFAULT_URL).strip()
