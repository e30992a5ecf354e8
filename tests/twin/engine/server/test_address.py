"""To which servers words may go, and with which key."""

import pytest

from storage.errors import InputError
from twin.config.engine_section import EngineSettings
from twin.config.speech_section import SpeechSettings
from twin.engine.server.address import InsideResolver, key_header, resolver_for

Settings = type[EngineSettings] | type[SpeechSettings]


def refused(server: str) -> InputError:
    return InputError(f"not to {server}")


@pytest.mark.parametrize("kind", [EngineSettings, SpeechSettings])
async def test_only_what_stays_inside_is_unencrypted(kind: Settings) -> None:
    for server in ("http://127.0.0.1:9", "http://[::1]:9", "http://box.lan:9"):
        assert isinstance(resolver_for(kind(server=server), refused), InsideResolver)
    assert resolver_for(kind(server="https://8.8.8.8"), refused) is None
    assert resolver_for(kind(server="http://8.8.8.8", plain_http=True), refused) is None
    with pytest.raises(InputError, match=r"not to http://8\.8\.8\.8"):
        resolver_for(kind(server="http://8.8.8.8"), refused)


@pytest.mark.parametrize("key", ["a b", "a\nb", "钥匙", "a\x7f"])
def test_a_key_has_no_signs_that_end_a_header(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("TWIN_X_KEY", key)
    with pytest.raises(InputError, match="TWIN_X_KEY"):
        key_header("TWIN_X_KEY")
    monkeypatch.setenv("TWIN_X_KEY", " sk-1\n")
    assert key_header("TWIN_X_KEY") == {"Authorization": "Bearer sk-1"}
    monkeypatch.delenv("TWIN_X_KEY")
    assert key_header("TWIN_X_KEY") == {}
