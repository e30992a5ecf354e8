"""Fetching a base from Hugging Face, mirrors and ModelScope: bad lines, full disks, two at once."""

import json
import random
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import huggingface_hub
import pytest

from storage.errors import InputError, TwinError
from tests.tiny import model_config, tiny_model
from tests.twin.engine.bases.fake_hub import FakeHub, Trouble, answers, cut, running, waits_for
from twin.config.schema import Config
from twin.engine.base_check import check_base
from twin.engine.base_fingerprint import base_fingerprint, fingerprint
from twin.engine.base_models import local_base, resolve_base, with_revision
from twin.engine.bases import fetch
from twin.engine.bases.fetch import FetchProgress, fetch_base, look_at
from twin.engine.bases.transfer import FetchCancelledError

WEIGHTS = random.Random(7).randbytes(300_000)
CONFIG = (
    b'{"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "vocab_size": 9, '
    b'"auto_map": {"AutoConfig": "configuration_x.XConfig"}}'
)
FILES = {
    "README.md": b"words",
    "config.json": CONFIG,
    "configuration_x.py": b"1 / 0",
    "model.safetensors": WEIGHTS,
    "consolidated.safetensors": b"the same again",
    "pytorch_model.bin": b"\x80 pickled",
    "onnx/model.onnx": b"",
    "LICENSE": b"free",
    "tokenizer.json": b"{}",
}
WANTED = ["LICENSE", "config.json", "model.safetensors", "tokenizer.json"]


class NoWait(threading.Event):
    """Waits are noted, and over at once."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout)
        return self.is_set()


@pytest.fixture(scope="module")
def server() -> Iterator[FakeHub]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        with running(FakeHub({})) as hub:
            yield hub
        huggingface_hub.utils.close_session()


@pytest.fixture
def hub(server: FakeHub, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    server.begin_again(dict(FILES))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", server.address)
    monkeypatch.setenv("MODELSCOPE_ENDPOINT", server.address)
    return server


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return model_config(tmp_path, "own/base")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def models(config: Config) -> list[str]:
    """What a fetch leaves, but its locks."""
    return [name for name in names(config.path_of("models")) if not name.endswith(".lock")]


def test_a_base_comes_whole_without_code_pickles_or_weights_twice(
    hub: FakeHub, config: Config
) -> None:
    told: list[FetchProgress] = []
    folder = fetch_base(config, "own/base", told.append)
    assert names(folder) == WANTED
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert told[-1].done == told[-1].total == sum(len(FILES[name]) for name in WANTED)
    assert resolve_base(config) == local_base(config) == folder
    assert len(hub.asked) == 4
    assert models(config) == ["own--base"]


def test_what_was_fetched_can_be_trained(hub: FakeHub, config: Config, tmp_path: Path) -> None:
    made = tiny_model(tmp_path / "made")
    hub.files = {path.name: path.read_bytes() for path in made.iterdir()}
    check_base(config)
    assert base_fingerprint(config) == fingerprint(made, tmp_path)


def test_a_known_base_by_its_name_and_by_its_id_is_one(hub: FakeHub, config: Config) -> None:
    folder = fetch_base(config, "qwen3-0.6b")
    assert folder.name == "qwen3-0.6b"
    assert fetch_base(config, "Qwen/Qwen3-0.6B") == folder
    assert local_base(config, "Qwen/Qwen3-0.6B") == folder
    assert len(hub.asked) == 4


def test_the_packaged_base_and_the_published_one_are_two(
    hub: FakeHub, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is quantized: an adapter of the other would not fit."""
    published = fetch_base(config, "HuggingFaceTB/SmolLM2-135M-Instruct")
    assert published.name == "HuggingFaceTB--SmolLM2-135M-Instruct"
    unpacked = config.path_of("models", "smollm2-135m-instruct")
    monkeypatch.setattr(fetch, "unpack", lambda *_: unpacked)
    assert fetch_base(config, "smollm2-135m-instruct") == unpacked
    assert local_base(config, "smollm2-135m-instruct") is None


