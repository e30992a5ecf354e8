"""`python -m tests.twin.privacy.table [--errors] [FILE...]`: the figures of docs/privacy.md."""

import sys

from tests.twin.privacy.measure import measure, read_cases, rows

SETS = {
    "labelled": ("cases.zh.txt", "cases.en.txt"),
    "fresh": ("fresh.txt",),
    "held back": ("held_back.txt",),
}


def main(arguments: list[str]) -> None:
    show_errors = "--errors" in arguments
    names = [name for name in arguments if name != "--errors"]
    for title, files in ({"given": tuple(names)} if names else SETS).items():
        cases = read_cases(*files)
        scores = measure(cases)
        print(f"{title}: {len(cases)} messages\n")
        print("| kind | values | found | wrong | recall | precision |\n|---|--:|--:|--:|--:|--:|")
        for row in rows(scores):
            print(f"| {' | '.join(map(str, row))} |")
        print()
        if show_errors:
            for kind, score in scores.items():
                print(*(f"{kind} missed: {text!r}" for text in score.missed), sep="\n")
                print(*(f"{kind} wrong: {text!r}" for text in score.wrong), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
