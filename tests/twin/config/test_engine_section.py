"""Servers in the settings."""

from pathlib import Path

import pytest

from storage.errors import InputError
from twin.config.engine_section import server_address
from twin.config.load import parse_config


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        (" http://127.0.0.1:8000/ ", "http://127.0.0.1:8000"),
        ("http://gpu-box:8000/v1", "http://gpu-box:8000"),
        ("https://ai.example.org/openai/v1/", "https://ai.example.org/openai"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://服务器:8000", "http://服务器:8000"),
    ],
)
def test_an_address_without_its_version(given: str, kept: str) -> None:
    assert server_address(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        *("127.0.0.1:8000", "gpu", "ftp://gpu", "http://", "http://:8000", "file:///etc/passwd"),
        *("http://gpu:0", "http://gpu:99999", "http://gpu:x", "http://[::1", "http://g pu"),
        *("http://gpu?key=x", "http://gpu#x", "http://gpu/\x1b[2J", "/v1x"),
    ],
)
def test_what_is_no_server(given: str) -> None:
    with pytest.raises(ValueError, match="no server"):
        server_address(given)


def test_a_key_in_an_address_is_not_told() -> None:
    text = '[engine]\nserver = "http://me:s3cret@gpu:8000"'
    with pytest.raises(InputError, match=r"engine\.server = …: .*TWIN_ENGINE_KEY") as error:
        parse_config(text, Path("config.toml"))
    assert "s3cret" not in str(error.value)
