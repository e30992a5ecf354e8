"""imessage-exporter's text."""

from tests.storage.importers.case import Case

CASES = (
    Case(
        "I01 announcements.txt",
        """
# imessage I01 announcements
> shall we go
-- You renamed the conversation to Trip
Ann: yes
-- Ann changed the group photo.
""",
    ),
    Case(
        "I02 edited.txt",
        """
# imessage I02 edited
Ann: when
> at six
> Edited the plan, have a look
> [system] ~ You deleted a message.
Ann: [system] ~ They deleted a message.
> ~ forget it
""",
    ),
    Case(
        "I03 effects.txt",
        """
# imessage I03 effects
Ann: its my birthday
> happy birthday!
> [image] look at me
> [image]
> [other]
> [image]
> [link]
Ann: [sticker]
""",
    ),
    Case(
        "I04 replies.txt",
        """
# imessage I04 replies
Ann: when
Ann: and where
> at six
>     indented poem\\n  of mine
> Tapbacks: what are they?
Ann: ok
""",
    ),
    Case("I05 24h.txt", me="Ben", refused="not an export of a known format"),
)
