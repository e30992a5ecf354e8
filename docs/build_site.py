"""Build the documentation site: `make docs`.

README, CONTRIBUTING and the like lie where a repository has them, and on GitHub each page links to
its translation. So all pages are gathered in one folder, with links as the site has them (there a
menu leads to the other language), and mkdocs builds from that folder. A broken link is an error.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
GATHERED = ROOT / "build" / "docs"
FROM_ROOT = {
    "README.md": "index.md",
    "README.zh-CN.md": "index.zh.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "SECURITY.md": "SECURITY.md",
    "LICENSE": "LICENSE",
    "config.toml": "config.toml",
}
LINK = re.compile(r"(?<=\]\()([^)#\s]+)(?=[)#])")
# A line break between Chinese characters would show as a space. A heading is a line of its own.
BROKEN_LINE = re.compile(
    r"^(?!#)(.*[\u3000-\u9fff\uff00-\uffef])\n *(?=[\u3000-\u9fff\uff00-\uffef])", re.M
)
OTHER_LANGUAGE = re.compile(r" ?\[(?:中文|English)\]\([^)]*\)\n")


def main() -> int:
    gather()
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build"],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    # With --quiet, mkdocs would not count its warnings and take a broken link.
    lines = [line for line in built.stderr.splitlines() if not line.startswith("INFO")]
    print("\n".join(lines) if built.returncode else "The site is in site/index.html")
    return built.returncode


def gather() -> None:
    """Copy all pages into one folder, with the site's links."""
    shutil.rmtree(GATHERED, ignore_errors=True)
    shutil.copytree(ROOT / "docs", GATHERED, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for source, name in FROM_ROOT.items():
        shutil.copyfile(ROOT / source, GATHERED / name)
    for page in GATHERED.rglob("*.zh-CN.md"):
        page.rename(page.with_name(page.name.replace(".zh-CN.", ".zh.")))
    for page in GATHERED.rglob("*.md"):
        text = BROKEN_LINE.sub(r"\1", page.read_text("utf-8"))
        text = OTHER_LANGUAGE.sub("\n", text, count=1)
        page.write_text(LINK.sub(lambda link: in_site(link[1]), text), "utf-8")


def in_site(link: str) -> str:
    """Turn a link of the repository into one of the site."""
    if "://" in link:
        return link
    name = link.lstrip("./")
    if name in FROM_ROOT:
        link = "../" * (link.count("../") - 1) + FROM_ROOT[name]
    return link.removeprefix("docs/").replace(".zh-CN.md", ".md").replace(".zh.md", ".md")


if __name__ == "__main__":
    sys.exit(main())
