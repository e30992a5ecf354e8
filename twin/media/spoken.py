"""What is said in voices, with a Whisper model from a folder that the owner named."""

from importlib.metadata import version
from pathlib import Path

import numpy as np

from twin.media.contents import Content
from twin.media.failures import Unreadable
from twin.media.needs import NEEDED, VOCABULARIES, is_model
from twin.media.sounds import RATE, Sound, sound_of

_MOST_REPEATED = (
    2.4  # text / compressed text: above, the model turns in circles (Whisper's own limit)
)


class Speech:
    """`language`: as in "zh"; "" lets the model guess. Raises what the package raises for a folder
    that holds no such model.
    """

    def __init__(self, folder: Path, language: str, threads: int) -> None:
        from faster_whisper import WhisperModel

        if not is_model(folder):  # it would be looked for at a hub
            names = ", ".join((*NEEDED, " or ".join(VOCABULARIES)))
            raise FileNotFoundError(f"{folder} is no folder with {names}")
        self._model = WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=threads,
            local_files_only=True,
        )  # fmt: skip
        if language not in ("", "en") and not self._model.model.is_multilingual:
            raise ValueError(f"this model knows English alone, and [media] language is {language}")
        self._language = language
        self._said(np.zeros(RATE, np.float32))  # loads what finds speech
        self.name = f"Whisper {folder.name} (faster-whisper {version('faster-whisper')})"

    def read(self, data: bytes, content: Content) -> str:
        """The words, "" where nobody speaks."""
        if content.what == "picture":
            raise Unreadable("unknown")
        return self._said(sound_of(data, content))

    def _said(self, sound: Sound) -> str:
        segments, _ = self._model.transcribe(
            sound,
            language=self._language or None,
            beam_size=1,
            temperature=0,  # others are tried where it is unsure, which takes ten times as long
            condition_on_previous_text=False,
            vad_filter=True,  # from silence it would make up words
        )
        said = [one.text.strip() for one in segments if one.compression_ratio <= _MOST_REPEATED]
        return " ".join(said).strip()
