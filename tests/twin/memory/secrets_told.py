"""Two hundred made-up secrets, ten in each of twenty chats."""

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from storage.messages import Origin

# How a secret was told, and what became of it. Each chat has one of each.
Fate = Literal[
    "owner",
    "friend",
    "asked",
    "edited",
    "recalled",
    "open",
    "for one",
    "withdrawn",
    "proposed",
    "plan",
]
FATES: tuple[Fate, ...] = get_args(Fate)
_AFTER_ANOTHER: tuple[Fate, ...] = ("asked", "open")  # sentence of the same message
BEFORE_IT = ("quite so. ", "就是啊。")
_BY_FRIEND: tuple[Fate, ...] = ("friend", "recalled", "proposed")


class Place(NamedTuple):
    """A chat. `person`: equal for those that are linked as one friend."""

    key: str
    name: str
    person: str
    kind: str = "direct"
    members: tuple[str, ...] = ()


PLACES = (
    Place("anna", "Anna", "anna"),
    Place("anna-2", "Anna", "anna-2"),  # somebody else of that name
    Place("ben", "Ben", "ben"),
    Place("ben-work", "Ben at work", "ben"),
    Place("carla", "Carla", "carla"),
    Place("carla-2", "Carla", "carla"),
    Place("carla-3", "Carla 卡拉", "carla"),
    Place("climbers", "Climbers", "climbers", "group", ("anna", "ben", "carla", "dora")),
    Place("family", "家里人", "family", "group", ("li", "ma", "wang")),
    Place("li", "小李", "li"),
    Place("li-2", "小李", "li-2"),
    Place("wang", "王芳", "wang"),
    Place("wang-2", "王芳（公司）", "wang"),
    Place("ma", "妈妈", "ma"),
    Place("dora", "Dora", "dora"),  # [privacy] excluded_chats
    Place("emil", "Emil", "emil"),  # withdrew the consent
    Place("c1", "c1", "c1"),  # names that look like the index's own words
    Place("operator", 'chat:"c3" OR', "operator"),
    Place("self", "Notes", "self", "self"),
    Place("fred", "Fred", "fred"),  # the newest number, which SQLite gives again
)
EVERYONE = "everyone"
EXCLUDED, WITHDREW = "dora", "emil"
_ZH = {"family", "li", "li-2", "wang", "wang-2", "ma", "carla-3"}
_CONSONANTS, _VOWELS = "bdfgklmnprstvz", "aeiou"
_NAMES, _THINGS = ord("琀"), ord("鱿")  # from where on characters are seldom written


@dataclass(frozen=True, slots=True)
class Secret:
    """`token` stands in its message and nowhere else. `subject` is what it is about, a word that
    the question has too and no other message."""

    token: str
    subject: str
    place: Place
    fate: Fate

    @property
    def is_chinese(self) -> bool:
        return self.place.key in _ZH

    @property
    def origin(self) -> Origin:
        return "peer" if self.fate in _BY_FRIEND else "owner"

    @property
    def question(self) -> str:
        """Asks for it in its own words, as whoever knows the chat would."""
        if self.fate == "plan":
            return f"{self.subject}是几号？" if self.is_chinese else f"when is our {self.subject}?"
        if self.is_chinese:
            return f"{self.subject}的名字叫什么？"
        return f"what is the name of the {self.subject}?"

    def told(self, day: str) -> str:
        """The message. `day`: when a plan takes place."""
        if self.fate == "plan":
            if self.is_chinese:
                return f"我们{day}{self.subject}，在{self.token}见"
            return f"our {self.subject} is on {day} at {self.token}"
        if self.fate in _AFTER_ANOTHER:
            return f"{BEFORE_IT[self.is_chinese]}{self.statement}"
        return self.statement

    @property
    def statement(self) -> str:
        """The sentence that says it."""
        if self.is_chinese:
            return f"我的{self.subject}的名字叫{self.token}"
        return f"the name of my {self.subject} is {self.token}"

    @property
    def later_wording(self) -> str:
        """What it was changed to."""
        if self.is_chinese:
            return f"我的{self.subject}的名字以后再说"
        return f"the name of my {self.subject} is for later"


def _word(number: int, syllables: int) -> str:
    """A word that nobody says, another for each number."""
    said = []
    for _ in range(syllables):
        number, of = divmod(number, len(_CONSONANTS) * len(_VOWELS))
        said.append(_CONSONANTS[of // len(_VOWELS)] + _VOWELS[of % len(_VOWELS)])
    return "".join(reversed(said))


def _secret(number: int, place: Place, fate: Fate) -> Secret:
    if place.key in _ZH:
        return Secret(
            chr(_NAMES + 2 * number) + chr(_NAMES + 2 * number + 1),
            f"{chr(_THINGS + number)}鱼",
            place,
            fate,
        )
    token = _word(7919 * (number + 31) % 343_000, 4)
    return Secret(token, f"{_word(104_729 * (number + 7) % 343_000, 3)}boat", place, fate)


SECRETS = tuple(
    _secret(len(FATES) * at + nth, place, fate)
    for at, place in enumerate(PLACES)
    for nth, fate in enumerate(FATES)
)
TOKENS = tuple(each.token for each in SECRETS)


def of_place(key: str, *fates: Fate) -> list[Secret]:
    return [each for each in SECRETS if each.place.key == key and each.fate in (fates or FATES)]
