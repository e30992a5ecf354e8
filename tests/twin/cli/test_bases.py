"""bot.py bases: list, fit, get, convert."""

from pathlib import Path

import huggingface_hub
import pytest

from storage.chats import upsert_chat
from storage.database import open_database
from storage.messages import NewMessage, log_message
from tests.terminal import Terminal
from tests.twin.engine.bases.fake_hub import FakeHub, running
from twin.engine.bases import fetch, machine, pickles
from twin.engine.bases.machine import Machine

GB = 10**9
MACHINE = Machine("cpu", "bfloat16", 2, 4e11, 3e10, 2, 20 * GB, 25 * GB, 100 * GB)


@pytest.fixture
def bases(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Terminal:
    monkeypatch.setattr(machine, "measure_machine", lambda _: MACHINE)
    terminal = Terminal(tmp_path, capsys, "bases")
    db = open_database(terminal.database)
    chat = upsert_chat(db, "test", "anna", "Anna")
    for at in range(30):
        log_message(db, NewMessage(chat.id, "owner", "明天见", at * 1000))
    db.close()
    return terminal


def test_the_list(bases: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    found = bases.json("list")
    names = {one["name"]: one for one in found["bases"]}
    assert names["qwen3-0.6b"]["fit"]["verdict"] == "fits"
    assert found["machine"]["cores"] == 2
    assert found["in_use"] == "smollm2-135m-instruct"
    monkeypatch.setenv("COLUMNS", "160")
    shown = bases.people("list")
    assert "100% of your messages are Chinese" in shown
    assert "does not fit" in shown
    assert "In use: smollm2-135m-instruct" in shown
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "100% 是中文" in bases.people("list")


def test_one_that_is_known(bases: Terminal) -> None:
    assert "596 million parameters" in bases.people("fit", "Qwen/Qwen3-0.6B")
    assert "no such folder and no known base" in bases.error("fit", "nothing")


def test_ctrl_c_says_that_it_goes_on(bases: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch_base(*_: object, **__: object) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(fetch, "fetch_base", fetch_base)
    code, out, err = bases("get", "qwen3-0.6b")
    assert (code != 0, out) == (True, "")
    assert "goes on from here the next time" in err


def test_get_and_what_it_says_offline(
    bases: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    offline = bases.error("get", "qwen3-0.6b")
    assert "HF_HUB_OFFLINE forbids fetching" in offline
    assert "bring its folder" in offline
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    with running(FakeHub({"config.json": b"{}", "model.safetensors": b"w" * 99})) as hub:
        code, out, err = bases("get", "qwen3-0.6b", "--hub", hub.address)
        assert (code, Path(out.strip()).name) == (0, "qwen3-0.6b")
        assert '[model] base = "qwen3-0.6b"' in err
        assert bases.json("get", "qwen3-0.6b")["folder"] == out.strip()
    huggingface_hub.utils.close_session()


def test_get_a_revision(bases: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    newest = {"config.json": b"{}", "model.safetensors": b"new"}
    older = newest | {"model.safetensors": b"old"}
    with running(FakeHub(newest, revisions={"v1": older})) as hub:
        wanted = ("get", "qwen3-0.6b", "--hub", hub.address, "--revision")
        code, out, err = bases(*wanted, "v1")
        folder = Path(out.strip())
        assert (code, folder.name) == (0, "qwen3-0.6b@v1")
        assert (folder / "model.safetensors").read_bytes() == b"old"
        assert '[model] revision = "v1"' in err
        assert "no revision v2 of it" in bases.error(*wanted, "v2")
    assert "model.revision = '../x'" in bases.error(*wanted, "../x")
    assert "has no revisions" in bases.error("get", "smollm2-135m-instruct", "--revision", "v1")
    huggingface_hub.utils.close_session()


def test_convert_a_folder(bases: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(pickles, "convert", asked.append)
    assert "no pytorch_model.bin in it" in bases.error("convert", str(tmp_path))
    (tmp_path / "pytorch_model.bin").touch()
    assert bases.json("convert", str(tmp_path)) == {"folder": str(tmp_path)}
    assert asked == [tmp_path]
    (tmp_path / "model.safetensors").touch()
    assert "has .safetensors already" in bases.error("convert", str(tmp_path))
    assert asked == [tmp_path], "what is there is not written over"
