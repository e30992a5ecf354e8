"""What Messenger and Instagram write in a message's place. `{who}` is the sender, `*` anything.

A whole line counts and never how one begins. Lines of the group ("named the group") are known in
English; in every language what the fields of the export mark.
"""

import re
from collections import defaultdict
from collections.abc import Iterator

from storage.messages import Kind

_ATTACHMENT = (
    *("{who} sent an attachment.", "You sent an attachment."),
    *("{who} hat einen Anhang gesendet.", "Du hast einen Anhang gesendet."),
    *("{who} a envoyé une pièce jointe.", "Vous avez envoyé une pièce jointe."),
    *("Tu as envoyé une pièce jointe.", "{who} envió un archivo adjunto."),
    *("Enviaste un archivo adjunto.", "{who} ha enviado un archivo adjunto."),
    *("Has enviado un archivo adjunto.", "{who} enviou um anexo.", "Você enviou um anexo."),
    *("Enviaste um anexo.", "{who} ha inviato un allegato.", "Hai inviato un allegato."),
    *("{who} heeft een bijlage verzonden.", "Je hebt een bijlage verzonden."),
    *("{who} heeft een bijlage gestuurd.", "Je hebt een bijlage gestuurd."),
    *("Użytkownik {who} wysłał załącznik.", "{who} wysyła załącznik.", "Wysłano załącznik."),
    *("{who} bir ek gönderdi.", "Bir ek gönderdin.", "Bir ek gönderdiniz."),
    *("{who} отправил(а) вложение.", "Пользователь {who} отправил вложение."),
    *("Вы отправили вложение.", "{who} надсилає вкладення.", "Ви надіслали вкладення."),
    *("Uživatel {who} poslal přílohu.", "Poslali jste přílohu.", "{who} posílá přílohu."),
    *("{who} skickade en bilaga.", "Du skickade en bilaga.", "{who} lähetti liitteen."),
    *("{who} sendte en vedhæftet fil.", "Du sendte en vedhæftet fil.", "Lähetit liitteen."),
    *("{who} sendte et vedlegg.", "Du sendte et vedlegg.", "{who} mellékletet küldött."),
    *("Mellékletet küldtél.", "Ο χρήστης {who} έστειλε ένα συνημμένο."),
    *("Στείλατε ένα συνημμένο.", "{who} a trimis un fișier atașat.", "Ai trimis un fișier atașat."),
    *("{who} mengirim lampiran.", "Anda mengirim lampiran.", "{who} menghantar lampiran."),
    *("{who} đã gửi một file đính kèm.", "Bạn đã gửi một file đính kèm."),
    *("{who} ส่งไฟล์แนบ", "คุณส่งไฟล์แนบ", "{who}さんが添付ファイルを送信しました。"),
    *("添付ファイルを送信しました。", "{who}님이 첨부 파일을 보냈습니다."),
    *("회원님이 첨부 파일을 보냈습니다.", "{who}发送了一个附件。", "你发送了一个附件。"),
    *("{who}傳送了附件。", "你傳送了附件。", "{who}傳送了一個附件。", "你傳送了一個附件。"),
    *("أرسل {who} مرفقًا.", "لقد أرسلت مرفقًا.", "{who} שלח/ה קובץ מצורף.", "{who} ने अटैचमेंट भेजा."),
)
_LIKES = (
    *("Liked a message", "{who} liked a message", "A aimé un message", "Curtiu uma mensagem"),
    *("Le gustó un mensaje", "Indicó que le gusta un mensaje", "Vindt een bericht leuk"),
    *('Ha messo "Mi piace" a un messaggio', "Gefällt eine Nachricht", "Bir mesajı beğendi"),
    *("Menyukai pesan", "赞了一条消息", "對訊息按讚", "메시지를 좋아합니다", "Нравится сообщение"),
    "メッセージに「いいね！」しました",
)
# Here `*` is an emoji: no letter and no digit.
_REACTIONS = (
    *("Reacted * to your message", "Reacted * to a message", "Reacted to your message *"),
    *("You reacted * to a message", "You reacted * to their message"),
    *("Reagierte mit * auf deine Nachricht", "Hat mit * auf eine Nachricht reagiert"),
    *("Vous avez réagi avec * à un message", "Ha reagito al tuo messaggio con *"),
    *("A réagi avec * à votre message", "Ha reaccionado con * a tu mensaje"),
    *("{who} reacted * to your message", "Hat mit * auf deine Nachricht reagiert"),
    *("A réagi * à votre message", "A réagi * à ton message", "Reaccionó con * a tu mensaje"),
    *("Reagiu com * à sua mensagem", "Ha reagito con * al tuo messaggio"),
    *("Heeft met * gereageerd op je bericht", "Mesajına * ifadesini bıraktı"),
    *("Reaguje * na Twoją wiadomość", "Menanggapi * pesan Anda", "对你的消息回应了 *"),
    *(
        "對你的訊息傳送了 *",
        "メッセージに*でリアクションしました",
        "회원님의 메시지에 *로 공감했습니다",
    ),
)
_SYSTEM = (
    *("{who} named the group *.", "You named the group *.", "{who} removed the group name."),
    *("{who} changed the group photo.", "You changed the group photo.", "{who} left the group."),
    *("{who} changed the theme to *.", "You changed the theme to *.", "You left the group."),
    *("{who} changed the chat theme.", "{who} changed the chat colors."),
    *("You changed the chat theme.", "You changed the chat colors."),
    *("{who} set the quick reaction to *.", "You set the quick reaction to *."),
    *("{who} set the emoji to *.", "You set the emoji to *.", "{who} set your nickname to *."),
    *("{who} set the nickname for * to *.", "You set the nickname for * to *."),
    *("{who} set his own nickname to *.", "{who} set her own nickname to *."),
    *("{who} set their own nickname to *.", "You set your nickname to *."),
    *("{who} cleared the nickname for *.", "You cleared the nickname for *."),
    *("{who} cleared your nickname.", "You cleared your nickname."),
    *("{who} added * to the group.", "{who} removed * from the group."),
    *("{who} joined the group.", "{who} created the group.", "You created the group."),
    *("{who} pinned a message.", "You pinned a message.", "{who} unpinned a message."),
    *("{who} turned on disappearing messages. *", "You turned on disappearing messages. *"),
    *("{who} turned off disappearing messages.", "You turned off disappearing messages."),
    *("{who} created a poll: *", "You created a poll: *", "{who} waved at you!"),
    *("You are now connected on Messenger", "You are now connected on Messenger."),
    *("Say hi to your new Facebook friend, *.", "This poll is no longer available."),
    "Messages and calls are secured with end-to-end encryption. *",
    "You can now call each other and see information like Active Status and when you've read "
    "messages.",
    "You can now message and call each other and see info like Active Status and when you've read "
    "messages.",
)
_UNSENT = ("{who} unsent a message", "You unsent a message", "{who} unsent a message.")
_OTHERS: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    ("image", ("{who} sent a photo.", "You sent a photo.")),
    ("video", ("{who} sent a video.", "You sent a video.")),
    ("voice", ("{who} sent a voice message.", "You sent a voice message.")),
    ("sticker", ("{who} sent a GIF.", "You sent a GIF.", "{who} sent a sticker.")),
    ("link", ("{who} sent a link.", "You sent a link.", "{who} shared a story.")),
    ("location", ("{who} sent a location.", "You sent a location.")),
    ("location", ("{who} sent a live location.", "You sent a live location.")),
    ("call", ("{who} started a call.", "{who} started a video chat.", "The video chat ended.")),
    ("call", ("You started a call.", "You started a video chat.", "{who} joined the call.")),
    ("call", ("The call ended.", "Video chat ended", "Audio call ended", "{who} called you.")),
    ("call", ("{who} joined the video chat.", "{who} started an audio call")),
    ("call", ("{who} missed your call.", "{who} missed your video chat.")),
    ("call", ("You started an audio call", "{who} started a video chat", "{who} missed a call.")),
)
_WHO = "\0"
_LONGEST_REACTION = 16
_LONGEST_REPORT = 300
_SCRIPTS_WITHOUT_BLANKS = "\u0e00"  # and all signs behind it
_LONGEST = 1000
_QUESTION_END = re.compile(r"[?？؟][^\w.。]*\Z")  # signs may follow, a full stop ends no question


