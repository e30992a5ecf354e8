"""Check an installation: what is wrong, and how to fix it.

Imports torch only to look into a base model, and not for the checks of a bot that runs.
"""

import shutil
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from sqlite_utils import Database

from storage.adapters import live_adapter
from storage.database import open_database
from storage.database_file import DatabaseFailure
from storage.errors import TwinError
from storage.own_chats import own_chats
from storage.passages import progress
from storage.push_devices import list_devices
from storage.reasons import ErrorReason
from storage.texts import joined
from twin.adapter_names import AdapterNames
from twin.config.schema import Config
from twin.connection_errors import connection_errors
from twin.connectors.base import connector_folders
from twin.diagnostics.connections import connection_troubles
from twin.diagnostics.findings import Check, live_is_marked, problem, what_is_left
from twin.diagnostics.media_check import check_media
from twin.diagnostics.server_check import check_server
from twin.diagnostics.speech_check import check_speech
from twin.engine.adapter_files import is_of_other_base
from twin.engine.base_models import local_base
from twin.engine.bases.known import find_known
from twin.engine.bases.limits import usable_memory
from twin.engine.bases.log_figures import log_figures
from twin.engine.bases.offers import is_foreign
from twin.engine.bases.sources import is_packaged
from twin.formatting import when
from twin.loop_lag import last_figures
from twin.one_bot import bot_process
from twin.privacy.learning import overruled, waiting_for_consent
from twin.sentence_model import PACKAGE, embeddings_of

FREE_DISK_GB = 3.0
FREE_MEMORY_GB = 1.5
GB = 1e9
DAY_MS = 24 * 3_600_000


def diagnose(config: Config) -> list[Check]:
    """Every check. The database's are left out when it can't be opened."""
    is_running = bot_process(config.data) is not None
    of_machine = (_torch, _base, _guard, _disk, _memory, _port, _event_loop, _bot)
    return _diagnose(config, of_machine, _log, is_running, connection_errors(config.data))


def diagnose_running(config: Config) -> list[Check]:
    """The checks for a bot that runs: its port is in use, and its database is not read through.

    Its pages show by themselves what its connections met.
    """
    of_machine = (_torch, _base, _guard, _disk, _memory, _event_loop)
    return _diagnose(config, of_machine, _contents, is_running=True, errors={})


def _diagnose(
    config: Config,
    of_machine: Sequence[Callable[[Config], Check]],
    of_log: Callable[[Config, Database], Iterator[Check]],
    is_running: bool,
    errors: Mapping[str, str],
) -> list[Check]:
    checks = [*(check(config) for check in of_machine), *_connectors(config, errors)]
    try:
        db = open_database(config.database, create=not is_running)
    except DatabaseFailure as error:
        if error.kind is ErrorReason.DATABASE_GONE:
            return [*checks, problem("database_gone", path=config.database)]
        return [*checks, problem("no_database", error=error)]
    except TwinError as error:
        return [*checks, problem("no_database", error=error)]
    try:
        return [*checks, *of_log(config, db)]
    except sqlite3.DatabaseError as error:
        return [*checks, problem("damaged", error=error)]
    finally:
        db.close()


def _torch(config: Config) -> Check:
    try:
        return Check("torch", "ok", version("torch"))
    except PackageNotFoundError:
        return problem("no_torch")


def _model(config: Config) -> Check:
    base = config.model.base
    known = find_known(base)
    if known is not None and is_packaged(base):
        if find_spec(known.package) is None:
            package = known.package.replace("_", "-")
            return problem("no_package", base=base, package=package, python=sys.executable)
        return Check("base model", "ok", f"{base}, packaged")
    folder = local_base(config)
    if folder is not None:
        return Check("base model", "ok", f"{base}, in {folder}")
    if known is not None:
        return problem("base_not_fetched", base=base)
    return problem("no_model", base=base)


def _base(config: Config) -> Check:
    """The base model, looked into where it is on this machine already."""
    found, folder = _model(config), local_base(config)
    if folder is None or found.verdict == "fail" or find_spec("torch") is None:
        return found
    from twin.engine.base_check import check_base, old_cache_uses, remarks
    from twin.engine.base_trial import load_and_try

    try:
        check_base(config)
        tried, told = load_and_try(config), remarks(config)
    except TwinError as error:
        return problem("base_unusable", error=error)
    if config.model.trust_remote_code and (names := old_cache_uses(folder)):
        known = version("transformers")
        return problem("old_cache", names=", ".join(names), version=known)
    wrote = "it can be trained and writes" if tried else "not tried: it needs more free memory"
    return Check("base model", "ok", joined("; ", [f"{config.model.base}, {wrote}", *told]))


def _disk(config: Config) -> Check:
    folder = next(p for p in (config.data, *config.data.parents) if p.exists())
    free = shutil.disk_usage(folder).free / GB
    if free < FREE_DISK_GB:
        needed = f"{FREE_DISK_GB:g}"
        return problem("little_disk", free=f"{free:.1f}", folder=folder, needed=needed)
    return Check("disk", "ok", f"{free:.1f} GB free in {folder}")


def _memory(config: Config) -> Check:
    free = usable_memory()[0] / GB
    if free < FREE_MEMORY_GB:
        return problem("little_memory", free=f"{free:.1f}")
    return Check("memory", "ok", f"{free:.1f} GB available")


