"""One HTTP connection that can be given up at any moment."""

import functools
import http.client
import queue
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from advgui import __version__
from advgui.errors import Cancelled

SILENCE = 15.0  # seconds without a byte after which a connection counts as lost
STOPPED = "The download was stopped. What has arrived is kept, and the next download goes on from there."
POLL = 0.1  # seconds between two questions whether to stop
_BLOCK = 1 << 16


class Useless(Exception):
    """This source cannot help, for the reason in the text."""


class Interrupted(Exception):
    """The connection failed, for the reason in the text; another try may help."""


class Shorter(Interrupted):
    """The part file is longer than what the server has."""


@dataclass(frozen=True)
class Answer:
    """What the server said before the content.

    Attributes:
        start: Position of the first byte that follows.
        total: Size of the whole file, or None.
    """

    start: int
    total: int | None


class Transfer:
    """One connection, in a thread of its own: looking up a name or waiting for a byte cannot be interrupted.

    Leaving the `with` block returns at once. The thread then ends at once too if it was waiting for bytes, and within
    `SILENCE` seconds if it was still connecting.

    Args:
        url: http or https.
        start: Position of the first byte that is wanted.
        should_stop: Asked at least every tenth of a second, in the caller's thread.

    Raises:
        Useless: The address is another kind of one.
    """

    def __init__(self, url: str, start: int, should_stop: Callable[[], bool]) -> None:
        if not url.startswith(("http://", "https://")):
            raise Useless("its address is neither http nor https")
        self._request = urllib.request.Request(url, headers={"User-Agent": f"advgui/{__version__}"})
        if start:
            self._request.add_header("Range", f"bytes={start}-")
        self._should_stop = should_stop
        self._arrived: queue.Queue[Answer | bytes | Exception | None] = queue.Queue(maxsize=16)
        self._closed = threading.Event()
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> "Transfer":
        threading.Thread(target=self._run, name="cifar10-download", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        for connected in self._sockets:
            _hang_up(connected)

    def answer(self) -> Answer:
        """Wait for what the server says before the content.

        Raises:
            Useless: There is no use in asking this server.
            Interrupted: There may be.
            Cancelled: `should_stop` said so.
        """
        while (item := self._next()) == b"":
            pass
        if isinstance(item, Answer):
            return item
        raise TypeError("The server's answer comes first, and once.")

    def blocks(self) -> Iterator[bytes]:
        """Yield the content as it arrives, up to the end of the connection (which may be early).

        While nothing arrives, empty blocks are yielded.

        Raises:
            Interrupted: The connection failed.
            Cancelled: `should_stop` said so.
        """
        while isinstance(item := self._next(), bytes):
            yield item

    def _next(self) -> Answer | bytes | None:
        """Return what has arrived: b"" if nothing has for a moment, None after the end."""
        if self._should_stop():
            raise Cancelled(STOPPED)
        try:
            item = self._arrived.get(timeout=POLL)
        except queue.Empty:
            return b""
        if isinstance(item, Exception):
            raise item
        return item

    # In the thread

    def _run(self) -> None:
        try:
            with _opener(self._connected).open(self._request, timeout=SILENCE) as response:
                self._put(_answer_of(response))
                while not self._closed.is_set() and (block := response.read1(_BLOCK)):
                    self._put(block)
            self._put(None)
        except Exception as error:  # whatever it is, it has to reach the caller
            self._put(_explained(error))

    def _connected(self, connected: socket.socket) -> None:
        self._sockets.append(connected)
        if self._closed.is_set():
            _hang_up(connected)

    def _put(self, item: Answer | bytes | Exception | None) -> None:
        while not self._closed.is_set():
            with suppress(queue.Full):
                self._arrived.put(item, timeout=POLL)
                return


def _answer_of(response: Any) -> Answer:
    length = response.headers.get("Content-Length", "")
    total = int(length) if length.isdigit() else None
    if response.status != HTTPStatus.PARTIAL_CONTENT:
        return Answer(0, total)
    # Content-Range: bytes START-STOP/TOTAL
    span, _, whole = response.headers.get("Content-Range", "").removeprefix("bytes").strip().partition("/")
    start = span.partition("-")[0]
    if not start.isdigit():
        raise Useless("it sent a part of the file and did not say which")
    return Answer(int(start), int(whole) if whole.isdigit() else None)


def _explained(error: Exception) -> Exception:
    """Return what an error of the connection means for the caller."""
    if isinstance(error, Useless):
        return error
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return Shorter("it has a shorter file")
        text = f"it answered {error.code} {error.reason}"
        passing = error.code >= 500 or error.code in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
        return Interrupted(text) if passing else Useless(text)
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, TimeoutError):
        return Interrupted(f"it did not answer for {SILENCE:g} seconds")
    return Interrupted(getattr(reason, "strerror", None) or str(reason) or type(reason).__name__)


def _opener(connected: Callable[[socket.socket], None]) -> urllib.request.OpenerDirector:
    """Return what opens http and https, through the system's proxy, and nothing else after a redirection either.

    Args:
        connected: Told every connection as soon as it stands.
    """
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
        _HTTPHandler(connected),
        _HTTPSHandler(connected),
    ):
        opener.add_handler(handler)
    return opener


class _HTTPConnection(http.client.HTTPConnection):
    def __init__(self, *args: Any, connected: Callable[[socket.socket], None], **options: Any) -> None:
        super().__init__(*args, **options)
        self._connected = connected

    def connect(self) -> None:
        super().connect()
        self._connected(self.sock)


class _HTTPSConnection(http.client.HTTPSConnection):
    def __init__(self, *args: Any, connected: Callable[[socket.socket], None], **options: Any) -> None:
        super().__init__(*args, **options)
        self._connected = connected

    def connect(self) -> None:
        super().connect()
        self._connected(self.sock)


class _HTTPHandler(urllib.request.HTTPHandler):
    def __init__(self, connected: Callable[[socket.socket], None]) -> None:
        super().__init__()
        self._connected = connected

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(functools.partial(_HTTPConnection, connected=self._connected), request)


class _HTTPSHandler(urllib.request.HTTPSHandler):
    def __init__(self, connected: Callable[[socket.socket], None]) -> None:
        super().__init__()
        self._connected = connected

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        context = ssl.create_default_context()
        return self.do_open(functools.partial(_HTTPSConnection, connected=self._connected), request, context=context)


def _hang_up(connected: socket.socket) -> None:
    """End a connection, and with it the waiting of the thread that reads from it."""
    with suppress(OSError):
        connected.shutdown(socket.SHUT_RDWR)
