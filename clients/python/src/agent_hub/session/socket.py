"""One socket: opened, welcomed, read, until it ends; and what its end means for the next one."""

from __future__ import annotations

import asyncio
import logging
from enum import Enum, auto

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from agent_hub import errors
from agent_hub.errors import HubError
from agent_hub.fields import Foreign, from_json
from agent_hub.limits import Limits
from agent_hub.login import Jwt
from agent_hub.rest import Rest
from agent_hub.session import frames
from agent_hub.session.frames import HubFrame, Positions, Refused, Welcome

# How long the upgrade and the welcome may take together.
_OPEN_S = 10.0
# How long a polite end may take.
_CLOSE_S = 1.0
_MESSAGE_MAX_BYTES = 1024 * 1024

# The library would log the headers of the upgrade, which are secret, where somebody sets everything to DEBUG.
_log = logging.getLogger("agent_hub.websockets")
_log.setLevel(logging.INFO)


class After(Enum):
    """What comes after the end of a socket."""

    LOG_IN = auto()
    """Log in, and come back at once."""
    RESTART = auto()
    """The hub restarts."""
    STREAMS = auto()
    """The agent is no longer in one of the streams: find out which are left."""
    GAP = auto()
    """Come back from the positions, at once."""
    PAUSE = auto()
    """Come back after a pause."""


class End(Exception):
    """A socket ended, or did not come to be. An end after which coming back would not help is a `HubError` instead."""

    def __init__(self, after: After, error: HubError | None = None) -> None:
        super().__init__(after, error)
        self.after, self.error = after, error


class Socket:
    """A socket that was welcomed."""

    def __init__(self, rest: Rest, connection: ClientConnection, welcome: Welcome) -> None:
        self.welcome = welcome
        self._rest, self._connection = rest, connection
        self._interval_s = max(1, welcome.ping_interval_s)

    @classmethod
    async def open(cls, rest: Rest, jwt: Jwt, positions: Positions) -> Socket:
        """Opens a socket and says hello, from these positions on."""
        try:
            async with asyncio.timeout(_OPEN_S):
                connection = await _connect(rest, jwt)
                try:
                    return cls(rest, connection, await _hello(rest, connection, positions))
                except BaseException:
                    connection.transport.abort()
                    raise
        except TimeoutError:
            raise End(After.PAUSE, rest.unreachable("it did not say welcome in time")) from None

    async def say(self, frame: str) -> None:
        """Says one frame."""
        try:
            await self._connection.send(frame)
        except ConnectionClosed as closed:
            raise _end_of(self._rest, closed) from None

    async def hear(self) -> HubFrame | None:
        """The next frame; `None` for one that is not understood. Asks a silent hub once whether it is still there."""
        for is_last in (False, True):
            try:
                async with asyncio.timeout(self._interval_s):
                    return await _hear(self._rest, self._connection)
            except TimeoutError:
                if not is_last:
                    await self.say(frames.PING)
        raise End(After.PAUSE, self._rest.unreachable("nothing is heard from it"))

    async def close(self) -> None:
        """Ends it, politely if that does not take long."""
        try:
            await self._connection.close()
        finally:
            self._connection.transport.abort()


async def ask_limits(rest: Rest) -> Limits:
    """What the hub's operator allows: it tells that only to a session."""
    socket = await Socket.open(rest, await rest.jwt(), Positions())
    await socket.close()
    return socket.welcome.limits


class _Connect(connect):
    def process_redirect(self, exc: Exception) -> Exception:
        """A hub redirects nobody, and the credentials are for nobody else."""
        return exc


async def _connect(rest: Rest, jwt: Jwt) -> ClientConnection:
    who = rest.credentials
    try:
        return await _Connect(
            # `http` becomes `ws`, `https` becomes `wss`.
            who.url.replace("http", "ws", 1) + "/secure/ws",
            additional_headers={"x-api-key": who.api_key, "authorization": f"Bearer {jwt.text}"},
            compression=None,
            proxy=None if who.is_local else True,
            ssl=rest.tls,
            max_size=_MESSAGE_MAX_BYTES,
            open_timeout=None,
            close_timeout=_CLOSE_S,
            # The hub pings; who is silent is asked with a frame.
            ping_interval=None,
            logger=_log,
        )
    except InvalidStatus as refused:
        raise _end_of_upgrade(refused) from None
    except (OSError, WebSocketException) as error:
        raise End(After.PAUSE, rest.unreachable(str(error) or type(error).__name__)) from None


def _end_of_upgrade(refused: InvalidStatus) -> End | HubError:
    answer = refused.response
    try:
        problem = from_json(bytes(answer.body or b""))
    except Foreign:
        problem = None
    error = errors.from_answer(answer.status_code, None, problem)
    if answer.status_code == 401:
        return End(After.LOG_IN, error)
    # A wrong address, or a proxy that lets no sockets through, may be mended; the rest is this client's fault.
    return error if answer.status_code in (400, 403) else End(After.PAUSE, error)


async def _hello(rest: Rest, connection: ClientConnection, positions: Positions) -> Welcome:
    try:
        await connection.send(frames.hello(positions))
    except ConnectionClosed as closed:
        raise _end_of(rest, closed) from None
    while True:
        match await _hear(rest, connection):
            case Welcome() as welcome:
                return welcome
            case Refused(code="not_found"):
                raise End(After.STREAMS)
            case Refused(code, detail):
                error = errors.of_code(code, detail)
                match error.retry:
                    case "no":
                        raise error
                    case "log in again":
                        raise End(After.LOG_IN, error)
                    case _:
                        raise End(After.PAUSE, error)


async def _hear(rest: Rest, connection: ClientConnection) -> HubFrame | None:
    try:
        message = await connection.recv()
    except ConnectionClosed as closed:
        raise _end_of(rest, closed) from None
    return frames.read(message) if isinstance(message, str) else None


def _end_of(rest: Rest, closed: ConnectionClosed) -> End | HubError:
    if closed.rcvd is None:
        return End(After.PAUSE, rest.unreachable("the connection ended"))
    detail = closed.rcvd.reason or f"the hub closed the socket with {closed.rcvd.code}"
    match int(closed.rcvd.code):
        case 4400:
            return errors.BadFrame(detail)
        case 4403:
            return errors.Forbidden(detail)
        case 4401:
            return End(After.LOG_IN, errors.Unauthenticated(detail))
        case 1012:
            return End(After.RESTART, errors.ShuttingDown(detail))
        case 4429:
            return End(After.PAUSE, errors.TooManyRequests(detail))
        case _:
            return End(After.PAUSE, rest.unreachable(detail))
