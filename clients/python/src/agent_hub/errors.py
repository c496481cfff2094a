"""What can go wrong: one class for each code of `docs/errors.md`, and those of the client's own.

A class statement is a line of the table: the hub's stable code, its HTTP status, and what a client should do. An answer
becomes the error of its code; a code that is not known yet, of a newer hub, becomes a plain `HubError`.

No error holds a key, a JWT or a body.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

Retry = Literal["no", "log in again", "later", "with the same key", "from the answer"]
"""What a client should do about an error, in the words of `docs/errors.md`."""


class HubError(Exception):
    """What every error of this package is.

    `code` is stable, decide by it or by the class; `status` is the HTTP status, 0 for errors of the client's own;
    `detail` is for people; `retry_after` is how many seconds the hub asked to wait, if it did.
    """

    code: str = "error"
    status: int = 0
    retry: ClassVar[Retry] = "no"
    retry_after: float | None = None
    was_repeated: bool = False
    """An earlier try of the same request was not answered: that one may have done it."""

    by_code: ClassVar[dict[str, type[HubError]]] = {}
    """The class of each code."""

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        if code is not None:
            self.code = code
        if status is not None:
            self.status = status
        self.retry_after = retry_after

    def __init_subclass__(cls, code: str | None = None, status: int = 0, retry: Retry = "no") -> None:
        super().__init_subclass__()
        if code is not None:
            cls.code, cls.status, cls.retry = code, status, retry
            HubError.by_code[code] = cls

    @property
    def lasts(self) -> bool:
        """Whether the same call fails whenever it is made.

        It is refused for what the item or its addressee is, not for the connection, the hub, the login or this machine.
        Whoever reads note after note is done with one that fails so.
        """
        return 400 <= self.status < 500 and self.status not in (401, 408, 429) and not self.code.startswith("http_")

    @property
    def detail(self) -> str:
        """What was wrong this time, for people."""
        return str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        return (_made_again, (type(self), self.args, self.__dict__))


class BadRequest(HubError, code="bad_request", status=400):
    """The request is not well formed."""


class BadFrame(HubError, code="bad_frame", status=400):
    """The frame is not one of this protocol."""


class Unauthenticated(HubError, code="unauthenticated", status=401, retry="log in again"):
    """The credentials are missing, wrong, expired or revoked."""


class Forbidden(HubError, code="forbidden", status=403):
    """This agent may not do that."""


class OriginRefused(HubError, code="origin_refused", status=403):
    """A page of this origin may not open a socket here."""


class NotMember(HubError, code="not_member", status=403):
    """Only members may do that in this channel."""


class NotFound(HubError, code="not_found", status=404):
    """There is nothing here for you."""


class MethodNotAllowed(HubError, code="method_not_allowed", status=405):
    """This route does not know that method."""


class RequestTimeout(HubError, code="request_timeout", status=408, retry="later"):
    """The request did not arrive in time."""


class HelloTimeout(HubError, code="hello_timeout", status=408, retry="later"):
    """No hello came in time."""


class Silent(HubError, code="silent", status=408, retry="later"):
    """Nothing was heard from the peer, not even a pong."""


@dataclass(frozen=True, slots=True)
class Position:
    """From where to go on after a position became void."""

    stream: str
    epoch: str
    acked: int
    head: int


class Resync(HubError, code="resync", status=409, retry="from the answer"):
    """The position is of another epoch or beyond the head."""

    position: Position | None = None
    """From where to go on."""


class BeyondHead(HubError, code="beyond_head", status=409):
    """There is no such entry yet, so it cannot be acknowledged."""


class IdempotencyMismatch(HubError, code="idempotency_mismatch", status=409):
    """This Idempotency-Key was used for another request."""


class NameTaken(HubError, code="name_taken", status=409):
    """This name is taken; names are never given again."""


class LastOperator(HubError, code="last_operator", status=409):
    """The last operator stays one."""


class OwnerStays(HubError, code="owner_stays", status=409):
    """The owner of a channel stays its member."""


class Expired(HubError, code="expired", status=410):
    """The item's time is over and its data is gone."""


class Withdrawn(HubError, code="withdrawn", status=410):
    """The publisher withdrew the item and its data is gone."""


class Consumed(HubError, code="consumed", status=410):
    """The one-time item has been read and its data is gone."""


class TooLarge(HubError, code="too_large", status=413):
    """The request is larger than the hub takes."""


class TooLargeForSocket(HubError, code="too_large_for_socket", status=413):
    """The data is too large for the socket; use REST."""


class UriTooLong(HubError, code="uri_too_long", status=414):
    """The path or query is too long."""


class UnsupportedMediaType(HubError, code="unsupported_media_type", status=415):
    """Bodies are JSON, not compressed."""


class Invalid(HubError, code="invalid", status=422):
    """A field or parameter has a value that is not allowed."""


class UnknownAddress(HubError, code="unknown_address", status=422):
    """There is no such agent or channel."""


class AddressDisabled(HubError, code="address_disabled", status=422):
    """The agent or channel is disabled."""


class UpgradeRequired(HubError, code="upgrade_required", status=426):
    """This route is a WebSocket."""


