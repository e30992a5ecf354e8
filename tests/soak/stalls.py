"""Where the event loop of the soak's bot stood, how late it was, and what of that was its work."""

import asyncio
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable

import psutil

TICK_S = 0.005
LONG_MS = 50
LOOK_S = 0.02
FRAMES = 6


class Stalls:
    """A thread looks at the loop's stack whenever it is late; `measure` says what was seen."""

    def __init__(self) -> None:
        self._loop, self._beat, self._where = threading.get_ident(), time.perf_counter(), ""
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_S)
            if not self._where and time.perf_counter() - self._beat > LONG_MS / 1000:
                stack = traceback.extract_stack(sys._current_frames()[self._loop])[-FRAMES:]
                self._where = " > ".join(
                    f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}"
                    for frame in stack
                )

    async def measure(self, tell: Callable[..., None]) -> None:
        """How many milliseconds late the loop was, and the memory, once a second.

        Of each long stall also the milliseconds that the loop's thread and that the whole process
        computed, and where it was.
        """
        late: Counter[int] = Counter()
        told, process = time.monotonic(), psutil.Process()
        while True:
            self._beat, self._where = time.perf_counter(), ""
            thread, process_time = time.thread_time(), time.process_time()
            await asyncio.sleep(TICK_S)
            late_ms = int((time.perf_counter() - self._beat - TICK_S) * 1000)
            late[late_ms] += 1
            if late_ms >= LONG_MS:
                own_ms = int((time.thread_time() - thread) * 1000)
                all_ms = int((time.process_time() - process_time) * 1000)
                tell(stall=[late_ms, own_ms, all_ms, self._where])
            if time.monotonic() - told >= 1:
                told = time.monotonic()
                tell(late=late, memory=process.memory_info().rss)
                late.clear()
