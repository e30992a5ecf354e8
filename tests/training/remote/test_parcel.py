"""What goes to another machine, byte by byte."""

import json
import re

import pytest
from sqlite_utils import Database

from storage.chats import upsert_chat
from storage.errors import InputError
from storage.messages import NewMessage, log_message
from tests.training.tiny_twin import MINUTE
from training.dataset.build import build
from training.remote.names import NameMask, known_names
from training.remote.parcel import key_of, make_parcel, packed, unpacked
from twin.config.schema import Config, PrivacySettings

SECRETS = re.compile(rb"\b(sam|ann|ben)\b|2345|config\.toml|twin\.db|/tmp", re.IGNORECASE)


def content(db: Database, config: Config) -> bytes:
    built, mask = build(db, config), NameMask(known_names(db, config))
    return packed(make_parcel(config, mask.samples(built.train), (), max_steps=None))


@pytest.mark.parametrize("masks", [True, False])
def test_no_name_no_number_no_time_no_path_goes(
    chats: Database, config: Config, masks: bool
) -> None:
    ann = upsert_chat(chats, "test", "Ann", "Ann").id
    log_message(chats, NewMessage(ann, "peer", "ben's number is +49 151 23456789, sam", 3 * MINUTE))
    log_message(chats, NewMessage(ann, "owner", "thx, i wrote it down", 3 * MINUTE + 1000))
    privacy = PrivacySettings(mask=masks)
    sent = content(chats, config.model_copy(update={"privacy": privacy}))
    assert b"[NAME]'s number is [PHONE_1], [NAME]" in sent
    assert SECRETS.findall(sent) == []
    document = json.loads(sent)
    assert set(document) == {
        *("version", "train", "canaries", "max_steps", "samples", "questions"),
    }
    assert set(document["train"]) == {
        *("rank", "alpha", "dropout", "targets", "epochs", "learning_rate", "batch_size"),
        *("accumulation", "max_tokens", "save_steps", "seed"),
    }
    assert set(document["samples"][0]) == {
        *("instruction", "input", "output", "history", "memory", "weight"),
        *("chat_id", "conversation", "position"),
    }
    assert {sample["chat_id"] for sample in document["samples"]} == {1, 2}


def test_the_same_data_is_the_same_parcel(chats: Database, config: Config) -> None:
    first = content(chats, config)
    assert content(chats, config) == first
    parcel = unpacked(first)
    assert packed(parcel) == first
    assert parcel.settings(config.train).rank == config.train.rank
    assert len(parcel.built().train) == 36
    log_message(chats, NewMessage(1, "owner", "one more", 500 * MINUTE))
    log_message(chats, NewMessage(1, "peer", "and an answer", 500 * MINUTE + 1))
    log_message(chats, NewMessage(1, "owner", "yes", 500 * MINUTE + 2))
    assert key_of(content(chats, config)) != key_of(first)


@pytest.mark.parametrize("wrong", [b"", b"[]", b"{}", b"\xff", b'{"version": 1}'])
def test_what_is_no_parcel_is_refused(wrong: bytes) -> None:
    with pytest.raises(InputError, match="no parcel"):
        unpacked(wrong)
