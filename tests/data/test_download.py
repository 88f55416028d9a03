"""Downloads from servers of every kind, each made by the test on this computer."""

import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from advgui.data import download, http_transfer
from advgui.data.download import OFFICIAL, DownloadProgress, fetch
from advgui.errors import Cancelled, DataError
from tests.downloads import WANTED, download_threads, get, is_there_alone, part
from tests.servers import (
    CONTENT,
    HALF,
    Behaviour,
    Server,
    compresses,
    cut_after,
    endless,
    fails,
    garbage,
    ignores_range,
    in_chunks,
    login_page,
    part_of_another,
    redirects,
    redirects_endlessly,
    says_gzip,
    silent,
    stalls_after,
    unnamed_part,
    whole,
    without_length,
    wrong_part,
)

# Good servers


def test_a_whole_file_is_downloaded_with_progress(serve: Callable[..., Server], tmp_path: Path) -> None:
    server, seen = serve(whole), []
    assert get(tmp_path, server, progress=seen.append) == tmp_path / "archive.tar.gz"
    assert is_there_alone(tmp_path)
    assert server.ranges == [None]
    assert [each.done for each in seen] == sorted(each.done for each in seen)
    assert (seen[0].done, seen[-1].done) == (0, len(CONTENT))
    assert {(each.total, each.source) for each in seen} == {(len(CONTENT), "127.0.0.1")}
    assert seen[0].seconds_left is None
    assert seen[-1].seconds_left == 0
    assert seen[-1].bytes_per_second > 0


