"""What a hub has of a base: names, sizes, checksums and addresses of its files.

Hugging Face's and a mirror's by its own client. ModelScope's as modelscope_hub 0.5 asks for it
(`_legacy_api.py`): its client brings more than two requests are worth.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
from huggingface_hub import HfApi, constants
from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled
from huggingface_hub.utils import build_hf_headers, get_session

from storage.errors import InputError, TwinError, cause_of
from storage.texts import Text
from twin.engine.bases.sources import HUGGING_FACE, MODELSCOPE, Source

TIMEOUT_S = 30.0
_DIGEST = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class HubFile:
    """digest: SHA-256 in 64 hexadecimal digits, or in 40 the SHA-1 that git knows a file by."""

    name: str
    size: int
    digest: str
    url: str


@dataclass(frozen=True, slots=True)
class Listing:
    """headers: what each request for a file has to send."""

    files: tuple[HubFile, ...]
    headers: Mapping[str, str]


def list_files(source: Source) -> Listing:
    """Every file with a checksum. Raises TwinError in one line, with what to do."""
    try:
        return _of_modelscope(source) if source.hub == MODELSCOPE else _of_hugging_face(source)
    except Exception as error:  # boundary: a server may answer anything, and the clients raise it
        raise refused(source, error) from error


def _of_hugging_face(source: Source) -> Listing:
    is_mirror = source.hub != HUGGING_FACE
    endpoint = source.hub if is_mirror else constants.ENDPOINT
    token = False if is_mirror else None
    info = HfApi(endpoint=endpoint, token=token).model_info(
        source.id, revision=source.revision or None, files_metadata=True, timeout=TIMEOUT_S
    )
    files = (
        _file(
            one.rfilename,
            one.size,
            one.lfs.sha256 if one.lfs else one.blob_id,
            # `hf_hub_url` would take HF_ENDPOINT's for a mirror's
            f"{endpoint}/{source.id}/resolve/{info.sha}/{quote(one.rfilename)}",
        )
        for one in info.siblings or ()
    )
    return Listing(tuple(filter(None, files)), build_hf_headers(token=token))


def _of_modelscope(source: Source) -> Listing:
    endpoint = os.environ.get("MODELSCOPE_ENDPOINT", "https://modelscope.cn").rstrip("/")
    address = f"{endpoint}/api/v1/models/{quote(source.id)}/repo"
    revision = {"Revision": source.revision or "master"}
    answer = get_session().get(
        f"{address}/files?{urlencode({**revision, 'Recursive': 'True'})}",
        timeout=TIMEOUT_S,
    )
    answer.raise_for_status()
    files = (
        _file(
            one["Path"],
            one["Size"],
            one.get("Sha256"),
            f"{address}?{urlencode({**revision, 'FilePath': one['Path']})}",
        )
        for one in answer.json()["Data"]["Files"]
        if one.get("Type") != "tree"
    )
    return Listing(tuple(filter(None, files)), {})


def _file(name: Any, size: Any, digest: Any, url: str) -> HubFile | None:
    """None for what can't be checked."""
    known = isinstance(name, str) and isinstance(size, int) and size >= 0
    if not known or not isinstance(digest, str) or not _DIGEST.fullmatch(digest.lower()):
        return None
    return HubFile(name, size, digest.lower(), url)


def refused(source: Source, error: Exception) -> TwinError:
    """What went wrong with a request, in one line with what to do."""
    names = {"base": source.id, "hub": source.hub_name}
    if isinstance(error, HfHubHTTPError | httpx2.HTTPStatusError):
        if source.revision and error.response.status_code == 404:
            return _no_revision(source)
        return _answered(error.response, names)
    if isinstance(error, OfflineModeIsEnabled):
        return InputError(
            Text(
                "{base}: HF_HUB_OFFLINE forbids fetching; unset it, or {bring}",
                **names,
                bring=BRING,
            )
        )
    cause = cause_of(error, 120) or type(error).__name__
    if isinstance(error, httpx2.RequestError):
        return TwinError(
            Text(
                "{base}: {hub} can't be reached ({cause}); check the network, try another "
                "[model] hub, or {bring}",
                **names,
                cause=cause,
                bring=BRING,
            )
        )
    return TwinError(
        Text(
            "{base}: what {hub} answers is no list of files ({cause}); is a sign-in page of this "
            "network in between? Try another [model] hub, or {bring}",
            **names,
            cause=cause,
            bring=BRING,
        )
    )


def _no_revision(source: Source) -> InputError:
    return InputError(
        Text(
            "{base}: {hub} has no revision {revision} of it, or no such base; check both names",
            base=source.id,
            hub=source.hub_name,
            revision=source.revision,
        )
    )


def _answered(answer: httpx2.Response, names: Mapping[str, str]) -> TwinError:
    """It said no, by status and code."""
    if answer.headers.get("X-Error-Code") == "GatedRepo":
        return InputError(
            Text(
                "{base}: {hub} gives it only to those who agreed to its terms: agree on its page, "
                "then `hf auth login`",
                **names,
            )
        )
    if answer.status_code in (401, 404):
        return InputError(
            Text("{base}: {hub} has no such base, or not for everyone; check the name", **names)
        )
    return TwinError(
        Text(
            "{base}: {hub} answers with error {status}; try later, or another [model] hub",
            **names,
            status=answer.status_code,
        )
    )


BRING = Text(
    "bring its folder (config.json, *.safetensors and the tokenizer's files) from another machine "
    "and give the path as [model] base"
)
