"""What LINE writes in a message's place, and how its headings name the chat."""

import re

from storage.messages import Kind

HEADINGS = (
    re.compile(r"(?:\[LINE\] ?)?Chat history (?:with|in) (.+)"),
    re.compile(r"\[LINE\] ?(?:与|與)?(.+?)(?:的聊天记录|的聊天記錄|とのトーク履歴|のトーク履歴)"),
    re.compile(r"\[LINE\] ?ประวัติการแชท(?:กับ|ใน) ?(.+)"),
    re.compile(r"\[LINE\] ?(.+?)(?:님과의|와의|과의) (?:대화|채팅)(?: 내용)?"),
    re.compile(r"\[LINE\] ?Riwayat (?:chat|obrolan) (?:dengan|di) (.+)"),
)
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("Photo", "Photos", "照片", "圖片", "图片", "写真", "画像"), "image"),
    **dict.fromkeys(("รูป", "รูปภาพ", "사진", "Foto", "Album", "相簿", "相册", "アルバム"), "image"),
    **dict.fromkeys(("อัลบั้ม", "앨범"), "image"),
    **dict.fromkeys(
        ("Sticker", "Stickers", "贴图", "貼圖", "スタンプ", "สติกเกอร์", "스티커"), "sticker"
    ),
    **dict.fromkeys(("Stiker", "Emoji", "絵文字"), "sticker"),
    **dict.fromkeys(("Video", "Videos", "视频", "影片", "動画", "วิดีโอ", "동영상"), "video"),
    **dict.fromkeys(
        ("Voice message", "Audio", "语音信息", "語音訊息", "ボイスメッセージ"), "voice"
    ),
    **dict.fromkeys(("ข้อความเสียง", "음성메시지", "음성 메시지"), "voice"),
    **dict.fromkeys(("File", "文件", "檔案", "ファイル", "ไฟล์", "파일"), "file"),
    **dict.fromkeys(("Location", "位置", "位置信息", "位置訊息", "位置情報", "ตำแหน่ง"), "location"),
    **dict.fromkeys(("위치", "위치정보", "Lokasi"), "location"),
    **dict.fromkeys(("Contact", "名片", "聯絡資訊", "联系人信息", "連絡先", "연락처"), "contact"),
    **dict.fromkeys(("Contacts", "รายชื่อติดต่อ", "Kontak"), "contact"),
    **dict.fromkeys(("Link", "リンク", "連結", "链接", "ลิงก์", "링크"), "link"),
    **dict.fromkeys(("Notes", "Note", "ノート", "記事本", "记事本", "โน้ต", "노트"), "other"),
    **dict.fromkeys(("Gift", "ギフト", "禮物", "礼物", "ของขวัญ", "선물", "Poll", "投票"), "other"),
    **dict.fromkeys(("Event", "イベント", "活動", "活动", "Announcement", "通告", "公告"), "other"),
}
# These stand before a title: `[File] report.pdf`.
_TITLED = ("image", "file", "link", "location", "contact", "other")
# On LINE for Windows without brackets.
BARE: tuple[Kind, ...] = ("image", "sticker", "video")
_BRACKETS = re.compile(r"\[(?P<name>[^\[\]\n]{2,20})\](?P<title> [^\n]+)?")
_PLACE = re.compile(r"\[null\] https://maps\.google\.com/\S+")
_CALL = re.compile(
    r"☎.*|(?:Call time|通話時間|通话时间|เวลาโทร|통화 시간) \d{1,2}(?::\d{2}){1,2}", re.DOTALL
)
_UNSENT = (
    *(
        "Message unsent.",
        "unsent a message.",
        "You unsent a message.",
        "メッセージの送信を取り消しました",
        "已收回訊息",
    ),
    *("您已收回訊息", "你已收回訊息", "您已收回讯息", "你已收回讯息"),
    *("已收回讯息", "撤回了一条消息", "撤回了訊息", "ยกเลิกข้อความ", "ยกเลิกการส่งข้อความ"),
    *("메시지를 삭제했습니다.", "메시지 전송을 취소했습니다.", "membatalkan pengiriman pesan."),
)


def kind_of_words(said: str) -> Kind | None:
    """The kind of the whole words, or None where they are words."""
    text = said.strip()
    if _CALL.fullmatch(text):
        return "call"
    if _PLACE.fullmatch(text):
        return "location"
    match = _BRACKETS.fullmatch(text)
    kind = _KINDS.get(match["name"]) if match else None
    return kind if match and (kind in _TITLED or not match["title"]) else None


def bare_kind(said: str) -> Kind | None:
    kind = _KINDS.get(said)
    return kind if kind in BARE else None


def is_unsent(said: str, sender: str) -> bool:
    """`Message unsent.`, or with the sender's name before it."""
    return (
        said.strip().removeprefix(sender).strip(" がはได้") in _UNSENT
        if sender
        else any(said.strip().endswith(phrase) for phrase in _UNSENT)
    )
