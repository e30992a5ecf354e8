"""Take away from this process what reading a stranger's file does not need."""

import contextlib
import ctypes
import os
import sys

import psutil

# Python's audit events (PEP 578) of what a file that runs code would want first.
REFUSED = (
    *("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.system"),
    *("os.startfile", "os.kill", "ctypes.dlopen", "urllib."),
)
NEW_USERS, NEW_NETWORK = 0x1000_0000, 0x4000_0000  # Linux's CLONE_NEWUSER and CLONE_NEWNET


def leave_network() -> None:
    """On Linux, where the kernel allows it: a network of this process alone, with nobody on it.

    Call it before any thread is started.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).unshare(NEW_USERS | NEW_NETWORK)


def refuse_the_rest(memory_bytes: int) -> None:
    """From here on this process connects to nobody, starts nothing, and has so much more memory.

    Nothing in Python takes an audit hook away again.
    """
    sys.addaudithook(_refuse)
    if sys.platform != "win32":
        import resource

        limit = psutil.Process(os.getpid()).memory_info().vms + memory_bytes
        with contextlib.suppress(OSError, ValueError):  # macOS knows no such limit
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _refuse(event: str, _: tuple[object, ...]) -> None:
    if event.startswith(REFUSED):
        raise PermissionError(f"{event} is refused here")