def _phrases() -> Iterator[tuple[str, Kind, bool]]:
    """(the line, its kind, whether `*` is an emoji)."""
    of_kind: tuple[tuple[Kind, tuple[str, ...]], ...] = (
        ("other", _ATTACHMENT),
        ("system", _LIKES + _SYSTEM + _UNSENT),
        *_OTHERS,
    )
    yield from ((line, kind, False) for kind, lines in of_kind for line in lines)
    yield from ((line, "system", True) for line in _REACTIONS)


_WHOLE: dict[str, Kind] = {}
# By their first sign, since all lines of a chat are looked up.
_WITH_GAPS: dict[str, list[tuple[list[str], Kind, bool]]] = defaultdict(list)
for _line, _of_kind, _is_emoji in _phrases():
    _pieces = _line.replace("{who}", _WHO).split("*")
    if len(_pieces) == 1:
        _WHOLE[_pieces[0]] = _of_kind
    else:
        _WITH_GAPS[_pieces[0][:1]].append((_pieces, _of_kind, _is_emoji))


def kind_of_line(said: str, sender: str) -> Kind | None:
    """What the platform says with it; None for words of a person."""
    if len(said) > _LONGEST:
        return None
    found: Kind | None = next(filter(None, map(_kind, _readings(said, sender))), None)
    if found is None and _is_report(said, sender):
        return "system"
    return found


