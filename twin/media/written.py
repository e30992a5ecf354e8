"""What is written in pictures and stickers, with the models that the package rapidocr carries."""

from importlib.metadata import version

import numpy as np

from twin.media.contents import Content
from twin.media.failures import Unreadable
from twin.media.pictures import Pixels, frames_of


class Writing:
    """Reads Chinese, English and Japanese. Takes two seconds to load."""

    def __init__(self, threads: int) -> None:
        from rapidocr import EngineType, RapidOCR

        engine = EngineType.OPENVINO
        parts = {f"{part}.engine_type": engine for part in ("Det", "Cls", "Rec")}
        others = {
            "EngineConfig.openvino.inference_num_threads": threads,
            "Global.log_level": "critical",
            # Six at once, as by default, take a gigabyte more for a page of long lines.
            "Rec.rec_batch_num": 2,
            "Cls.cls_batch_num": 2,
        }
        self._find = RapidOCR(params=parts | others)
        self._lines(np.full((64, 640, 3), 255, np.uint8))  # loads what finds words
        # And what reads them. It keeps what it was told, so each call tells it.
        self._find(np.full((48, 320, 3), 255, np.uint8), use_det=False)
        self.name = f"PP-OCR (rapidocr {version('rapidocr')})"

    def read(self, data: bytes, content: Content) -> str:
        """The lines, from top to bottom, "" where there are none; of what moves, each line once."""
        if content.what == "sound":
            raise Unreadable("unknown")
        lines: list[str] = []
        for parts in frames_of(data, content):
            found = [line for part in parts for line in self._lines(part)]
            lines += [line for line in found if line not in lines] if lines else found
        return "\n".join(lines)

    def _lines(self, picture: Pixels) -> list[str]:
        bgr = np.ascontiguousarray(picture[:, :, ::-1])  # as OpenCV has them
        lines = (line.strip() for line in self._find(bgr, use_det=True).txts or ())
        return [line for line in lines if any(map(str.isalnum, line))]  # others are no words