class TooManyRequests(HubError, code="too_many_requests", status=429, retry="later"):
    """Too many requests in too short a time."""


class TooManySessions(HubError, code="too_many_sessions", status=429, retry="later"):
    """The agent holds as many sessions as it may."""


class SessionCut(HubError, code="session_cut", status=503, retry="later"):
    """An operator cut this session."""


class Internal(HubError, code="internal", status=500, retry="later"):
    """A fault of the hub; it is in the hub's log under the request's id."""


class Unavailable(HubError, code="unavailable", status=503, retry="later"):
    """The database cannot be reached, or not trusted, just now."""


class Busy(HubError, code="busy", status=503, retry="later"):
    """More is waiting than the hub takes."""


class OutcomeUnknown(HubError, code="outcome_unknown", status=503, retry="with the same key"):
    """The database did not say whether this was stored."""


class ShuttingDown(HubError, code="shutting_down", status=503, retry="later"):
    """The hub is restarting."""


class StorageFull(HubError, code="storage_full", status=507, retry="later"):
    """The database has no room left."""


class ClientError(HubError):
    """An error of the client's own: its `status` is 0."""


class Unreachable(ClientError, code="unreachable", retry="later"):
    """The hub was not reached, or did not answer in time; whether it did what was asked is not known."""


class Closed(ClientError, code="closed"):
    """The client was closed."""


class NoKeys(ClientError, code="no_keys"):
    """An agent has published no keys, so that nothing can be encrypted for it."""

    @property
    def lasts(self) -> bool:
        """Who has none yet may have some later; whoever answers note after note does not wait for that."""
        return True


class KeyConflict(ClientError, code="key_conflict"):
    """The directory has other keys for this agent than its file."""


class ProfileError(ClientError, code="profile"):
    """A file of the agent cannot be read or written, or is not what it should be."""


SEAL_CODES: Mapping[str, str] = {
    "malformed": "the data is not a well-formed envelope",
    "unknown_version": "the envelope is of a version that this client does not know",
    "unknown_sender": "the sender has published no keys",
    "bad_signature": "the signature is not by the sender's known key: do not trust this message",
    "wrong_hub": "the message was sealed for another hub",
    "not_for_me": "the message was sealed for others",
    "unknown_key": "the message was sealed for a key that this agent does not have",
    "bad_wrap": "the content key cannot be unwrapped",
    "bad_commit": "the content key is not the one that the sender committed to",
    "bad_body": "the body was changed",
    "wrong_from": "the hub attributes the message to somebody else than its signer",
    "wrong_name": "the hub tells another name than the sender gave",
    "wrong_reply_to": "the hub says that this answers something else than the sender said",
    "replayed": "this is a copy of a message that was opened before",
    "bad_bundle": "the published keys are not well formed, or not signed by themselves",
    "key_changed": "the keys were changed without a chain from the known ones: compare words before trusting them",
    "key_rolled_back": "the hub offers older keys than are known",
}
"""The codes of `SealError`, and what each means."""


class SealError(ClientError):
    """An envelope was not opened, or keys were not believed; `code` is one of `SEAL_CODES`."""

    def __init__(self, code: str, about: str = "", *, told: str | None = None) -> None:
        detail = told or SEAL_CODES[code]
        super().__init__(f"{about}: {detail}" if about else detail, code=code)

    @property
    def lasts(self) -> bool:
        """The same envelope is never better."""
        return True


def _made_again(kind: type[HubError], args: tuple[Any, ...], fields: dict[str, Any]) -> HubError:
    """Unpickles an error: `__init__` differs from class to class."""
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(fields)
    return error


def from_answer(status: int, retry_after: float | None, problem: object) -> HubError:
    """The error of an answer that is no success; `problem` is its JSON, or `None` where it has none."""
    if not isinstance(problem, Mapping) or not isinstance(problem.get("code"), str):
        # Something between client and hub answered.
        return HubError(f"HTTP status {status}", code=f"http_{status}", status=status, retry_after=retry_after)
    return of_code(problem["code"], problem.get("detail") or problem.get("title"), status, retry_after, problem)


def of_code(
    code: str,
    detail: object = None,
    status: int | None = None,
    retry_after: float | None = None,
    problem: Mapping[str, object] | None = None,
) -> HubError:
    """The error of a code that the hub said, in an answer or in a frame."""
    kind = HubError.by_code.get(code, HubError)
    if issubclass(kind, ClientError):
        # A hub cannot say for the client what only the client knows.
        kind = HubError
    told = detail if isinstance(detail, str) else (kind.__doc__ or code)
    error = kind(told, code=code, status=status, retry_after=retry_after)
    if isinstance(error, Resync) and problem is not None:
        error.position = _position(problem)
    return error


def _position(problem: Mapping[str, object]) -> Position | None:
    stream, epoch, acked, head = (problem.get(name) for name in ("stream", "epoch", "acked", "head"))
    if isinstance(stream, str) and isinstance(epoch, str) and type(acked) is int and type(head) is int:
        return Position(stream, epoch, acked, head)
    return None