def is_unsent(said: str, sender: str) -> bool:
    return any(line.replace(_WHO, "{who}") in _UNSENT for line in _readings(said, sender))


def begins_with_name(said: str, sender: str) -> bool:
    """Whether a line says who did something, as in `Sam sent an attachment.`

    "Same here" from Sam does not, nor "Will you come?" from Will. Some scripts have no blank behind
    a name.
    """
    behind = said[len(sender) : len(sender) + 1]
    is_apart = behind.isspace() or behind >= _SCRIPTS_WITHOUT_BLANKS
    return said.startswith(sender) and is_apart and _may_report(said)


def _is_report(said: str, sender: str) -> bool:
    """Whether it says what somebody did, in any language: with their whole name and a full stop."""
    is_line = _may_report(said) and said.endswith((".", "。"))
    return is_line and " " in sender and said.startswith(f"{sender} ")


def _may_report(said: str) -> bool:
    """Reports are one line, and don't ask."""
    is_line = len(said) <= _LONGEST_REPORT and "\n" not in said
    return is_line and _QUESTION_END.search(said) is None


def _readings(said: str, sender: str) -> tuple[str, ...]:
    """The line as it stands, and with a mark for the sender, who may be called `a`."""
    line = said.strip()
    return (line, line.replace(sender, _WHO, 1)) if sender in line else (line,)


def _kind(line: str) -> Kind | None:
    if line in _WHOLE:
        return _WHOLE[line]
    for pieces, kind, is_emoji in _WITH_GAPS.get(line[:1], ()):
        gaps = _gaps(line, pieces)
        if gaps and (not is_emoji or _is_reaction(gaps[0])):
            return kind
    return None


def _gaps(line: str, pieces: list[str]) -> list[str]:
    """What stands for each `*`; nothing where the line is another one."""
    first, *middle, last = pieces
    if not (line.startswith(first) and line.endswith(last)):
        return []
    at, end, found = len(first), len(line) - len(last), list[str]()
    for piece in middle:
        next_at = line.find(piece, at, end)
        if next_at < 0:
            return []
        found.append(line[at:next_at])
        at = next_at + len(piece)
    found.append(line[at:end])
    return found if end >= at and all(found) else []


def _is_reaction(sign: str) -> bool:
    sign = sign.strip()
    return len(sign) <= _LONGEST_REACTION and not any(letter.isalnum() for letter in sign)