def _port(config: Config) -> Check:
    web = config.web
    name = "web port"
    if not web.enabled:
        return Check(name, "ok", "the web page is switched off")
    with socket.socket() as probe:
        probe.settimeout(1)
        # Connecting and not binding: a port that was closed just now can't be bound everywhere.
        host = "127.0.0.1" if web.host == "0.0.0.0" else web.host
        try:
            used = probe.connect_ex((host, web.port)) == 0
        except OSError as error:
            return problem("no_such_host", host=web.host, error=error)
    if used:
        return problem("port_in_use", host=web.host, port=web.port)
    return Check(name, "ok", f"{web.host}:{web.port} is free")


def _guard(config: Config) -> Check:
    policy = config.policy
    if policy.guard and policy.second_opinion and find_spec(PACKAGE) is None:
        return problem("no_second_opinion", package=PACKAGE)
    return Check("guard", "ok", "on" if policy.guard else "off")


def _bot(config: Config) -> Check:
    process = bot_process(config.data)
    return Check("bot", "ok", f"runs as process {process}" if process else "does not run")


def _event_loop(config: Config) -> Check:
    lag = last_figures(config.data)
    if lag is None:
        return Check("event loop", "ok", "the bot has not measured it yet")
    if lag.stalled_at is not None and lag.measured_at - lag.stalled_at < DAY_MS:
        return problem("loop_stood", count=lag.stalls, time=when(lag.stalled_at))
    return Check("event loop", "ok", f"late by {lag.p99_ms:g} ms at most, 99 times of 100")


def _connectors(config: Config, errors: Mapping[str, str]) -> Iterator[Check]:
    for folder, found in connection_troubles(config, errors):
        yield Check(folder.title, "fail", found.found, found.remedy)


def _log(config: Config, db: Database) -> Iterator[Check]:
    intact = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if intact == "ok":
        yield Check("database", "ok", str(config.database))
    else:
        yield problem("damaged", error=intact)
    yield from _contents(config, db)


def _contents(config: Config, db: Database) -> Iterator[Check]:
    yield from (check(config, db) for check in _LOG_CHECKS)


def _messages(config: Config, db: Database) -> Check:
    count = db.execute("SELECT COUNT(*) FROM messages WHERE origin = 'owner'").fetchone()[0]
    if count < config.train.min_samples:
        return problem("few_messages", count=count)
    return Check("your messages", "ok", str(count))


def _language(config: Config, db: Database) -> Check:
    log, base = log_figures(db), config.model.base
    if is_foreign(base, log):
        return problem("foreign_base", base=base, share=f"{log.chinese_share:.0%}")
    return Check("language", "ok", "nothing is known against the base model")


def _adapter(config: Config, db: Database) -> Check:
    adapter = live_adapter(db)
    if adapter is None:
        return problem("no_adapter")
    folder = config.path_of(adapter.path)
    if not folder.is_dir():
        return problem("adapter_gone")
    if is_of_other_base(folder, config):
        return problem("adapter_of_other_base")
    name = AdapterNames(db, config.schedule).with_id(adapter.name)
    return live_is_marked(db) or Check("adapter", "ok", name)


def _forgotten(config: Config, db: Database) -> Check:
    return what_is_left(db) or Check("forgotten chats", "ok", "nothing is left of them")


def _consent(config: Config, db: Database) -> Check:
    for section in overruled(config):
        return problem("consent_overruled", section=section)
    count = waiting_for_consent(db, config)
    return problem("no_consent", count=count) if count else Check("consent", "ok", "not missing")


def _owner(config: Config, db: Database) -> Check:
    if not config.owner.name:
        return problem("no_name")
    return Check("owner", "ok", config.owner.name)


def _notices(config: Config, db: Database) -> Check:
    """Where the owner is told; with none but web and terminal there is nowhere but their pages."""
    able = [one.name for one in connector_folders() if one.own_chat and one.of(config).is_on]
    chats = [f"{chat.name} ({chat.platform})" for chat in own_chats(db) if chat.platform in able]
    devices = len(list_devices(db))
    if able and not chats and not devices:
        return problem("no_own_chat", platforms=", ".join(able))
    places = [f"in {chat}" for chat in chats[:1]] + ([f"on {devices} devices"] if devices else [])
    return Check("notices", "ok", " and ".join(places) or "on your own pages")


def _index(config: Config, db: Database) -> Check:
    name, memory = "index of the memory", config.memory
    if not memory.enabled:
        return Check(name, "ok", "the memory is off")
    if memory.embeddings and not embeddings_of(config):
        return problem("no_embeddings", package=PACKAGE)
    if not memory.embeddings:
        return Check(name, "ok", "words alone")
    done = progress(db)
    left = f", {done.stale_chats} chats are still to be gone through" if done.stale_chats else ""
    return Check(name, "ok", f"{done.passages} passages{left}")


_LOG_CHECKS: tuple[Callable[[Config, Database], Check], ...] = (
    _messages,
    _language,
    _adapter,
    check_server,
    _owner,
    _notices,
    _index,
    check_media,
    check_speech,
    _consent,
    _forgotten,
)
