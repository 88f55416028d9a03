"""One HTTP connection that can be given up at any moment."""

import http.client
import queue
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidSchema, MissingSchema, TooManyRedirects

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

    Leaving the `with` block returns at once. The thread ends at the next byte that arrives, or after `SILENCE` seconds
    without one; nobody waits for it.

    Args:
        url: http or https.
        start: Position of the first byte that is wanted.
        should_stop: Asked at least every tenth of a second, in the caller's thread.
    """

    def __init__(self, url: str, start: int, should_stop: Callable[[], bool]) -> None:
        self._url = url
        self._start = start
        self._should_stop = should_stop
        self._arrived: queue.Queue[Answer | bytes | Exception | None] = queue.Queue(maxsize=16)
        self._closed = threading.Event()

    def __enter__(self) -> "Transfer":
        threading.Thread(target=self._run, name="cifar10-download", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()

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
            with _session() as session, session.get(self._url, headers=self._headers(), timeout=SILENCE) as response:
                self._put(_answer_of(response))
                # As it arrives and as it is: `iter_content` waits for whole blocks, and unpacks them.
                while not self._closed.is_set() and (block := response.raw.read1(_BLOCK, decode_content=False)):
                    self._put(block)
            self._put(None)
        except Exception as error:  # whatever it is, it has to reach the caller
            self._put(_explained(error))

    def _headers(self) -> dict[str, str]:
        # Bytes are counted and resumed, so they must be those of the file.
        headers = {"User-Agent": f"advgui/{__version__}", "Accept-Encoding": "identity"}
        return headers | ({"Range": f"bytes={self._start}-"} if self._start else {})

    def _put(self, item: Answer | bytes | Exception | None) -> None:
        while not self._closed.is_set():
            with suppress(queue.Full):
                self._arrived.put(item, timeout=POLL)
                return


class _SystemCertificates(HTTPAdapter):
    """Trusts the system's authorities too: networks of schools and companies have their own."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=ssl.create_default_context(), **options)

    def proxy_manager_for(self, *args: Any, **options: Any) -> Any:
        return super().proxy_manager_for(*args, ssl_context=ssl.create_default_context(), **options)


def _session() -> requests.Session:
    session = requests.Session()
    session.stream = True
    session.mount("https://", _SystemCertificates())
    session.hooks["response"].append(_without_body)
    return session


def _without_body(response: requests.Response, **_: Any) -> None:
    """Leave what comes with a redirection: it would be read to its end, and that may be far."""
    if response.is_redirect:
        response.close()


def _answer_of(response: requests.Response) -> Answer:
    """Return what the server said, if that is of use.

    Raises:
        Useless: There is no use in asking this server.
        Interrupted: There may be.
    """
    status = response.status_code
    length = response.headers.get("Content-Length", "")
    total = int(length) if length.isdigit() else None
    if status == HTTPStatus.OK:
        return Answer(0, total)
    if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        raise Shorter("it has a shorter file")
    if status != HTTPStatus.PARTIAL_CONTENT:
        text = f"it answered {status} {response.reason}"
        passing = status >= 500 or status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
        raise Interrupted(text) if passing else Useless(text)
    # Content-Range: bytes START-STOP/TOTAL
    span, _, whole = response.headers.get("Content-Range", "").removeprefix("bytes").strip().partition("/")
    start = span.partition("-")[0]
    if not start.isdigit():
        raise Useless("it sent a part of the file and did not say which")
    return Answer(int(start), int(whole) if whole.isdigit() else None)


def _explained(error: BaseException) -> Exception:
    """Return what an error of the connection means for the caller."""
    if isinstance(error, Useless | Interrupted):
        return error
    if isinstance(error, InvalidSchema | MissingSchema):
        return Useless("it offers the file by neither http nor https")
    if isinstance(error, TooManyRedirects):
        return Useless("it redirects without end")
    # Both libraries wrap the error that says what has happened, more than once.
    while isinstance(error, requests.RequestException | urllib3.exceptions.HTTPError) and (
        inner := error.__cause__ or error.__context__
    ):
        error = inner
    if isinstance(error, TimeoutError):
        return Interrupted(f"it did not answer for {SILENCE:g} seconds")
    if isinstance(error, http.client.IncompleteRead):
        return Interrupted("it broke off")
    return Interrupted(getattr(error, "strerror", None) or str(error) or type(error).__name__)