@pytest.mark.parametrize(
    "base", ["x" * 5000, "y" * 300 + "/z", "a\0b", "modelscope:" + "x" * 300, "~no such user/base"]
)
def test_a_name_that_no_disk_takes_is_told(tmp_path: Path, base: str) -> None:
    with pytest.raises(InputError, match=r"no such folder|no id of a base|should match pattern"):
        resolve_base(model_config(tmp_path, base))


def test_code_comes_only_where_the_owner_allows_it_and_can_come_later(
    hub: FakeHub, config: Config, tmp_path: Path
) -> None:
    fetch_base(config, "own/base")
    trusting = model_config(tmp_path, "own/base", trust_remote_code=True)
    hub.files["model.safetensors"] = b"another version: what is here stays as it is"
    folder = resolve_base(trusting)
    assert names(folder) == sorted([*WANTED, "configuration_x.py"])
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS


@pytest.mark.parametrize("base", ["own/base", "modelscope:own/base", "qwen3-0.6b"])
def test_each_revision_is_in_a_folder_of_its_own(
    hub: FakeHub, tmp_path: Path, config: Config, base: str
) -> None:
    older = FILES | {"model.safetensors": b"older weights"}
    hub.revisions = {"v1.0": older, "fix/one": dict(FILES)}
    at_first = with_revision(config, base, "v1.0")
    folder = resolve_base(at_first)
    assert folder.name == f"{base.replace(':', '--').replace('/', '--')}@v1.0"
    assert (folder / "model.safetensors").read_bytes() == b"older weights"
    assert resolve_base(at_first) == local_base(at_first) == folder
    assert local_base(at_first, "other/base") is None
    assert local_base(with_revision(config, base, "")) is None
    assert resolve_base(with_revision(config, base, "fix/one")).name.endswith("@fix--one")
    with pytest.raises(InputError, match="no revision v2 of it"):
        resolve_base(with_revision(config, base, "v2"))


@pytest.mark.parametrize("base", ["smollm2-135m-instruct", "here", "a/b/c", "/tmp"])
def test_what_comes_from_no_hub_has_no_revisions(tmp_path: Path, config: Config, base: str) -> None:
    (tmp_path / "here").mkdir()
    with pytest.raises(InputError, match=r"'v1': .* does not come from a hub"):
        with_revision(config, base, "v1")
    with pytest.raises(InputError, match="does not come from a hub"):
        resolve_base(model_config(tmp_path, base, revision="v1"))


@pytest.mark.parametrize("revision", ["../x", "-x", "a b", "a" * 101, "a\0", "x?y=1", "é"])
def test_a_revision_that_no_hub_can_have_is_refused(config: Config, revision: str) -> None:
    with pytest.raises(InputError, match="revision"):
        with_revision(config, "own/base", revision)


