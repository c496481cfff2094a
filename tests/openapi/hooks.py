"""What schemathesis cannot know of the hub."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import schemathesis

# What the test itself asks with: were it disabled, every answer after it would be 401.
OWN = "tester"
TOKEN = Path("tokens.txt").read_text().split()[0].strip('"')
EXAMPLE_KEY = "8d0f2c7e"
NUMBERS = itertools.count()
# Rules between parameters, or about what exists, that no schema can say: what `detail` tells of them.
BEYOND_SCHEMAS = {
    "GET /secure/inbox": "parameter `after` needs",
    "GET /secure/channels/{name}/members": "there is no such agent",
    "GET /secure/status/{token}": "there is no such agent",
    "GET /admin/agents": "pages go on by name alone",
}


def is_positive(case: Any) -> bool:
    """Whether the description calls the request well formed."""
    return case.meta is not None and bool(case.meta.generation.mode.is_positive)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Keeps the test's own agent alive, waits for nothing, and answers an item that there is."""
    if case.path.startswith("/admin/agents/{name}/") and case.path_parameters.get("name") == OWN:
        case.path_parameters["name"] = "bob"
    if case.path == "/secure/inbox" and is_positive(case) and "wait" in (case.query or {}):
        case.query["wait"] = min(int(case.query["wait"]), 1)
    if is_positive(case) and isinstance(case.body, dict):
        case.body = {name: written(value) for name, value in case.body.items()}
    if case.path == "/secure/agent/publish" and is_positive(case):
        if "reply_to" in case.body:
            case.body["reply_to"] = TOKEN
        # A key belongs to one request: the example that all would share says nothing more after the first.
        if case.headers.get("Idempotency-Key") == EXAMPLE_KEY:
            case.headers["Idempotency-Key"] = f"key-{next(NUMBERS)}"


def written(value: Any) -> Any:
    """JSON Schema calls `1.0` an integer; the hub, like most who read JSON, does not (`tests/vectors/frames.json`)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


@schemathesis.check
def well_formed_is_not_malformed(ctx: Any, response: Any, case: Any) -> None:
    """What the description calls well formed is refused for other reasons than its form."""
    if not is_positive(case) or response.status_code not in (400, 422):
        return
    told = response.json()
    beyond = BEYOND_SCHEMAS.get(case.operation.label)
    if told["code"] in ("bad_request", "invalid") and not (beyond and beyond in told["detail"]):
        raise AssertionError(f"well formed, and refused: {response.text}")
