"""A hub on this machine: Hugging Face's as huggingface_hub 2.4 asks it, and ModelScope's as
modelscope_hub 0.5 does. What a test puts into `troubles` happens to the next requests of a file.
"""

import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

SHA = "0123456789abcdef0123456789abcdef01234567"
Trouble = Callable[["_Handler", bytes], bool]  # whether the request was answered by it


@dataclass
class Asked:
    path: str
    range: str | None
    token: str | None


@dataclass
class FakeHub:
    """files: name → content. Files of weights are stored elsewhere, as the hubs do, behind a
    redirect. asked: every request for a file's content. status: of every listing, where not 200;
    page: what is answered instead of it. listed: what is said of a file instead of what is true.
    revisions: those that there are, besides the newest.
    """

    files: dict[str, bytes]
    address: str = ""
    troubles: dict[str, list[Trouble]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    status: int = 200
    page: str = ""
    error_code: str = ""
    listed: dict[str, dict[str, Any]] = field(default_factory=dict)
    revisions: dict[str, dict[str, bytes]] = field(default_factory=dict)

    def begin_again(self, files: dict[str, bytes]) -> None:
        """As new, for the next test."""
        fresh = FakeHub(files, self.address)
        self.__dict__.update(fresh.__dict__)

    def ranges(self, name: str) -> list[str | None]:
        return [one.range for one in self.asked if one.path.endswith(name)]

    def siblings(self) -> list[dict[str, Any]]:
        return [
            _sibling(name, content) | self.listed.get(name, {}) for name, content in self._all()
        ]

    def modelscope_files(self) -> list[dict[str, Any]]:
        return [
            {
                "Path": name,
                "Name": name,
                "Type": "blob",
                "Size": len(content),
                "Sha256": hashlib.sha256(content).hexdigest(),
                "Revision": SHA,
            }
            for name, content in self._all()
        ]

    def _all(self) -> Iterator[tuple[str, bytes]]:
        yield from self.files.items()
        yield from ((name, b"") for name in self.listed if name not in self.files)


def _sibling(name: str, content: bytes) -> dict[str, Any]:
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    found: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": blob}
    if name.endswith(".safetensors"):
        digest = hashlib.sha256(content).hexdigest()
        found["lfs"] = {"size": len(content), "sha256": digest, "pointerSize": 134}
    return found


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: ClassVar[FakeHub]

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        path = unquote(url.path)
        if path.startswith("/api/v1/models/"):
            self._modelscope(path, parse_qs(url.query))
        elif path.startswith("/api/models/"):
            self._at(path.partition("/revision/")[2])
            document = {"id": "o/r", "sha": SHA, "siblings": self.hub.siblings()}
            self._listing(document)
        elif match := re.fullmatch(rf"/[^/]+/[^/]+/resolve/{SHA}/(.+)", path):
            self._resolve(match[1])
        elif path.startswith("/cdn/"):
            self._content(path.removeprefix("/cdn/"))
        else:
            self.send(404, b"")

    def _modelscope(self, path: str, query: dict[str, list[str]]) -> None:
        [revision] = query["Revision"]
        self._at(revision.removeprefix("master"))
        if path.endswith("/repo/files"):
            assert query["Recursive"] == ["True"]
            self._listing({"Code": 200, "Data": {"Files": self.hub.modelscope_files()}})
        else:
            self._content(query["FilePath"][0])

    def _at(self, revision: str) -> None:
        """Go on with the files of a revision; the newest have none."""
        if revision in self.hub.revisions:
            self.hub.files = self.hub.revisions[revision]
        elif revision:
            self.hub.status = 404

    def _listing(self, document: object) -> None:
        if self.hub.page:
            self.send(200, self.hub.page.encode())
        elif self.hub.status == 200:
            self.send(200, json.dumps(document).encode(), {"Content-Type": "application/json"})
        else:
            self.send(self.hub.status, b"{}", {"X-Error-Code": self.hub.error_code})

    def _resolve(self, name: str) -> None:
        if name.endswith(".safetensors") and name in self.hub.files:
            elsewhere = self.hub.address.replace("127.0.0.1", "localhost")
            there = {"Location": f"{elsewhere}/cdn/{name}", "X-Repo-Commit": SHA}
            self.send(302, b"", there)
        else:
            self._content(name)

    def _content(self, name: str) -> None:
        token, asked = self.headers.get("Authorization"), self.headers.get("Range")
        self.hub.asked.append(Asked(name, asked, token))
        content = self.hub.files.get(name)
        if content is None:
            self.send(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        waiting = self.hub.troubles.get(name, [])
        if waiting and waiting.pop(0)(self, content):
            return
        if asked is None:
            self.send(200, content)
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
        if start >= len(content):
            self.send(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            return
        span = f"bytes {start}-{len(content) - 1}/{len(content)}"
        self.send(206, content[start:], {"Content-Range": span})

    def send(
        self, status: int, content: bytes, headers: dict[str, str] | None = None, most: int = -1
    ) -> None:
        """An answer; of the body only the first `most` bytes, and then the end."""
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if most < 0:
            self.wfile.write(content)
        else:
            self.wfile.write(content[:most])
            self.close_connection = True


def cut(most: int) -> Trouble:
    """The connection ends after so many bytes of what was asked for."""

    def happens(handler: _Handler, content: bytes) -> bool:
        start = int((handler.headers.get("Range") or "bytes=0-")[6:-1])
        headers = {}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        handler.send(206 if start else 200, content[start:], headers, most)
        return True

    return happens


def answers(status: int, content: bytes = b"", **headers: str) -> Trouble:
    """Another answer than the file; `_` in a header's name is a hyphen."""
    named = {key.replace("_", "-"): value for key, value in headers.items()}

    def happens(handler: _Handler, _: bytes) -> bool:
        handler.send(status, content, named)
        return True

    return happens


def waits_for(event: threading.Event, reached: threading.Event) -> Trouble:
    """The request stands until the event."""

    def happens(_: _Handler, __: bytes) -> bool:
        reached.set()
        event.wait(10)
        return False

    return happens


@contextmanager
def running(hub: FakeHub) -> Iterator[FakeHub]:
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
