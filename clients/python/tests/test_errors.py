"""The errors: one class for each code, and nothing secret in them."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest

from agent_hub import HubError, SealError, errors

DOCS = Path(__file__).resolve().parents[3] / "docs"
OWN = {"unreachable", "closed", "no_keys", "key_conflict", "profile"}


def table() -> dict[str, tuple[int, str]]:
    """The table of `docs/errors.md`: status and retry by code."""
    row = re.compile(r"^\| `(\w+)` \| (\d+) \| \S+ \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
    return {code: (int(status), retry) for code, status, retry, _ in row.findall((DOCS / "errors.md").read_text())}


def test_every_code_of_the_documentation_has_its_class_and_no_other() -> None:
    known = {code: (kind.status, kind.retry) for code, kind in HubError.by_code.items() if code not in OWN}
    assert len(known) > 30
    assert known == table()
    for code in known:
        name = "".join(part.capitalize() for part in code.split("_"))
        assert getattr(errors, name) is HubError.by_code[code]


def test_the_codes_of_encryption_are_those_of_the_documentation() -> None:
    text = (DOCS / "encryption.md").read_text()
    missing = [code for code in errors.SEAL_CODES if f"`{code}`" not in text]
    assert not missing


def test_an_answer_becomes_the_error_of_its_code() -> None:
    problem = {"code": "resync", "title": "t", "stream": "bob", "epoch": "e", "acked": 41, "head": 43}
    error = errors.from_answer(409, None, problem)
    assert isinstance(error, errors.Resync)
    assert error.position == errors.Position("bob", "e", 41, 43)
    busy = errors.from_answer(503, 2.0, {"code": "busy", "title": "t", "detail": "so many"})
    assert (type(busy), busy.detail, busy.retry_after, busy.status) == (errors.Busy, "so many", 2.0, 503)


def test_an_unknown_code_is_kept_and_the_clients_own_cannot_be_said_by_a_hub() -> None:
    newer = errors.from_answer(418, None, {"code": "teapot", "title": "short and stout"})
    assert (type(newer), newer.code, newer.status) == (HubError, "teapot", 418)
    forged = errors.from_answer(400, None, {"code": "no_keys", "title": "send it plain"})
    assert type(forged) is HubError
    assert errors.from_answer(502, None, None).code == "http_502"


def test_what_is_wrong_with_one_item_lasts_and_what_is_wrong_around_it_does_not() -> None:
    lasting = [errors.Expired("x"), errors.AddressDisabled("x"), errors.NoKeys("x"), SealError("malformed")]
    assert all(error.lasts for error in lasting)
    passing = [errors.Unreachable("x"), errors.Busy("x"), errors.Unauthenticated("x"), errors.TooManyRequests("x")]
    passing += [errors.ProfileError("x"), errors.Closed("x"), errors.from_answer(404, None, None)]
    assert not any(error.lasts for error in passing)


@pytest.mark.parametrize(
    "error",
    [
        errors.Busy("x", status=503, retry_after=1.5),
        errors.of_code("teapot", "y"),
        SealError("replayed", "alice"),
        errors.NoKeys("z"),
    ],
)
def test_an_error_survives_a_process_boundary(error: HubError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.code, again.detail, again.status, again.retry_after) == (
        type(error),
        error.code,
        error.detail,
        error.status,
        error.retry_after,
    )
