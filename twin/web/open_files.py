"""Raise how many files and connections this process may have open, as far as the system allows."""

import logging
import sys

log = logging.getLogger(__name__)

ENOUGH = 8192


def raise_open_files() -> None:
    """Raise the soft limit to the hard one, or to ENOUGH. Windows has no such limit."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError) as error:
        log.warning("%d files may be open at once; raising that failed (%s)", soft, error)
        return
    log.info("%d files may be open at once, %d before", wanted, soft)