def test_what_is_there_is_not_downloaded_again(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve(whole)
    (tmp_path / "archive.tar.gz").write_bytes(CONTENT)
    get(tmp_path, server)
    assert server.ranges == []
    (tmp_path / "archive.tar.gz").rename(part(tmp_path))  # killed just before the file got its name
    get(tmp_path, server)
    assert server.ranges == []
    assert is_there_alone(tmp_path)


def test_an_interrupted_download_is_resumed(serve: Callable[..., Server], tmp_path: Path) -> None:
    server, seen = serve(whole), []
    part(tmp_path).write_bytes(CONTENT[:HALF])
    get(tmp_path, server, progress=seen.append)
    assert is_there_alone(tmp_path)
    assert server.ranges == [f"bytes={HALF}-"]
    assert seen[0].done == HALF


@pytest.mark.parametrize("behaviour", [ignores_range, without_length])
def test_a_server_that_ignores_ranges_starts_anew(
    behaviour: Behaviour, serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve(behaviour)
    part(tmp_path).write_bytes(CONTENT[:HALF])
    get(tmp_path, server)
    assert is_there_alone(tmp_path)
    assert server.ranges == [f"bytes={HALF}-"]


@pytest.mark.parametrize("behaviour", [in_chunks, compresses, says_gzip])
def test_the_bytes_are_those_of_the_file_however_they_are_sent(
    behaviour: Behaviour, serve: Callable[..., Server], tmp_path: Path
) -> None:
    get(tmp_path, serve(behaviour))
    assert is_there_alone(tmp_path)
    (tmp_path / "archive.tar.gz").unlink()
    part(tmp_path).write_bytes(CONTENT[:HALF])
    server = serve(behaviour)
    get(tmp_path, server)
    assert is_there_alone(tmp_path)
    assert server.ranges == [f"bytes={HALF}-"]


@pytest.mark.parametrize("redirecting", [redirects, redirects_endlessly])
def test_redirections_are_followed_with_the_range(
    redirecting: Callable[[str], Behaviour], serve: Callable[..., Server], tmp_path: Path
) -> None:
    target = serve(whole)
    part(tmp_path).write_bytes(CONTENT[:HALF])
    get(tmp_path, serve(redirecting(target.url)))
    assert is_there_alone(tmp_path)
    assert target.ranges == [f"bytes={HALF}-"]


def test_a_proxy_is_used(serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = serve(whole)
    monkeypatch.delenv("no_proxy")
    monkeypatch.setenv("http_proxy", proxy.url)
    fetch(tmp_path, urls=["http://nowhere.invalid/cifar"], archive=WANTED)
    assert is_there_alone(tmp_path)
    assert proxy.ranges == [None]


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl to make a certificate")
@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_an_authority_of_the_system_is_trusted_and_no_other(
    variable: str, serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, folder = tmp_path / "own.pem", tmp_path / "folder"
    folder.mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=test", "-days", "2",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(certificate), "-out", str(tmp_path / "public.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    with certificate.open("ab") as file:
        file.write((tmp_path / "public.pem").read_bytes())
    server = serve(whole, certificate=certificate)
    with pytest.raises(DataError, match=r"127\.0\.0\.1: .*certificate verify failed"):
        get(folder, server)
    monkeypatch.setenv(variable, str(tmp_path / "public.pem"))
    get(folder, server)
    assert is_there_alone(folder)


# Servers that fail and are asked again


@pytest.mark.parametrize("count", [40_000, HALF, len(CONTENT) - 1])
def test_a_server_that_breaks_off_is_asked_for_the_rest(
    count: int, serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve(cut_after(count))
    get(tmp_path, server)
    assert is_there_alone(tmp_path)
    starts = range(0, len(CONTENT), count)
    assert server.ranges == [None, *(f"bytes={start}-" for start in starts[1:])]


@pytest.mark.parametrize("trouble", [fails(500), fails(503), fails(429), fails(408)])
def test_a_server_in_trouble_is_asked_again(trouble: Behaviour, serve: Callable[..., Server], tmp_path: Path) -> None:
    get(tmp_path, serve(trouble, whole))
    assert is_there_alone(tmp_path)


def test_a_stall_counts_as_a_broken_connection(
    serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_transfer, "SILENCE", 0.2)
    server = serve(stalls_after(HALF), whole)
    get(tmp_path, server)
    assert is_there_alone(tmp_path)
    assert server.ranges == [None, f"bytes={HALF}-"]


def test_a_part_of_the_file_that_was_garbage_is_fetched_again(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve(whole)
    part(tmp_path).write_bytes(bytes(HALF))
    get(tmp_path, server)
    assert is_there_alone(tmp_path)
    assert server.ranges == [f"bytes={HALF}-", None]


@pytest.mark.parametrize("size", [len(CONTENT), len(CONTENT) + 5])
def test_garbage_as_long_as_the_file_is_fetched_again(size: int, serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve(whole)
    part(tmp_path).write_bytes(bytes(size))
    get(tmp_path, server)
    assert is_there_alone(tmp_path)
    assert server.ranges == [None]


def test_a_range_that_the_server_does_not_have_starts_anew(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve(fails(416), whole)
    part(tmp_path).write_bytes(CONTENT[:HALF])
    get(tmp_path, server)
    assert is_there_alone(tmp_path)
    assert server.ranges == [f"bytes={HALF}-", None]


# Servers that are of no use


def closed_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/cifar"


USELESS: dict[str, tuple[Behaviour, str]] = {
    "not found": (fails(404), "it answered 404"),
    "forbidden": (fails(403), "it answered 403"),
    "always in trouble": (fails(503), "it answered 503"),
    "garbage": (garbage, "checksum differs"),
    "login page": (login_page, "26 bytes, expected 300,000"),
    "endless": (endless, "it sent more than the 300,000 bytes"),
    "nothing": (lambda request: request.send(200, Content_Length=None), "it broke off"),
    "hangs up": (lambda request: request.connection.shutdown(socket.SHUT_RDWR), "without response|reset"),
    "not HTTP": (lambda request: request.wfile.write(b"SSH-2.0-OpenSSH\r\n"), "SSH"),
    "another part": (wrong_part, "another part"),
    "some part": (unnamed_part, "did not say which"),
    "part of another": (part_of_another, "400,000 bytes, expected 300,000"),
    "no content": (lambda request: request.send(204), "it answered 204"),
    "to a file": (redirects("file:///etc/passwd"), "neither http nor https"),
    "to FTP": (redirects("ftp://127.0.0.1/cifar"), "neither http nor https"),
    "to nowhere": (lambda request: request.send(302), "it answered 302"),
    "in a circle": (lambda request: request.send(302, Location=request.path), "redirects without end"),
}


@pytest.mark.parametrize("kind", USELESS)
def test_a_useless_server_is_named_and_the_next_one_is_asked(
    kind: str, serve: Callable[..., Server], tmp_path: Path
) -> None:
    behaviour, message = USELESS[kind]
    if kind in {"another part", "some part", "part of another"}:
        part(tmp_path).write_bytes(CONTENT[:HALF])
    with pytest.raises(DataError, match=f"could not be downloaded .*127.0.0.1: .*({message})"):
        get(tmp_path, serve(behaviour))
    assert not (tmp_path / "archive.tar.gz").exists()
    get(tmp_path, serve(behaviour), serve(whole))
    assert is_there_alone(tmp_path)


def test_a_server_that_cannot_be_reached_is_left_out(serve: Callable[..., Server], tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"127.0.0.1: .*refused.*Check the connection"):
        fetch(tmp_path, urls=[closed_port()], archive=WANTED)
    fetch(tmp_path, urls=[closed_port(), serve(whole).url], archive=WANTED)
    assert is_there_alone(tmp_path)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/cifar", "cifar"])
def test_other_addresses_are_refused(url: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="neither http nor https"):
        fetch(tmp_path, urls=[url], archive=WANTED)


def test_a_login_page_does_not_cost_what_has_arrived(serve: Callable[..., Server], tmp_path: Path) -> None:
    part(tmp_path).write_bytes(CONTENT[:HALF])
    with pytest.raises(DataError, match="have arrived are kept"):
        get(tmp_path, serve(login_page))
    assert part(tmp_path).read_bytes() == CONTENT[:HALF]


def test_garbage_is_never_kept(serve: Callable[..., Server], tmp_path: Path) -> None:
    with pytest.raises(DataError):
        get(tmp_path, serve(garbage))
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_sends_a_little_each_time_is_given_up(
    serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_MOST_TRIES", 5)
    server = serve(cut_after(1))
    with pytest.raises(DataError, match="kept breaking off"):
        get(tmp_path, server)
    assert part(tmp_path).read_bytes() == CONTENT[:5]


# Stopping


@pytest.mark.parametrize(("behaviour", "arriving"), [(stalls_after(HALF), HALF), (stalls_after(0), 0), (silent, 0)])
def test_a_stalled_download_stops_on_request(
    behaviour: Behaviour, arriving: int, serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_transfer, "SILENCE", 100)
    server = serve(behaviour)

    def should_stop() -> bool:
        arrived = part(tmp_path).stat().st_size if part(tmp_path).exists() else 0
        return bool(server.ranges) and arrived == arriving

    with pytest.raises(Cancelled, match="goes on from there"):
        get(tmp_path, server, should_stop=should_stop)
    # The server still stalls: only the thread waits for it, and is in nobody's way.
    assert not server.over.is_set()
    assert len(download_threads()) == 1
    if arriving:
        assert part(tmp_path).read_bytes() == CONTENT[:arriving]
    get(tmp_path, serve(whole))
    assert is_there_alone(tmp_path)


@pytest.mark.parametrize("behaviour", [stalls_after(HALF), silent])
def test_the_thread_of_a_stopped_download_ends_although_the_server_stalls(
    behaviour: Behaviour, serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_transfer, "SILENCE", 0.5)
    server = serve(behaviour)
    with pytest.raises(Cancelled):
        get(tmp_path, server, should_stop=lambda: bool(server.ranges))
    for thread in download_threads():
        thread.join(60)
    assert download_threads() == []
    assert not server.over.is_set()


def test_stopping_before_anything_asks_no_server(serve: Callable[..., Server], tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        get(tmp_path, serve(silent), should_stop=lambda: True)


def test_the_pause_before_another_try_stops_on_request(
    serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_PAUSE", 100)
    server = serve(fails(503))
    with pytest.raises(Cancelled):
        get(tmp_path, server, should_stop=lambda: bool(server.ranges) and not download_threads())


def test_comparing_the_checksum_stops_on_request(serve: Callable[..., Server], tmp_path: Path) -> None:
    part(tmp_path).write_bytes(CONTENT)
    with pytest.raises(Cancelled):
        get(tmp_path, serve(whole), should_stop=lambda: True)
    assert part(tmp_path).read_bytes() == CONTENT


def test_progress_is_shown_while_nothing_arrives(serve: Callable[..., Server], tmp_path: Path) -> None:
    seen: list[DownloadProgress] = []

    def should_stop() -> bool:
        return len([progress for progress in seen if progress.done == HALF]) >= 3

    with pytest.raises(Cancelled):
        get(tmp_path, serve(stalls_after(HALF)), progress=seen.append, should_stop=should_stop)
    assert seen[-1].bytes_per_second < seen[-3].bytes_per_second


def test_an_exception_while_showing_progress_ends_the_download(serve: Callable[..., Server], tmp_path: Path) -> None:
    def interrupt(progress: DownloadProgress) -> None:
        if progress.done:
            raise KeyboardInterrupt

    server = serve(stalls_after(HALF))
    with pytest.raises(KeyboardInterrupt):
        get(tmp_path, server, progress=interrupt)
    assert not server.over.is_set()
    server.over.set()
    for thread in download_threads():
        thread.join(60)
    assert download_threads() == []
    get(tmp_path, serve(whole))
    assert is_there_alone(tmp_path)


def test_the_official_source_is_among_the_sources() -> None:
    assert "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz" in download.URLS
    assert all(url.startswith("https://") for url in download.URLS)
    assert OFFICIAL.sha256 == "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
