"""Count files, lines and imports: `python -m benchmarks.layout [FOLDER]`.

FOLDER is a checkout, this one by default. An older one is made by `git worktree add FOLDER COMMIT`.
"""

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

PACKAGES = ("twin", "training", "storage")


def main(root: Path) -> None:
    files = [root / "bot.py", *(path for name in PACKAGES for path in (root / name).rglob("*.py"))]
    lines = [len(path.read_text("utf-8").splitlines()) for path in files]
    own = [n for path, n in zip(files, lines, strict=True) if path.name != "__init__.py"]
    print(f"files {len(files)}, lines {sum(lines)}, median {median(lines):g}, most {max(lines)}")
    print(f"without __init__.py: files {len(own)}, median {median(own):g}")
    parts, imports = _parts_of(root / "twin")
    print(f"parts directly in twin/ {len(parts)}, imports between them {len(imports)}")
    twice = [name for name, n in Counter(_class_names(files)).items() if n > 1]
    print(f"class names defined twice {len(twice)}: {', '.join(sorted(twice))}")


def _parts_of(package: Path) -> tuple[set[str], set[tuple[str, str]]]:
    """Files and folders that lie directly in the package, and which of them imports which."""
    modules = {
        ".".join(path.relative_to(package.parent).with_suffix("").parts): _part(path, package)
        for path in package.rglob("*.py")
    }
    modules |= {name.removesuffix(".__init__"): part for name, part in modules.items()}
    imports = {
        (_part(path, package), modules[name])
        for path in package.rglob("*.py")
        for name in _imported(path)
        if name in modules
    }
    parts = set(modules.values()) - {"__init__"}
    return parts, {(a, b) for a, b in imports if a != b and "__init__" not in (a, b)}


def _part(path: Path, package: Path) -> str:
    return path.relative_to(package).parts[0].removesuffix(".py")


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _class_names(files: list[Path]) -> Iterator[str]:
    """Public classes; a leading underscore says that a name is only its file's."""
    for path in files:
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent)
