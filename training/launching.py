"""Train in several processes, started by torch's elastic launcher, which torchrun is made of."""

import logging
import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure
from torch.distributed.launcher.api import LaunchConfig, elastic_launch

from storage.database import open_database
from storage.errors import InputError, TwinError
from training.artifacts import run_folder
from training.dataset.build import Built
from training.processes import ProcessLostError, joined
from training.progress_bar import Progress
from training.scheduling.lifecycle import beating, disk_errors_told
from twin.config.load import load_config
from twin.config.schema import Config
from twin.engine.device import choose_device
from twin.log_lines import log_to_stderr

log = logging.getLogger(__name__)

Learnt = TypeVar("Learnt")

START = "spawn"
GRACE_S = 5  # then it is killed; less than whoever ends this process gives it
ERRORS = (TwinError, InputError, ProcessLostError)


def learn_in_processes(
    count: int,
    learn: Callable[..., Learnt],
    config: Config,
    run_id: int,
    built: Built,
    max_steps: int | None,
    progress: Progress,
) -> Learnt:
    """What the first of `count` processes learnt; this one waits for them and writes nothing.

    Each of them gets the same samples. When one fails or is killed, the others are ended; on Linux
    all are when this one is killed. Raises TwinError as they do, or with what became of one.
    """
    progress.phase(f"training in {count} processes")
    progress.pause()
    # Without the connectors' sections: their classes are made when the settings are read.
    sections = {name: getattr(config, name) for name in Config.model_fields}
    level = logging.getLogger().getEffectiveLevel()
    # They meet in files: the launcher's usual meeting place is a port that other machines reach.
    os.environ["TORCH_DISABLE_SHARE_RDZV_TCP_STORE"] = "1"
    with tempfile.TemporaryDirectory(dir=run_folder(config, run_id), prefix="launcher-") as notes:
        meeting = Path(notes, "processes")
        given = (learn, sections, meeting, run_id, built, max_steps, progress.is_shown, level)
        settings = LaunchConfig(
            min_nodes=1,
            max_nodes=1,
            nproc_per_node=count,
            run_id=str(run_id),
            rdzv_backend="c10d",
            rdzv_endpoint=f"{notes}/launcher",
            rdzv_configs={"store_type": "file"},
            local_addr="localhost",
            start_method=START,
            max_restarts=0,  # the run goes on at its checkpoint when it is started again
            logs_specs=DefaultLogsSpecs(log_dir=notes),
            virtual_local_rank=choose_device(config.model) != "cpu",  # each sees one GPU, its own
            shutdown_timeout=GRACE_S,
        )
        try:
            with _own_signals(), _silent_launcher():
                results: dict[int, Learnt] = elastic_launch(settings, learn_with_others)(*given)
        except ChildFailedError as error:
            raise _told(*error.get_first_failure(), count) from None
        except SignalException as error:
            if error.sigval == signal.SIGINT:
                raise KeyboardInterrupt from None
            raise SystemExit(128 + error.sigval) from None
    return results[0]


def learn_with_others(
    learn: Callable[..., Learnt],
    sections: dict[str, Any],
    meeting: Path,
    run_id: int,
    built: Built,
    max_steps: int | None,
    show: bool,
    log_level: int,
) -> Learnt:
    """What each of the processes does."""
    # Whoever ends it waits for nothing: what it has learnt is in the checkpoint.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    config = load_config(sections["path"]).model_copy(update=sections)
    with ExitStack() as stack:
        stack.enter_context(disk_errors_told(config))
        processes = stack.enter_context(joined(config, meeting))
        log_to_stderr(log_level if processes.is_first else logging.WARNING)
        db = open_database(config.database, create=False)
        stack.enter_context(closing(db.conn))
        if processes.is_first:
            stack.enter_context(beating(config, run_id))
        progress = stack.enter_context(Progress(show=show and processes.is_first))
        return learn(config, db, run_id, built, max_steps, progress, processes)


@contextmanager
def _own_signals() -> Iterator[None]:
    """The launcher takes the signals and does not give them back."""
    kept = {number: signal.getsignal(number) for number in signal.valid_signals()}
    try:
        yield
    finally:
        for number, handler in kept.items():
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, handler)


@contextmanager
def _silent_launcher() -> Iterator[None]:
    """It logs tracebacks, which may quote what friends wrote."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(before)


def _told(rank: int, failure: ProcessFailure, count: int) -> TwinError:
    """In our own words: an exception of a library may quote what friends wrote."""
    written: Any = failure.message  # the exception, if the process could write it down
    if failure.exitcode < 0:
        ended = f"was killed by {failure.signal_name()}"
    elif isinstance(written, dict):
        log.debug("%s", written["extraInfo"]["py_callstack"])
        kind, _, message = written["message"].partition(": ")
        for ours in ERRORS:
            if kind == ours.__name__:
                return ours(message)
        ended = f"failed with {kind}"
    else:
        ended = f"failed with exit code {failure.exitcode}"
    return TwinError(
        f"[train] processes: process {rank + 1} of {count} {ended}; start the training again, it "
        "goes on at its last checkpoint"
    )
