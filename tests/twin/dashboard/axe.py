"""Run axe-core, which finds what makes a page inaccessible."""

from pathlib import Path

import pytest
from playwright.async_api import Page

SCRIPT = Path(__file__).resolve().parents[2] / "gateway/node_modules/axe-core/axe.min.js"
needs_axe = pytest.mark.skipif(
    not SCRIPT.is_file(), reason="needs axe-core: run `npm ci` in tests/gateway"
)
# Each node with its rule and what axe says of it: all that is needed to mend it.
_FIND = """async () => (await axe.run()).violations
    .filter(found => ["serious", "critical"].includes(found.impact))
    .flatMap(found => found.nodes.map(
        node => `${found.impact} ${found.id}: ${node.html.slice(0, 300)} ${node.failureSummary}`))
"""


async def serious_findings(page: Page) -> list[str]:
    """What is folded is looked at as well."""
    await page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    await page.evaluate(SCRIPT.read_text("utf-8"))
    return [f"{page.url} {found}" for found in await page.evaluate(_FIND)]
