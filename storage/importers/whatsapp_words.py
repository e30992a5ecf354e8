"""What WhatsApp writes in place of pictures and taken-back messages, in the languages we know."""

import re

from storage.messages import Kind

_OMITTED: tuple[tuple[Kind, str], ...] = (
    ("image", "image|photo|bild|imagen|imagem|immagine|foto|图片|圖片|图像|画像|фото"),
    ("sticker", "sticker|figurinha|贴图|貼圖|表情|スタンプ|стикер|gif"),
    ("voice", "audio|áudio|voice message|语音|音频|語音訊息|音訊|音声|аудио"),
    ("video", "video|vídeo|视频|影片|動画|видео|video note|视频消息"),
    ("contact", "contact card|kontaktkarte|名片|联系人"),
    ("file", "document|dokument|documento|文档|文件|書類|документ"),
)
_GONE = re.compile(
    r"(?:image|photo|sticker|gif|audio|video|video note|voice message|document|contact card|media|"
    r"bild|audio|video|dokument|medien|imagen|vídeo|foto|imagem|immagine|figurinha|áudio|"
    r"图片|圖片|图像|视频|音频|语音|文档|文件|贴图|貼圖|影片|音訊|媒体|媒體|多媒體檔案)? ?"
    r"(?:omitted|weggelassen|ausgeschlossen|omitida|omitido|ocultada|oculto|omesso|omessa|absente|"
    r"忽略|已忽略|已省略|未加载|は含まれていません|не включ[её]н\w*|dihilangkan)"
)
_ATTACHED = re.compile(r"<(?:attached|附件|adjunto|anexado|Anhang|pièce jointe)[:：] ?([^<>]+)>")
_FILE = re.compile(r"([\w-]+\.\w{2,5}) \([^()]{3,40}\)")
_MEDIA_OMITTED = re.compile(r"<[^<>\n]{3,40}>")
_NAMES: tuple[tuple[Kind, str], ...] = (
    ("image", r"IMG-|PHOTO|\.jpe?g$|\.png$|\.webp$"),
    ("voice", r"PTT-|AUDIO|AUD-|\.opus$|\.m4a$"),
    ("video", r"VID-|VIDEO|\.mp4$"),
    ("sticker", r"STK-|STICKER"),
    ("contact", r"\.vcf$"),
)
_DELETED = (
    *("This message was deleted", "You deleted this message", "Diese Nachricht wurde gelöscht"),
    *("Du hast diese Nachricht gelöscht", "Se eliminó este mensaje", "Eliminaste este mensaje"),
    *("Mensagem apagada", "Você apagou esta mensagem", "此消息已删除", "您删除了这条消息"),
    *("你删除了这条消息", "此訊息已刪除", "你已刪除此訊息", "Ce message a été supprimé"),
)
_CALLS = (
    "Missed voice call",
    "Missed video call",
    "Voice call",
    "Video call",
    "语音通话",
    "视频通话",
)
_PLACES = ("location: https://", "Location: https://", "live location shared", "位置: https://")
_EDITED = re.compile(
    r"\s*<(?:This message was edited|此消息已编辑|Diese Nachricht wurde bearbeitet)>$"
)


def without_edit_mark(words: str) -> str:
    return _EDITED.sub("", words)


def kind_of_words(words: str) -> tuple[Kind, bool]:
    """(kind, whether it was taken back) of the whole words of a message."""
    said = words.strip()
    if len(said) > 200:
        return "text", False
    if said.rstrip(".。").startswith(_DELETED) and len(said) < 60:
        return "system", True
    attached = _ATTACHED.fullmatch(said) or _FILE.fullmatch(said)
    if attached:
        name = attached[1].strip()
        return next((kind for kind, sign in _NAMES if re.search(sign, name)), "file"), False
    if _GONE.fullmatch(said.lower()) or _is_media_omitted(said):
        return _of_omitted(said.lower().strip("<>")), False
    if said.startswith(_CALLS) and len(said) < 60:
        return "call", False
    return ("location", False) if said.startswith(_PLACES) else ("text", False)


def _is_media_omitted(said: str) -> bool:
    """`<Media omitted>`, and what other languages put between such brackets alone."""
    return (
        _MEDIA_OMITTED.fullmatch(said) is not None and " " in said
    ) or said == "<省略多媒体文件>"


def _of_omitted(said: str) -> Kind:
    found = (kind for kind, words in _OMITTED if re.match(f"(?:{words})", said))
    return next(found, "other")
