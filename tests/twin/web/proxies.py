"""The proxies of docs/proxies.md, run with the samples that stand there."""

import asyncio
import re
import shutil
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from websockets.asyncio.client import connect

from tests.certificates import certificate
from tests.ports import free_port

DOCS = Path(__file__).parents[3] / "docs"
NAME = "twin.example"  # of the tests' bot; the samples' is twin.example.org
SBIN = "/usr/sbin:/usr/local/sbin"  # where Debian puts servers, and not everybody looks


def sample(language: str, page: str = "proxies.md") -> str:
    """The one code block of that language on the page."""
    text = (DOCS / page).read_text("utf-8")
    [found] = re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)
    return str(found)


def program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path=SBIN)


@dataclass(frozen=True, slots=True)
class Proxied:
    """A proxy that listens on `port` of this machine for `NAME`."""

    port: int

    @property
    def host(self) -> str:
        return f"{NAME}:{self.port}"

    @property
    def origin(self) -> str:
        return f"https://{self.host}"

    async def connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=_unverified(), server_hostname=NAME
        )

    def http(self, source: str = "127.0.0.1", **headers: str) -> httpx.AsyncClient:
        """A browser at that address of this machine."""
        return httpx.AsyncClient(
            base_url=f"https://127.0.0.1:{self.port}",
            headers={"Host": self.host, "Origin": self.origin, **headers},
            transport=_Named(verify=_unverified(), local_address=source),
            timeout=20,
        )

    def websocket(self, path: str) -> connect:
        return connect(
            f"wss://{self.host}{path}",
            origin=self.origin,  # type: ignore[arg-type]
            host="127.0.0.1",
            port=self.port,
            ssl=_unverified(),
            proxy=None,
        )


class _Named(httpx.AsyncHTTPTransport):
    """Asks for the certificate of the name, as a browser that looked its address up."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = NAME
        return await super().handle_async_request(request)


def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@asynccontextmanager
async def nginx(folder: Path, bot: str) -> AsyncIterator[Proxied]:
    """The sample inside what a distribution's nginx.conf has around it."""
    port, (cert, key) = free_port(), certificate(folder, NAME)
    site = (
        sample("nginx")
        .replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
        .replace("/etc/ssl/twin.pem", str(cert))
        .replace("/etc/ssl/twin.key", str(key))
    )
    own = "".join(
        f"{kind}_temp_path {folder / kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;\n"
        f"events {{}}\nhttp {{ access_log off;\n{own}\n{_for_bot(site, bot)}\n}}\n"
    )
    async with _running(["nginx", "-e", "stderr", "-p", str(folder), "-c", str(file)], port):
        yield Proxied(port)


@asynccontextmanager
async def caddy(folder: Path, bot: str) -> AsyncIterator[Proxied]:
    """The sample with a certificate of ours: for a real name Caddy would fetch one."""
    port, (cert, key) = free_port(), certificate(folder, NAME)
    opening = f"https://{NAME}:{port} {{\n    bind 127.0.0.1\n    tls {cert} {key}"
    site = sample("caddyfile").replace("twin.example.org {", opening)
    file = folder / "Caddyfile"
    file.write_text("{\n admin off\n auto_https disable_redirects\n}\n" + _for_bot(site, bot))
    async with _running(["caddy", "run", "--config", str(file), "--adapter", "caddyfile"], port):
        yield Proxied(port)


def _for_bot(text: str, bot: str) -> str:
    return text.replace("127.0.0.1:8080", bot).replace("twin.example.org", NAME)


@asynccontextmanager
async def _running(command: Sequence[str], port: int) -> AsyncIterator[None]:
    name, *arguments = command
    path = program(name)
    assert path is not None
    process = await asyncio.create_subprocess_exec(
        path, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        await _listening(process, port)
        yield
    finally:
        if process.returncode is None:
            process.kill()  # asked to end, they would wait for their connections
        await process.communicate()


async def _listening(process: asyncio.subprocess.Process, port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                if process.returncode is not None and process.stdout is not None:
                    raise AssertionError((await process.stdout.read()).decode()) from None
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
