"""The section [engine]: which program computes the answers."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator

from twin.config.section import Section
from twin.config.values import FilePath, Positive

Kind = Literal["vllm", "sglang", "llama.cpp", "openai"]
_NO_SERVER = "no server; write it as in http://127.0.0.1:8000"


def server_address(text: str) -> str:
    """The address of a server without its /v1, "" for none. Raises ValueError."""
    given = text.strip().rstrip("/").removesuffix("/v1").rstrip("/")
    if not given:
        return ""
    try:
        url = urlsplit(given)
        name, port = url.hostname, url.port
    except ValueError:
        raise ValueError(_NO_SERVER) from None
    if "@" in url.netloc:
        raise ValueError("a name or key in an address would be logged; set TWIN_ENGINE_KEY")
    is_bare = not (url.query or url.fragment) and port != 0 and given.isprintable()
    if not (name and is_bare and " " not in given and url.scheme in ("http", "https")):
        raise ValueError(_NO_SERVER)
    return given


class EngineSettings(Section):
    """Without a server, this process computes them."""

    server: Annotated[str, AfterValidator(server_address)] = ""
    kind: Kind | Literal["auto"] = "auto"
    model: str = ""
    adapters_at: FilePath = ""
    fallback: bool = False
    timeout_seconds: Positive = 120.0
    plain_http: bool = False
