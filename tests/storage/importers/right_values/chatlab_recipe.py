"""ChatLab's JSON and the recipe."""

from tests.storage.importers.case import Case

_OLD = [
    f"{'>' if n % 3 == 0 else 'A:'} {'hm' if n % 4 == 0 else f't{n}'}" for n in range(60)
]  # in three of four seconds of it two people say the same

CASES = (
    Case("C01 empty sender.json", refused="sender is missing"),
    Case(
        "C02 wa via chatlab.json",
        """
# whatsapp A
-- Messages are encrypted
Mira: hi
> yo
> [system] 拍了拍
Mira: [system] ~ [已撤回] secret
""",
        me="Ben",
    ),
    Case(
        "R01 recipe.json",
        """
# import R01 recipe
Mira: hi
>
Mira: ok
""",
        me="Ben",
        left_out=("R01 recipe.json",),
    ),
    Case("M05 A.json", "\n".join(["# qq A", *_OLD[:40]])),
    Case("M05 B.json", "\n".join(["# qq A", *_OLD])),
)
