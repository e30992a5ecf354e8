"""Show a login code on the terminal."""

import contextlib
import io
import sys
from typing import TextIO

import qrcode

from twin.terminal import one_line

OF_ACCOUNT = "Scan this code with the phone of the account the twin answers for."


def show_code(text: str, out: TextIO | None = None, *, say: str = OF_ACCOUNT) -> None:
    """On stderr, where the bot's log is: stdout belongs to results. `say`: who scans it."""
    out = out or sys.stderr
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_L, border=2)
    code.add_data(text)
    drawn = io.StringIO()
    code.print_ascii(out=drawn, invert=True)
    print(say, file=out)
    with contextlib.suppress(UnicodeEncodeError):  # a terminal without block characters
        drawn.getvalue().encode(out.encoding or "utf-8")
        print(drawn.getvalue(), file=out)
    print(f"The code as text: {one_line(text)}", file=out, flush=True)
