"""The looks of chats and drafts."""

from pathlib import Path

from nicegui import ui

_CSS = Path(__file__).with_name("chats.css").read_text(encoding="utf-8")


def add_style() -> None:
    ui.add_head_html(f"<style>{_CSS}</style>")
