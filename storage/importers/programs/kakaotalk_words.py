"""What KakaoTalk writes in place of a message that is no text, and its own lines."""

import re
from collections.abc import Collection

from storage.importers.base import Said
from storage.importers.file_kinds import kind_of_file
from storage.messages import Kind

_PLACEHOLDERS: dict[str, Kind] = {
    **dict.fromkeys(("사진", "Photo", "Photos"), "image"),
    **dict.fromkeys(("동영상", "Video", "videos", "Videos"), "video"),
    **dict.fromkeys(("이모티콘", "(이모티콘)", "Emoticon", "Emoticons", "(Emoticon)"), "sticker"),
    **dict.fromkeys(("(emoticon)", "Sticker", "Stickers"), "sticker"),
    **dict.fromkeys(("음성메시지", "음성 메시지", "Voice Note", "Voice Message"), "voice"),
}
_DELETED = ("삭제된 메시지입니다.", "메시지가 삭제되었습니다.", "This message was deleted.")
_DURATION = r"\d{1,3}:\d{2}(?::\d{2})?"
_PATTERNS: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"사진 \d{1,3}장|\d{1,3} [Pp]hotos"), "image"),
    (re.compile(r"(?:파일|File): [^\n]{1,250}\.\w{1,8}"), "file"),
    (
        re.compile(
            r"(?:보이스톡|페이스톡|라이브톡|그룹콜|그룹 보이스톡|그룹 페이스톡)"
            rf"(?: 해요\.?| 취소| 부재중| 종료| 응답없음)?(?: {_DURATION})|"
            r"(?:보이스톡|페이스톡|라이브톡|그룹콜|그룹 보이스톡|그룹 페이스톡)"
            r" (?:해요\.?|취소|부재중|종료|응답없음)|"
            rf"(?:Voice Call|Video Call|Live Talk ended) {_DURATION}"
        ),
        "call",
    ),
    (re.compile(r"샵검색: #[^\n]{1,200}"), "link"),
)
# With media, a phone's export holds the names of its own files, which are hashes.
_OWN_FILE = re.compile(r"[0-9a-f]{32,128}\.\w{2,5}")
_FACE = re.compile(r"\((?:이모티콘|[Ee]moticon)\) (?=\S)")
_NOTICE = re.compile(
    r"(?:(?P<ko>.{1,60}?)님이 (?:들어왔습니다|나갔습니다|(?:.{1,400}님을 )"
    r"(?:초대하였습니다|초대했습니다|내보냈습니다))\.(?:채팅방으로 초대하기)?"
    r"|(?P<joined>.{1,60}) (?:has )?joined this chatroom\."
    r"|(?P<en>.{1,60}?) (?:left\.|left this chatroom\.|(?:has )?invited .{1,400}\.))"
)


def said(text: str, sender: str) -> Said:
    """What the whole text of a message is."""
    whole = text.strip()
    if whole in _DELETED:
        return Said("system", whole, recalled=True)
    if is_notice(whole, (sender,)):
        return Said("system", whole)
    kind = _PLACEHOLDERS.get(whole) or (kind_of_file(whole) if _OWN_FILE.fullmatch(whole) else None)
    kind = kind or next((kind for pattern, kind in _PATTERNS if pattern.fullmatch(whole)), None)
    if kind is not None:
        return Said(kind, "", file=whole if _OWN_FILE.fullmatch(whole) else "")
    face = _FACE.match(text)
    return Said("sticker", text[face.end() :]) if face else Said("text", text)


def is_notice(line: str, names: Collection[str], *, apart: bool = False) -> bool:
    """Whether KakaoTalk says that somebody came, went or was invited.

    Of one of `names`. `apart`: the line stands below a message, which may end so: then "Ben left."
    counts for one of them alone, and sentences that nobody says in a chat for everybody.
    """
    match = _NOTICE.fullmatch(line)
    if match is None:
        return False
    who = match["ko"] or match["joined"] or match["en"]
    return who in names or (apart and match["en"] is None)
