"""Ask the program on another machine, over the user's own ssh."""

import contextlib
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from threading import Thread, Timer
from typing import Any

from storage.errors import InputError, TwinError
from training.remote import protocol
from training.remote.protocol import CutError
from twin.child_process import signal_group
from twin.config.schema import TrainSettings
from twin.places import program_version
from twin.terminal import one_line

# The user's own configuration, keys and known hosts, and nobody to ask. A dead line is noticed in a
# minute. Nothing of this machine is lent to the other.
OPTIONS = (
    *("-T", "-a", "-x"),
    *("-o", "BatchMode=yes"),
    *("-o", "ConnectTimeout=20"),
    *("-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4"),
    *("-o", "ClearAllForwardings=yes"),
)
COMMAND = "train-for-others"
NOT_FOUND, SSH_FAILED = 127, 255  # exit codes of the shell there, and of ssh
LEAVES_S = 10.0
GREETING_S = 600.0  # it reads its base, a second for each gigabyte or so, when that is new
ANSWER_S = 120.0


class LineCutError(TwinError):
    """The connection ended."""


class Connection:
    """The program on `host`, which answers one question after the other."""

    def __init__(self, host: str, process: "subprocess.Popen[bytes]") -> None:
        self.host = host
        self._process = process
        self._said = deque[str](maxlen=4)
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()
        assert process.stdin is not None
        assert process.stdout is not None
        self._to, self._from = process.stdin, process.stdout
        self.greeted = self._greeting()

    def _listen(self) -> None:
        """What ssh and the shell there say, the last of it, until both are gone."""
        stream = self._process.stderr
        assert stream is not None
        with stream, contextlib.suppress(OSError, ValueError):
            while line := stream.readline(1000):
                if text := line.decode("utf-8", "replace").strip():
                    self._said.append(text)

    def _greeting(self) -> dict[str, Any]:
        try:
            with self._within(GREETING_S):
                return protocol.read_greeting(self._from)
        except CutError:
            raise self._cut() from None
        except TwinError as error:
            raise self._nonsense(error) from error

    def ask(
        self, do: str, key: str, content: bytes = b"", **more: Any
    ) -> tuple[dict[str, Any], bytes]:
        """Raises LineCutError, and TwinError for what the other machine refuses."""
        try:
            with self._within(ANSWER_S):
                protocol.write(self._to, {"do": do, "key": key, **more}, content)
                told, answer = protocol.read(self._from)
        except CutError:
            raise self._cut() from None
        except TwinError as error:
            raise self._nonsense(error) from error
        if "error" in told:
            raise TwinError(f"{self.host}: {shown(told['error'])}")
        return told, answer

    @contextlib.contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """Who says nothing so long is cut off."""
        # The group: what ssh's configuration started would hold the pipes open.
        timer = Timer(seconds, signal_group, [self._process], {"kill": True})
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _nonsense(self, error: TwinError) -> TwinError:
        return TwinError(f"{self.host}: {error}; install this version there, or see what it prints")

    def _cut(self) -> TwinError:
        """Why it ended, as ssh or the shell there says it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(LEAVES_S)
        self._listener.join(LEAVES_S)
        said = shown(" ".join(self._said)) or "no word why"
        if self._process.returncode == NOT_FOUND:
            return InputError(
                f"{self.host}: the program is not found there ({said}); install it, or set "
                "[train] on_command to how it is called there"
            )
        return LineCutError(f"{self.host}: the connection ended ({said})")


@contextlib.contextmanager
def connected(settings: TrainSettings) -> Iterator[Connection]:
    """To [train] on. Raises TwinError where nobody answers there, and for another version."""
    command = ["ssh", *OPTIONS, "--", settings.on, f"{settings.on_command} {COMMAND}"]
    # A group of its own: Ctrl+C is for this program, which then tidies up there.
    group: dict[str, Any] = {} if sys.platform == "win32" else {"process_group": 0}
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **group,
        )
    except OSError as error:
        raise TwinError(f"ssh: can't be started ({error.strerror}); install OpenSSH") from error
    try:
        connection = Connection(settings.on, process)
        _check_version(settings.on, connection.greeted)
        yield connection
    finally:
        _hang_up(process)


def _check_version(host: str, greeting: dict[str, Any]) -> None:
    theirs, ours = greeting[protocol.GREETING], program_version()
    if theirs != ours:
        raise InputError(
            f"{host}: has version {shown(theirs)} of this program, here it is {ours}; install "
            f"{ours} there"
        )


def _hang_up(process: "subprocess.Popen[bytes]") -> None:
    """The end of its input tells the other side to leave. Who does not is killed."""
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(LEAVES_S)
    signal_group(process, kill=True)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def shown(text: object) -> str:
    """What another machine says, on one line."""
    return one_line(str(text))[:300]
