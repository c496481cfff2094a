"""Requests: logged in, repeated where that can help, and bounded in time."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar
from urllib.parse import quote, urlencode, urlsplit

import httpx

from agent_hub.backoff import Backoff
from agent_hub.errors import Closed, HubError, Invalid, Unauthenticated, Unreachable, from_answer
from agent_hub.fields import Fields, Foreign, from_json
from agent_hub.login import Jwt

T = TypeVar("T")

PATIENCE_S = 30.0
"""How long a request is repeated, in all."""
_CONNECT_S = 10.0
# A try that is not heard of for so long is given up for another one.
_QUIET_S = 10.0
# Requests under way at once; more of them wait here. Those that the hub holds do not count.
_AT_ONCE = 16
# More than any hub's limit, and less than this machine's memory.
_ANSWER_MAX_BYTES = 256 * 1024 * 1024
_LATER = frozenset({408, 429, 500, 502, 503, 504, 507})
_API_KEY = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks, and where."""

    url: str
    agent: str
    api_key: str = field(repr=False)

    def __post_init__(self) -> None:
        if not _is_address(self.url):
            raise Invalid("the address of a hub is like https://hub.example, without user, password and query")
        if _API_KEY.fullmatch(self.api_key) is None:
            raise Unauthenticated("the API key is none: it is empty, or has characters that no key has")

    @property
    def is_local(self) -> bool:
        """Whether the hub is on this machine, where no proxy can reach it."""
        host = urlsplit(self.url).hostname or ""
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return host == "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request."""

    method: str = "GET"
    path: str
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: bytes | None = field(default=None, repr=False)
    idempotency_key: str | None = None
    traceparent: str | None = None
    held_s: float = 0.0
    """How long the hub may hold it."""

    @classmethod
    def json(
        cls,
        method: str,
        path: str,
        body: object,
        idempotency_key: str | None = None,
        traceparent: str | None = None,
    ) -> Call:
        """A request with a body."""
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(method=method, path=path, body=data, idempotency_key=idempotency_key, traceparent=traceparent)

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{urlencode(self.query, quote_via=quote)}" if self.query else self.path


class _Later(Exception):
    """It may succeed later."""

    def __init__(self, error: HubError) -> None:
        super().__init__(error)
        self.error = error


