"""Tell what was sent, a picture, a voice message or another file, by its name or its media type."""

import re

from storage.messages import Kind

# The standard library's `mimetypes` lacks half of these, calls 3gp a sound, and knows others with
# each version of Python.
_SUFFIXES: dict[Kind, str] = {
    "image": "apng avif bmp dng gif heic heif jfif jpeg jpg png svg tif tiff webp",
    "video": "3g2 3gp avi flv m4v mkv mov mp4 mpeg mpg ogv qt webm wmv",
    "voice": "aac aif aiff amr caf flac m4a mp3 oga ogg opus silk wav wma",
    "contact": "vcf",
}
_KINDS = {suffix: kind for kind, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
_TYPES: dict[str, Kind] = {
    "image": "image",
    "video": "video",
    "audio": "voice",
    "text/vcard": "contact",
    "text/x-vcard": "contact",
}


def kind_of_file(name: str) -> Kind:
    """Of a name, a path or an address; "file" where the suffix tells nothing more."""
    path = re.split("[?#]", name, maxsplit=1)[0] if "://" in name else name
    _, dot, suffix = path.rpartition(".")
    return _KINDS.get(suffix.lower(), "file") if dot else "file"


def kind_of_media_type(media_type: str) -> Kind:
    """Of `image/jpeg` or `audio/ogg; codecs=opus`; "file" for all that is no picture or sound."""
    whole = media_type.partition(";")[0].strip().lower()
    return _TYPES.get(whole) or _TYPES.get(whole.partition("/")[0], "file")


# Beside pictures, films and sounds; no program, and no page that a browser would run.
_DOCUMENTS = "csv doc docx epub odp ods odt pdf ppt pptx txt xls xlsx zip"
_HARMLESS = {*_KINDS, *_DOCUMENTS.split()} - {"svg"}


def harmless_suffix(name: str) -> str:
    """The end of a file's name, as in `.jpg`, where it is that of no program; "" elsewhere."""
    _, dot, suffix = name.rpartition(".")
    return f".{suffix.lower()}" if dot and suffix.lower() in _HARMLESS else ""


_PATH = re.compile(r"(?:[^\n:*?\"<>|/\\]{1,200}[/\\]){1,12}[^\n:*?\"<>|/\\]{1,200}\.\w{1,8}")


def path_alone(text: str) -> str:
    """The text, where it is the path of a file within the export and nothing else; otherwise ""."""
    return text if _PATH.fullmatch(text) else ""
