"""What a message has besides words: its picture, sound, film or file, or a note that it had one."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from nicegui import ui

from storage.media_texts import MediaText
from storage.message_files import media_of_chat
from storage.messages import Message, messages_with_ids
from twin.dashboard.page_view import PageView
from twin.dashboard.pages.media import Look, look_of, media_address
from twin.dashboard.wording import WHO, kind_in
from twin.language import N_
from twin.media.failures import FAILURES
from twin.prompting.media_marks import is_media

_ICONS: Mapping[str, str] = {
    "image": "image",
    "voice": "mic",
    "video": "videocam",
    "file": "attach_file",
    "sticker": "emoji_emotions",
    "link": "link",
    "location": "place",
    "contact": "person",
    "transfer": "payments",
    "call": "call",
    "forward": "forward",
}
_NAMES: Mapping[Look, str] = {
    "picture": N_("Picture from {who}"),
    "sound": N_("Voice message from {who}"),
    "film": N_("Video from {who}"),
}


def show_media(view: PageView, message: Message, who: str, path: str | None) -> bool:
    """`path`: its file. Whether the message's text is the file's name and was shown with it."""
    if path is not None:
        return _show_file(view, message, who, path)
    if message.kind != "text":
        _placeholder(view, message)
    return False


def show_sticker(view: PageView, message_id: int) -> None:
    """The sticker of that message of the owner's, which the twin would send again."""
    found = messages_with_ids(view.context.db, [message_id])
    for message in found:
        files = media_of_chat(view.context.db, message.chat_id, [message_id])
        show_media(view, message, view.say(WHO["owner"]), files.get(message_id))


def show_read(view: PageView, read: MediaText) -> None:
    """What a machine heard or read in the file, below it, and that it was a machine."""
    with ui.element("div").classes("chat-read"):
        for text in filter(None, (read.text, read.description)):
            ui.label(text).classes("own-text chat-text")
        ui.label(_by_whom(view, read)).classes("own-small own-text")


def _by_whom(view: PageView, read: MediaText) -> str:
    if read.confirmed_at is not None:
        return view.say("Confirmed by you")
    if read.failure is not None:
        why = FAILURES.get(read.failure, read.failure)
        return view.say("Not read: {reason}", reason=view.say(why))
    if not (read.text or read.description):
        return view.say("No words found in it ({reader})", reader=read.reader)
    return view.say("Machine-read ({reader})", reader=read.reader)


def _placeholder(view: PageView, message: Message) -> None:
    with ui.element("div").classes("chat-kind"):
        ui.icon(_ICONS.get(message.kind, "category")).props("aria-hidden=true")
        ui.label(kind_in(view.language, message.kind))
        if is_media(message):  # nothing without its file
            ui.label(view.say("(not kept)"))


def _show_file(view: PageView, message: Message, who: str, path: str) -> bool:
    address, look = media_address(message.chat_id, message.id), look_of(path)
    if look is None:
        _download(address, message.text or PurePosixPath(path).name)
        return True
    name = view.say(_NAMES[look], who=who)
    if look == "picture":
        with _anchor(address):
            picture = ui.element("img").props("loading=lazy")
            picture.props["src"], picture.props["alt"] = address, name
        return False
    player = ui.element("audio" if look == "sound" else "video").classes("chat-player")
    player.props("controls preload=none")
    player.props["src"], player.props["aria-label"] = address, name
    return False


def _download(address: str, name: str) -> None:
    with _anchor(address) as anchor:
        anchor.props["download"] = True
        with ui.element("div").classes("chat-kind"):
            ui.icon("attach_file").props("aria-hidden=true")
            ui.label(name).classes("own-text")


def _anchor(address: str) -> ui.element:
    anchor = ui.element("a").classes("chat-media")
    anchor.props["href"] = address
    return anchor
