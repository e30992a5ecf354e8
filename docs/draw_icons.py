"""Draw the icons of the installed page from their SVG files: `python docs/draw_icons.py`.

The pictures are kept beside the drawings, so that only who changes those needs Chromium.
"""

from pathlib import Path

from playwright.sync_api import sync_playwright

STATIC = Path(__file__).parent.parent / "twin" / "dashboard" / "static"
# The name of each picture: drawing, pixels a side, share of a side that its corners round off. What
# platforms cut to a shape of their own ("maskable"; Apple's) has none.
ICONS = {
    "icon-192": ("icon", 192, 0.2),
    "icon-512": ("icon", 512, 0.2),
    "icon-maskable-192": ("icon", 192, 0.0),
    "icon-maskable-512": ("icon", 512, 0.0),
    "apple-touch-icon": ("icon", 180, 0.0),
    "badge-96": ("badge", 96, 0.0),
}


def main() -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium")
        for name, (drawing, side, rounded) in ICONS.items():
            page = browser.new_page(viewport={"width": side, "height": side})
            svg = (STATIC / f"{drawing}.svg").read_text("utf-8")
            page.set_content(
                f"<style>body {{ margin: 0 }} svg {{ display: block; width: {side}px; "
                f"border-radius: {rounded:.0%} }}</style>{svg}"
            )
            page.screenshot(path=STATIC / f"{name}.png", omit_background=True)
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
