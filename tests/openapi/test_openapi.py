"""Whether `/openapi.json` is true: schemathesis asks the hub, with every check that it has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Agent, Hub

HERE = Path(__file__).parent
# Far more than it takes: what hangs fails.
LIMIT_S = 240


def test_the_description_is_true(hub: Hub, tester: Agent, tmp_path: Path) -> None:
    for file in ("schemathesis.toml", "hooks.py"):
        shutil.copy(HERE / file, tmp_path)
    (tmp_path / "tokens.txt").write_text("\n".join(f'"{token}"' for token in tester.tokens))
    command = [str(Path(sys.executable).with_name("st")), "run"]
    command += [f"{hub.url}/openapi.json", "--checks", "all", "--no-color"]
    credentials = {"HUB_API_KEY": tester.api_key, "HUB_JWT": tester.jwt}
    done = subprocess.run(
        command, env=os.environ | credentials, cwd=tmp_path, timeout=LIMIT_S, text=True, stdout=subprocess.PIPE
    )
    print(done.stdout)
    assert done.returncode == 0
    assert tester.send("GET", "/secure/agents/me")["name"] == "tester"
    assert "a request failed" not in hub.log(), hub.log()