class Rest:
    """One agent's way to its hub by REST."""

    def __init__(
        self,
        credentials: Credentials,
        patience_s: float,
        tls: ssl.SSLContext | None,
        find_url: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.credentials, self._find_url = credentials, find_url
        self.tls = tls
        if tls is None and credentials.url.startswith("https:"):
            self.tls = httpx.create_ssl_context()
        self._patience_s = patience_s
        self._http = _http(credentials, self.tls)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._jwt: Jwt | None = None
        self._logging_in = asyncio.Lock()
        self._closed = False
        self._under_way: set[asyncio.Timeout] = set()
        self._idle = asyncio.Event()
        self._idle.set()

    async def aclose(self) -> None:
        """Ends what is under way, with `Closed`."""
        self._closed = True
        for limit in self._under_way:
            if not limit.expired():
                limit.reschedule(0)
        await self._idle.wait()
        await self._http.aclose()

    async def call(self, call: Call) -> Fields:
        """Does `call`; the JSON object that was answered."""
        return await self._bounded(lambda: self._call(call), self._patience_s + call.held_s)

    async def jwt(self) -> Jwt:
        """A JWT that is good for a while; logs in if there is none."""
        return await self._bounded(self._fresh_jwt, self._patience_s)

    def forget(self, refused: Jwt) -> None:
        """Forgets a JWT that the hub refused; another that came meanwhile stays."""
        if self._jwt == refused:
            self._jwt = None

    def find_again(self) -> None:
        """A hub of this machine may come back at another address: looks where it says that it is.

        The key goes nowhere that is less safe: to the same host, or to this machine.
        """
        url = self._find_url()
        if url is None or not _is_address(url):
            return
        found, before = replace(self.credentials, url=url.rstrip("/")), self.credentials
        known, new = urlsplit(before.url), urlsplit(found.url)
        if known.scheme == new.scheme and (found.is_local or known.hostname == new.hostname):
            self.credentials = found

    def unreachable(self, why: str) -> Unreachable:
        """The error of a hub that was not reached."""
        return Unreachable(f"the hub at {self.credentials.url} cannot be reached: {why}")

    async def _bounded(self, attempt: Callable[[], Awaitable[T]], limit_s: float) -> T:
        """Repeats `attempt` while it may succeed later, for `limit_s` seconds in all."""
        last: HubError = self.unreachable("it did not answer in time")
        backoff, was_repeated = Backoff.of_requests(), False
        loop = asyncio.get_running_loop()
        end = loop.time() + limit_s
        try:
            async with asyncio.timeout_at(end) as limit:
                with self._counted(limit):
                    while not self._closed:
                        try:
                            return await attempt()
                        except _Later as later:
                            last, was_repeated = later.error, True
                        except HubError as error:
                            error.was_repeated = was_repeated
                            raise
                        pause = backoff.pause() if last.retry_after is None else last.retry_after
                        if loop.time() + pause >= end:
                            break
                        await asyncio.sleep(pause)
                        self.find_again()
        except TimeoutError:
            pass
        raise Closed("the client is closed") if self._closed else last

    @contextmanager
    def _counted(self, limit: asyncio.Timeout) -> Iterator[None]:
        """While it is under way, `aclose` can end it."""
        self._under_way.add(limit)
        self._idle.clear()
        try:
            yield
        finally:
            self._under_way.discard(limit)
            if not self._under_way:
                self._idle.set()

    async def _call(self, call: Call) -> Fields:
        jwt = await self._fresh_jwt()
        try:
            return await self._once(call, jwt)
        except Unauthenticated:
            # Once more with a new one; who is refused then has no good key.
            self.forget(jwt)
            return await self._once(call, await self._fresh_jwt())

    async def _fresh_jwt(self) -> Jwt:
        loop = asyncio.get_running_loop()
        async with self._logging_in:
            if self._jwt is None or loop.time() >= self._jwt.renew_at:
                self._jwt = None
                asked_at = loop.time()
                headers = {"x-api-key": self.credentials.api_key, "username": self.credentials.agent}
                answer = await self._send("POST", "/login", headers, None, 0)
                try:
                    self._jwt = Jwt.from_answer(answer, asked_at)
                except Foreign:
                    raise self._foreign() from None
            return self._jwt

    async def _once(self, call: Call, jwt: Jwt) -> Fields:
        headers = {"x-api-key": self.credentials.api_key, "authorization": f"Bearer {jwt.text}"}
        if call.idempotency_key is not None:
            headers["idempotency-key"] = call.idempotency_key
        if call.traceparent is not None:
            headers["traceparent"] = call.traceparent
        if call.body is not None:
            headers["content-type"] = "application/json"
        if call.held_s:
            return await self._send(call.method, call.target, headers, call.body, call.held_s)
        async with self._turns:
            return await self._send(call.method, call.target, headers, call.body, 0)

    async def _send(
        self, method: str, target: str, headers: dict[str, str], body: bytes | None, held_s: float
    ) -> Fields:
        timeout = httpx.Timeout(_QUIET_S + held_s, connect=_CONNECT_S, pool=None)
        url = self.credentials.url + target
        try:
            async with self._http.stream(method, url, headers=headers, content=body, timeout=timeout) as answer:
                incoming = await self._incoming(answer)
        except httpx.TransportError as error:
            raise _Later(self.unreachable(_reason(error))) from None
        try:
            told = from_json(incoming)
            if answer.is_success:
                return Fields(told)
        except Foreign:
            if answer.is_success:
                raise self._foreign() from None
            told = None
        refused = from_answer(answer.status_code, _retry_after(answer), told)
        raise _Later(refused) if answer.status_code in _LATER else refused

    async def _incoming(self, answer: httpx.Response) -> bytes:
        body = bytearray()
        async for piece in answer.aiter_raw():
            body += piece
            if len(body) > _ANSWER_MAX_BYTES:
                raise self.unreachable("its answer does not end")
        return bytes(body)

    def _foreign(self) -> Unreachable:
        return self.unreachable("its answer is not one of an agent-hub")


def _is_address(url: str) -> bool:
    try:
        parts = httpx.URL(url)
        is_whole = bool(parts.host) and urlsplit(url).port != 0
    except (httpx.InvalidURL, ValueError):
        return False
    # The scheme as it is written: it is also the beginning of the socket's address.
    is_plain = url.startswith(("http://", "https://")) and not (parts.userinfo or parts.query or parts.fragment)
    return is_whole and is_plain


def _http(credentials: Credentials, tls: ssl.SSLContext | None) -> httpx.AsyncClient:
    verify = True if tls is None else tls
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=_AT_ONCE)
    # A transport of its own: the client then looks for no proxy in the environment.
    transport = httpx.AsyncHTTPTransport(verify=verify, limits=limits) if credentials.is_local else None
    return httpx.AsyncClient(verify=verify, transport=transport, limits=limits, headers={"accept-encoding": "identity"})


def _reason(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "it did not answer in time"
    return str(error) or type(error).__name__


def _retry_after(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None


def may_succeed_later(error: HubError) -> bool:
    """Whether another try can help."""
    return isinstance(error, Unreachable) or error.status in _LATER


def escape(part: str) -> str:
    """A part of a path."""
    return quote(part, safe="")
