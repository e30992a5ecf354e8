"""Telegram Desktop and DiscordChatExporter."""

from tests.storage.importers.case import Case

CASES = (
    Case(
        "D01 dm.json",
        """
# discord Mira
Mira: hey
> hi :wave:
> [image]
> [image] look at that
-- Started a call that lasted 3 minutes.
> [forward]
> https://tenor.com/view/x
-- Now playing: x
> my reply
Deleted User: ghost
> !play something
Mira: @Benny bye
""",
        me="Ben",
    ),
    Case(
        "D02 old.json",
        """
# discord group general
mira: hi
> yo
""",
        me="ben",
    ),
    Case(
        "D04 dce.csv",
        """
# discord D04 dce
mira: hey
> hi
""",
        me="ben",
    ),
    Case(
        "T01 forwarded null.json",
        """
# telegram Mira
Mira: did you see that?
> [forward] Once upon a time in the west, and so on
> that one?
> [forward] x news
Mira: yes
""",
        me="Ben",
    ),
    Case(
        "T03 old full.json",
        """
# telegram Mira
Mira: hi
> hello
Mira: how are you
# telegram Tom
Tom: yo
> yo yo
# telegram group Club
Tom: left?
> soon
""",
        me="Ben",
    ),
    Case(
        "T05 kinds.json",
        """
# telegram Mira
Mira: look https://x.org now
> [sticker]
> [image] caption of mine
> [other]
> 🎲
> /start
> [sticker] a gif caption
> game text
--
Mira: edited text
> quoted words my answer
> 😀
> [location]
> Mira come
Mira: bye
""",
        me="Ben",
    ),
    Case(
        "D03 messages.json",
        """
# discord group D03 messages
> hello there
> bye
""",
    ),
    Case(
        "T06 group.json",
        """
# telegram group Club
-- create_group
Club: admin says: hello
Mira: who is the admin
> me
Tommy: old Tom
Tommy: renamed Tom
""",
        me="Ben",
        left_out=("T06 group.json",),
    ),
    Case(
        "T07 ChatExport",
        """
# telegram Mira
Mira: look at my config
Mira: [file]
> nice
""",
        me="Ben",
        left_out=("settings.json",),
    ),
    Case(
        "X01 tz result.json",
        """
# telegram Mira
Mira: hi
> yo
""",
        me="Ben",
    ),
)
