"""WhatsApp's text: system lines, attachments, marks, other languages, dates and names."""

from tests.storage.importers.case import Case

ENCRYPTED = (
    "Messages and calls are end-to-end encrypted. No one outside of this chat, not even WhatsApp, "
    "can read or listen to them."
)

CASES = (
    Case(
        "W01 WhatsApp Chat - Mira",
        f"""
# whatsapp Mira
-- {ENCRYPTED}
> who is this
Mira: me, new number
""",
        me="Ben",
    ),
    Case(
        "W02 WhatsApp Chat - Hikers",
        f"""
# whatsapp group Hikers
-- {ENCRYPTED}
-- Mira created group “Hikers”
-- Mira added you
-- You changed this group's icon
-- You're now an admin
Mira: anybody up for sunday?
> yes sure
-- Mira pinned a message
""",
        me="Ben",
    ),
    Case(
        "W04 WhatsApp Chat with Mira.txt",
        """
# whatsapp Mira
Mira: [image] Look what santa brought
> [file]
> [image] mine is bigger
Mira: [voice]
> [image] Frohes Fest
""",
        me="Ben",
    ),
    Case(
        "W05 WhatsApp Chat - Mira",
        """
# whatsapp Mira
Mira: hi
Mira: [image]
> [image] mine is bigger
> [file]
Mira: [file]
Mira: [image]
> [image] look at that
Mira: wow
""",
        me="Ben",
    ),
    Case(
        "W06 WhatsApp Chat with Mira.txt",
        """
# whatsapp Mira
Mira: when can we talk?
> Video call tonight at 8?
Mira: Voice call is easier for me
> ok. node.js (the new version) is out btw
> node.js (the new version)
Mira: <insert clever answer here>
> <3 you too >
> oculto
> 忽略
Mira: This message was deleted by mistake, sorry!
""",
        me="Ben",
    ),
    Case(
        "W07 WhatsApp Chat with Mira.txt",
        """
# whatsapp Mira
Mira: cuando vienes?
> a las ocho
Mira: quando?
> às oito
Mira: wann?
> um acht
> alle otto
> à huit heures
> om acht
> at eight
""",
        me="Ben",
    ),
    Case(
        "W08 WhatsApp Chat with Mira.txt",
        """
# whatsapp Mira
Mira: ?
> [system] ~ Hai eliminato questo messaggio
Mira: [system] ~ Questo messaggio è stato eliminato
> [system] ~ Vous avez supprimé ce message
> [system] ~ Você apagou essa mensagem
Mira: [system] ~ Esta mensagem foi apagada
> [system] ~ U hebt dit bericht verwijderd
Mira: [system] ~ Dit bericht is verwijderd
> [system] ~ Вы удалили данное сообщение
Mira: [system] ~ Данное сообщение удалено
> [system] ~ Bu mesajı sildiniz
Mira: [system] ~ Bu mesaj silindi
> [system] ~ Anda menghapus pesan ini
Mira: [system] ~ このメッセージは削除されました
> [system] ~ You deleted this message
Mira: [system] ~ Eliminaste este mensaje.
""",
        me="Ben",
    ),
    Case(
        "W10 WhatsApp Chat with Mira.txt",
        """
# whatsapp Mira
Mira: hi
> hello
Mira: bye
""",
        me="Ben",
    ),
    Case(
        "W11ar2 Mira.txt",
        """
# whatsapp W11ar2 Mira
2018-06-13 21:25 ميرا: مرحبا
2018-06-14 09:26 > أهلا
""",
        me="Ben",
        with_times=True,
    ),
    Case(
        "W11cz Mira.txt",
        """
# whatsapp W11cz Mira
2018-06-13 21:25 Mira: ahoj
2018-06-13 21:26 > ahoj
""",
        me="Ben",
        with_times=True,
    ),
    Case(
        "W11es Mira.txt",
        """
# whatsapp W11es Mira
2018-06-13 21:25 Mira: hola
2018-06-13 21:26 > buenas
""",
        me="Ben",
        with_times=True,
    ),
    Case(
        "W11hi Mira.txt",
        """
# whatsapp W11hi Mira
2018-06-13 21:25 Mira: hi
2018-06-13 21:26 > hello
""",
        me="Ben",
        with_times=True,
    ),
    Case(
        "W11hu Mira.txt",
        """
# whatsapp W11hu Mira
2018-06-13 21:25 Mira: szia
2018-06-13 21:26 > szia
""",
        me="Ben",
        with_times=True,
    ),
    Case(
        "W11ko Mira.txt",
        """
# whatsapp W11ko Mira
2018-06-13 21:25 Mira: 안녕
2018-06-13 21:26 > 응
""",
        me="Ben",
        with_times=True,
    ),
    Case(
        "W11ko2 Mira.txt",
        """
# kakaotalk W11ko2 Mira
2018-06-13 21:25 Mira: 안녕
2018-06-13 21:26 > 응
""",
        me="Ben",
        with_times=True,
    ),
    Case(
        "W11nodash Mira.txt",
        """
# whatsapp W11nodash Mira
2018-06-13 21:25 Mira: old iphone
2018-06-13 21:26 > yes
""",
        me="Ben",
        with_times=True,
    ),
    Case(
        "W11th Mira.txt",
        """
# whatsapp W11th Mira
2018-06-13 21:25 Mira: สวัสดี
2018-06-13 21:26 > หวัดดี
""",
        me="Ben",
        with_times=True,
    ),
    Case(
        "W11vi Mira.txt",
        """
# whatsapp W11vi Mira
2018-06-13 21:25 Mira: chào
2018-06-13 21:26 > chào
""",
        me="Ben",
        with_times=True,
    ),
    Case(
        "W12 it.txt",
        """
# whatsapp W12 it
Mira: [image]
> [image]
Mira: bella
> [voice]
> [sticker]
> [image]
> [file]
> [voice]
> [voice]
> [call]
> [call]
Mira: ok
""",
        me="Ben",
    ),
    Case(
        "W13 Conversa do WhatsApp com Mira.txt",
        """
# whatsapp Mira
Mira: oi
> olá
""",
        me="Ben",
    ),
    Case(
        "W14",
        """
# whatsapp Mira
Mira: oi
> olá
""",
        me="Ben",
    ),
    Case(
        "W15 business.txt",
        """
# whatsapp group W15 business
Tom: pasted line of another chat
Mira: hi
> 12/25/23, 10:00 - the meeting starts
Mira: forwarded:
> ok
""",
        me="Ben",
    ),
    Case(
        "W16 empty name.txt",
        """
# whatsapp W16 empty name
Mira: hi
>
>
Mira: ​
> ok
""",
        me="Ben",
    ),
    Case(
        "W17 lines.txt",
        """
# whatsapp W17 lines
Mira: ```\\n[2,4,0,4,11,2602,36] ->   11\\n[160,3,1719,19,13,-21]  ->  160\\n```
> plan:\\n20.15.21.15 h Stock Donnerstag  18.19 h Stock 19-20 Athletik\\n18.04.2022 10:00 gym
Mira: [image]
> ok
""",
        me="Ben",
    ),
    Case(
        "W18 dash date.txt",
        """
# whatsapp W18 dash date
Alice: Hello?
> Hello
""",
        me="Ben",
    ),
)