def test_pickled_weights_are_written_anew_where_there_are_no_others(
    hub: FakeHub, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = [f"pytorch_model-0000{n}-of-00002.bin" for n in (1, 2)]
    hub.files = {name: FILES[name] for name in ("config.json", "LICENSE", "tokenizer.json")}
    hub.files |= dict.fromkeys(parts, b"pickled") | {"training_args.bin": b"", "x.bin": b""}
    index = {"weight_map": {f"w{n}": part for n, part in enumerate(parts)}}
    hub.files["pytorch_model.bin.index.json"] = json.dumps(index).encode()
    asked: list[list[str]] = []

    def convert(folder: Path, _: object) -> None:
        asked.append(names(folder))
        (folder / "model.safetensors").write_bytes(WEIGHTS)

    monkeypatch.setattr(fetch, "convert", convert)
    _, needed = look_at(config, "own/base")
    assert needed == sum(map(len, hub.files.values())) + 2 * len(b"pickled")
    folder = fetch_base(config, "own/base")
    assert [name for name in asked[0] if name.endswith(".bin")] == parts
    assert [name for name in names(folder) if name.endswith(".bin")] == []
    assert resolve_base(config) == folder


def test_settings_without_end_name_no_code(hub: FakeHub, config: Config, tmp_path: Path) -> None:
    hub.files["tokenizer_config.json"] = b"[" * 10_000
    trusting = model_config(tmp_path, "own/base", trust_remote_code=True)
    assert resolve_base(trusting) == resolve_base(trusting) == local_base(config)


def test_where_nobody_watches_the_log_says_how_far_it_is(
    hub: FakeHub, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "twin")
    fetch_base(config, "own/base")
    said = [record.getMessage() for record in caplog.records]
    assert said[0] == "fetching own/base from Hugging Face (0.0 GB)"
    assert said[-1] == "own/base: 100% is here"


def test_modelscope(hub: FakeHub, config: Config) -> None:
    folder = fetch_base(config, "modelscope:own/base")
    assert names(folder) == WANTED
    assert folder.name == "modelscope--own--base"
    assert fetch_base(config, "qwen3-1.7b", hub="modelscope").name == "qwen3-1.7b"


def test_a_token_goes_to_hugging_face_and_to_nobody_else(
    hub: FakeHub, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_" + "x" * 34)
    fetch_base(config, "own/base")
    without = {one.path for one in hub.asked if one.token is None}
    assert without == {"model.safetensors"}, "what stores the weights is another host"
    hub.asked.clear()
    fetch_base(config, "other/base", hub=hub.address)
    assert {one.token for one in hub.asked} == {None}


@pytest.mark.parametrize(
    "troubles",
    [
        [cut(100_000), cut(50_000)],
        [cut(0), cut(0), cut(10)],
        [answers(503), answers(500)],
        [cut(100_000), answers(200, WEIGHTS)],
        [cut(100_000), answers(206, WEIGHTS, Content_Range="bytes 0-299999/300000")],
        [cut(100_000), answers(416)],
        [answers(200, WEIGHTS + b"and more")],
    ],
    ids=["cut", "cut at once", "errors", "no ranges", "another range", "416", "too much"],
)
def test_a_bad_line(hub: FakeHub, config: Config, troubles: list[Trouble]) -> None:
    hub.troubles["model.safetensors"] = troubles
    folder = fetch_base(config, "own/base", cancel=NoWait())
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS


def test_a_cut_line_goes_on_where_it_was(hub: FakeHub, config: Config) -> None:
    hub.troubles["model.safetensors"] = [cut(100_000), cut(50_000)]
    fetch_base(config, "own/base", cancel=NoWait())
    assert hub.ranges("model.safetensors") == [None, "bytes=100000-", "bytes=150000-"]


def test_what_came_before_a_dead_line_is_gone_on_with_the_next_time(
    hub: FakeHub, config: Config
) -> None:
    hub.troubles["model.safetensors"] = [cut(100_000), *[cut(0)] * 5]
    cancel = NoWait()
    with pytest.raises(TwinError, match=r"failed 6 times.* fetch again, and it goes on"):
        fetch_base(config, "own/base", cancel=cancel)
    assert cancel.waits == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert local_base(config) is None
    hub.asked.clear()
    fetch_base(config, "own/base")
    assert [one.range for one in hub.asked] == ["bytes=100000-"]


def test_a_server_that_asks_for_patience_gets_it(hub: FakeHub, config: Config) -> None:
    hub.troubles["model.safetensors"] = [
        answers(429, Retry_After="7"),
        answers(429, Retry_After="86400"),
        answers(429, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT"),
    ]
    cancel = NoWait()
    fetch_base(config, "own/base", cancel=cancel)
    assert cancel.waits == [7.0, 60.0, 4.0]


def test_what_has_another_checksum_is_not_taken(hub: FakeHub, config: Config) -> None:
    hub.troubles["model.safetensors"] = [answers(200, b"x" * len(WEIGHTS))]
    with pytest.raises(TwinError, match=r"model\.safetensors: what came has another checksum"):
        fetch_base(config, "own/base", cancel=NoWait())
    assert local_base(config) is None
    fetch_base(config, "own/base")
    assert hub.ranges("model.safetensors") == [None, None]


def test_what_is_left_of_another_version_is_fetched_anew(hub: FakeHub, config: Config) -> None:
    hub.troubles["model.safetensors"] = [cut(1000), answers(418)]
    with pytest.raises(TwinError, match="error 418"):
        fetch_base(config, "own/base", cancel=NoWait())
    hub.files["model.safetensors"] = WEIGHTS[::-1]
    hub.files["tokenizer.json"] = b"[]"
    folder = fetch_base(config, "own/base", cancel=NoWait())
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS[::-1]
    assert (folder / "tokenizer.json").read_bytes() == b"[]"


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (404, "RepoNotFound", "has no such base, or not for everyone"),
        (401, "RepoNotFound", "has no such base, or not for everyone"),
        (401, "GatedRepo", "agree on its page"),
        (403, "GatedRepo", "agree on its page"),
        (502, "", "answers with error 502"),
    ],
)
def test_a_hub_that_refuses(
    hub: FakeHub, config: Config, status: int, code: str, says: str
) -> None:
    hub.status, hub.error_code = status, code
    with pytest.raises(TwinError, match=says):
        fetch_base(config, "own/base")
    assert models(config) == []
    hub.status, hub.troubles = 200, {"config.json": [answers(status, X_Error_Code=code)] * 6}
    with pytest.raises(TwinError, match=says if status != 502 else "failed 6 times"):
        fetch_base(config, "own/base", cancel=NoWait())


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_modelscope_refuses(hub: FakeHub, config: Config, status: int) -> None:
    hub.status = status
    says = "has no such base" if status in (401, 404) else f"answers with error {status}"
    with pytest.raises(TwinError, match=f"ModelScope {says}"):
        fetch_base(config, "modelscope:own/base")


@pytest.mark.parametrize("page", ["<html>sign in", "[]", "null", "{}", '{"Data": null}', "7"])
@pytest.mark.parametrize("base", ["own/base", "modelscope:own/base"])
def test_a_page_in_between(hub: FakeHub, config: Config, base: str, page: str) -> None:
    hub.page = page
    with pytest.raises(TwinError, match=r"no list of files|no config\.json"):
        fetch_base(config, base)


def test_a_hub_that_nobody_reaches(hub: FakeHub, config: Config) -> None:
    with pytest.raises(TwinError, match=r"can't be reached .* bring its folder"):
        fetch_base(config, "own/base", hub="http://127.0.0.1:1")


@pytest.mark.parametrize(
    "id", ["a", "a/b/c", "../x", "a/..%2f", "a b/c", "a/b?x", "modelscope:", ""]
)
def test_what_is_no_id(hub: FakeHub, config: Config, id: str) -> None:
    with pytest.raises(InputError, match="no id of a base"):
        fetch_base(config, id)


def test_names_that_lead_elsewhere_and_what_nobody_can_check(hub: FakeHub, config: Config) -> None:
    hub.files |= {
        "../outside.json": b"",
        "/etc/x.json": b"",
        ".hidden.json": b"",
        "sub/model.safetensors": b"",
        "..\\x.json": b"",
    }
    unknown = {"blobId": None}
    hub.listed = {"a.json": unknown, "b.json": {"size": -1}, "c.json": {"blobId": "../../x"}}
    assert names(fetch_base(config, "own/base")) == WANTED


def test_weights_in_parts(hub: FakeHub, config: Config) -> None:
    part = "model-00001-of-00001.safetensors"
    hub.files |= {"model.safetensors.index.json": b"{}", part: b"w"}
    kept = {"LICENSE", "config.json", "model.safetensors.index.json", part, "tokenizer.json"}
    assert set(names(fetch_base(config, "own/base"))) == kept


@pytest.mark.parametrize(
    "weights",
    [["model.safetensors"], [f"model.safetensors-0000{n}-of-00002.safetensors" for n in (1, 2)]],
)
def test_an_index_beside_weights_of_other_names(
    hub: FakeHub, config: Config, weights: list[str]
) -> None:
    """One that was left of an earlier upload, or whose makers number the parts in their way."""
    hub.files = {name: FILES[name] for name in ("config.json", "tokenizer.json")}
    hub.files |= {"model.safetensors.index.json": b"{}"} | dict.fromkeys(weights, b"w")
    assert names(fetch_base(config, "own/base")) == sorted(hub.files)


def test_a_base_whose_pickles_are_refused_is_not_there(
    hub: FakeHub, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(folder: Path, _: object) -> None:
        raise InputError(f"{folder.name}: holds more than weights")

    monkeypatch.setattr(fetch, "convert", refuses)
    del hub.files["model.safetensors"], hub.files["consolidated.safetensors"]
    with pytest.raises(InputError, match="holds more than weights"):
        fetch_base(config, "own/base")
    assert local_base(config) is None
    assert models(config) == [".own--base.fetch"]
    del hub.files["pytorch_model.bin"]
    with pytest.raises(InputError, match="no other format is read"):
        fetch_base(config, "own/base")


def test_room_is_looked_for_first(
    hub: FakeHub, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=500_100_000))
    with pytest.raises(InputError, match=r"needs 0\.5 GB, and 0\.5 GB are free"):
        fetch_base(config, "own/base")
    assert hub.asked == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is full")
def test_a_disk_that_fills_up_is_told_and_cleared(hub: FakeHub, config: Config) -> None:
    part = config.path_of("models", ".own--base.fetch", "model.safetensors.part")
    part.parent.mkdir(parents=True)
    part.symlink_to("/dev/full")
    with pytest.raises(TwinError, match="the disk is full"):
        fetch_base(config, "own/base")
    assert not part.is_symlink()
    assert fetch_base(config, "own/base").is_dir()


def test_a_folder_that_can_not_be_written(hub: FakeHub, config: Config) -> None:
    config.path_of("models").parent.mkdir(parents=True, exist_ok=True)
    config.path_of("models").write_text("")
    with pytest.raises(TwinError, match="can't be written"):
        fetch_base(config, "own/base")


def test_of_two_at_once_the_second_waits(
    hub: FakeHub, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "LOCK_POLL_S", 0.01)
    go, reached = threading.Event(), threading.Event()
    hub.troubles["config.json"] = [waits_for(go, reached)]
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(fetch_base, config, "own/base")
        assert reached.wait(10)
        ended = threading.Event()
        ended.set()
        with pytest.raises(FetchCancelledError):
            fetch_base(config, "own/base", cancel=ended)
        second = pool.submit(fetch_base, config, "own/base")
        go.set()
        assert first.result(10) == second.result(10)
    assert len(hub.asked) == 4


def test_ended_in_the_middle_and_gone_on_with(hub: FakeHub, config: Config) -> None:
    cancel = threading.Event()

    def end(progress: FetchProgress) -> None:
        if progress.file == "model.safetensors":
            cancel.set()

    with pytest.raises(FetchCancelledError, match="goes on from here"):
        fetch_base(config, "own/base", end, cancel)
    assert local_base(config) is None
    assert (fetch_base(config, "own/base") / "model.safetensors").read_bytes() == WEIGHTS
    assert len([one for one in hub.asked if one.path.endswith("config.json")]) == 1


def test_a_look_fetches_the_settings_alone(hub: FakeHub, config: Config) -> None:
    shape, size = look_at(config, "own/base")
    assert shape.vocab_size == 9
    assert size == sum(len(FILES[name]) for name in WANTED)
    assert len(hub.asked) == 1
    assert not config.path_of("models").exists()
