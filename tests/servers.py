"""HTTP servers on this computer that behave well or badly."""

import gzip
import random
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CONTENT = random.Random(1).randbytes(300_000)
HALF = 150_000
Behaviour = Callable[["Request"], None]


class Request(BaseHTTPRequestHandler):
    """Answers as the server's behaviour says; the last behaviour stays."""

    server: "Server"

    def do_GET(self) -> None:
        self.server.ranges.append(self.headers.get("Range"))
        behaviours = self.server.behaviours
        (behaviours.pop(0) if len(behaviours) > 1 else behaviours[0])(self)

    def start(self) -> int:
        return int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").removesuffix("-"))

    def send(self, status: int, content: bytes = b"", **headers: Any) -> None:
        self.send_response(status)
        for name, value in {"Content_Length": len(content), **headers}.items():
            if value is not None:
                self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *behaviours: Behaviour, certificate: Path | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.behaviours = list(behaviours)
        self.ranges: list[str | None] = []
        self.over = threading.Event()  # lets those that stall go
        self.url = f"http{'s' if certificate else ''}://127.0.0.1:{self.server_address[1]}/cifar"

    def handle_error(self, *_: object) -> None:
        """Clients hang up: that is what is tested."""


def whole(request: Request) -> None:
    """Sends what is asked for."""
    start = request.start()
    if "Range" not in request.headers:
        request.send(200, CONTENT)
    elif start >= len(CONTENT):
        request.send(416, Content_Range=f"bytes */{len(CONTENT)}")
    else:
        request.send(206, CONTENT[start:], Content_Range=f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")


def ignores_range(request: Request) -> None:
    request.send(200, CONTENT)


def without_length(request: Request) -> None:
    request.send(200, CONTENT, Content_Length=None)


def in_chunks(request: Request) -> None:
    """Sends a part in chunks and hangs up, then the rest."""
    start = request.start()
    range_ = {"Content_Range": f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"} if start else {}
    request.send(206 if start else 200, Content_Length=None, Transfer_Encoding="chunked", **range_)
    for position in range(start, len(CONTENT) if start else HALF, 10_000):
        block = CONTENT[position : position + 10_000]
        request.wfile.write(b"%x\r\n%b\r\n" % (len(block), block))
    if start:
        request.wfile.write(b"0\r\n\r\n")


def compresses(request: Request) -> None:
    """Compresses what it sends, unless it is asked not to."""
    if request.headers.get("Accept-Encoding") == "identity":
        whole(request)
    else:
        request.send(200, gzip.compress(CONTENT), Content_Encoding="gzip")


def says_gzip(request: Request) -> None:
    """Takes the name's end for how the content is sent, as some servers do with archives."""
    start = request.start()
    range_ = {"Content_Range": f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"} if start else {}
    request.send(206 if start else 200, CONTENT[start:], Content_Encoding="gzip", **range_)


def garbage(request: Request) -> None:
    request.send(200, bytes(len(CONTENT)))


def login_page(request: Request) -> None:
    request.send(200, b"<html>Please log in</html>")


def endless(request: Request) -> None:
    request.send(200, Content_Length=None)
    while True:
        request.wfile.write(bytes(1 << 16))


def fails(status: int) -> Behaviour:
    return lambda request: request.send(status, b"sorry")


def cut_after(count: int) -> Behaviour:
    """Announces all the rest, sends a part and hangs up."""

    def behave(request: Request) -> None:
        start = request.start()
        request.send(
            206 if start else 200,
            CONTENT[start : start + count],
            Content_Length=len(CONTENT) - start,
            **({"Content_Range": f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"} if start else {}),
        )

    return behave


def stalls_after(count: int) -> Behaviour:
    """Sends a part and then nothing, with the connection open."""

    def behave(request: Request) -> None:
        cut_after(count)(request)
        request.server.over.wait(120)

    return behave


def silent(request: Request) -> None:
    request.server.over.wait(120)


def redirects(target: str) -> Behaviour:
    return lambda request: request.send(302, Location=target)


def redirects_endlessly(target: str) -> Behaviour:
    """Redirects, with a page that does not end."""

    def behave(request: Request) -> None:
        request.send(302, Location=target, Content_Length=None)
        while True:
            request.wfile.write(bytes(1 << 16))

    return behave


def wrong_part(request: Request) -> None:
    if "Range" in request.headers:
        request.send(206, CONTENT[7:], Content_Range=f"bytes 7-{len(CONTENT) - 1}/{len(CONTENT)}")
    else:
        cut_after(HALF)(request)


def part_of_another(request: Request) -> None:
    if "Range" in request.headers:
        request.send(206, CONTENT[HALF:], Content_Range=f"bytes {HALF}-{len(CONTENT) - 1}/400000")
    else:
        cut_after(HALF)(request)


def unnamed_part(request: Request) -> None:
    if "Range" in request.headers:
        request.send(206, CONTENT[HALF:])
    else:
        cut_after(HALF)(request)
