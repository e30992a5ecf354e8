"""Made-up pictures with known words: screenshots of chats, stickers and signs."""

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONTS = tuple(
    Path("/usr/share/fonts/opentype/noto") / name
    for name in ("NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc", "NotoSerifCJK-Bold.ttc")
)
CHINESE = 2  # of the fonts in each collection
ZH = (
    "今天晚上几点到家？",
    "我刚下班，大概七点半",
    "要不要带点水果",
    "随便，葡萄吧",
    "门口快递帮我拿一下",
    "好的，还有什么要买的",
    "没有了，路上小心",
    "周六去爬山吗",
    "天气预报说有雨",
    "那就改周日上午九点",
    "在东门地铁站B口集合",
    "记得带水和伞",
    "转账 ¥256.00",
    "订单号 20261130",
    "会议改到三楼302",
)
EN = (
    "What time are you home?",
    "Just left work, about half past seven",
    "Shall I bring some fruit?",
    "Grapes would be nice",
    "Could you pick up my parcel?",
    "Sure, anything else?",
    "No, drive safely",
    "Hiking on Saturday?",
    "The forecast says rain",
    "Sunday at 9 then",
    "Meet at the east gate, exit B",
    "Bring water and an umbrella",
    "Paid $256.00",
    "Order no. 20261130",
    "Moved to room 302",
)
STICKERS = (
    "我太难了",
    "收到",
    "哈哈哈哈",
    "晚安",
    "加油",
    "谢谢老板",
    "不想上班",
    "在吗",
    "OMG",
    "Good night",
    "LOL",
    "Thank you!",
)


@dataclass(frozen=True, slots=True)
class Drawn:
    name: str
    data: bytes
    words: str


def drawn_pictures() -> Iterator[Drawn]:
    """Thirty, always the same."""
    rng = random.Random(23)
    for number in range(5):
        for language, said in (("zh", ZH), ("en", EN)):
            lines = rng.sample(said, 6)
            data = _saved(
                _screenshot(lines, rng, dark=number % 2 == 1), "PNG" if number else "JPEG"
            )
            yield Drawn(f"screenshot {language} {number}", data, "\n".join(lines))
    lines = [rng.choice(ZH + EN) for _ in range(60)]
    yield Drawn("long screenshot", _saved(_screenshot(lines, rng), "PNG"), "\n".join(lines))
    for number, words in enumerate(STICKERS):
        yield Drawn(f"sticker {words}", _sticker(words, number, rng), words)
    for words in ("请勿停车", "NO PARKING", "营业中 9:00-21:00"):
        yield Drawn(f"sign {words}", _saved(_sign(words, rng), "JPEG"), words)
    for number in range(4):
        yield Drawn(f"without words {number}", _saved(_scenery(rng), "JPEG"), "")


def _font(size: int, number: int = 0) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS[number % len(FONTS)], size, index=CHINESE)


def _screenshot(lines: list[str], rng: random.Random, *, dark: bool = False) -> Image.Image:
    ground, ink = ("#111111", "#eeeeee") if dark else ("#ededed", "#111111")
    image = Image.new("RGB", (1080, max(1920, 200 + 150 * len(lines))), ground)
    draw, font = ImageDraw.Draw(image), _font(44)
    for number, line in enumerate(lines):
        top, mine = 160 + 150 * number, rng.random() < 0.5
        width = round(draw.textlength(line, font=font))
        left = 1080 - 140 - width if mine else 140
        bubble = (
            "#3eb575" if mine and dark else "#95ec69" if mine else "#2c2c2c" if dark else "white"
        )
        draw.rounded_rectangle((left - 24, top - 16, left + width + 24, top + 76), 16, fill=bubble)
        draw.text((left, top), line, font=font, fill="black" if mine else ink)
        colour = (rng.randrange(255), rng.randrange(255), rng.randrange(255))
        side = 1080 - 90 if mine else 20
        draw.rectangle((side, top - 10, side + 70, top + 60), fill=colour)
    return image


def _sticker(words: str, number: int, rng: random.Random) -> bytes:
    """With a face, outlined words, and every third of them moving, or on nothing."""
    image = Image.new("RGBA", (240, 240), (0, 0, 0, 0) if number % 3 == 1 else "white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((60, 20, 180, 140), fill="#ffd75e", outline="black", width=4)
    for left in (90, 135):
        draw.ellipse((left, 60, left + 14, 80), fill="black")
    plain = image.copy()
    size = min(52, round(220 / max(1, len(words)) * (1.6 if words.isascii() else 1)))
    font = _font(size, 1 + number % 2)
    at = ((240 - draw.textlength(words, font=font)) / 2, 155)
    if number % 2:
        draw.text(at, words, font=font, fill="white", stroke_width=3, stroke_fill="black")
    else:
        draw.text(at, words, font=font, fill="black")
    if number % 3 != 2:
        return _saved(image, "WEBP" if number % 3 == 1 else "PNG")
    file = io.BytesIO()
    frames = [(plain if frame < 6 else image).convert("RGB") for frame in range(14)]
    for shade, frame in enumerate(frames):
        frame.putpixel((0, 0), (shade, shade, shade))  # or equal ones would be joined
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=80)
    return file.getvalue()


def _sign(words: str, rng: random.Random) -> Image.Image:
    image = _scenery(rng)
    board = Image.new("RGB", (700, 220), "#f4f0e0")
    ImageDraw.Draw(board).text((40, 60), words, font=_font(72, 1), fill="#a01010")
    turned = board.rotate(6, expand=True, fillcolor="#777777", resample=Image.Resampling.BICUBIC)
    image.paste(turned, (250, 300))
    return image.filter(ImageFilter.GaussianBlur(1.2))


def _scenery(rng: random.Random) -> Image.Image:
    """Soft spots and grain."""
    noise = np.random.default_rng(rng.randrange(1 << 30))
    spots = Image.fromarray(noise.integers(40, 220, (9, 12, 3), dtype=np.uint8))
    soft = np.asarray(spots.resize((1280, 960), Image.Resampling.BICUBIC), dtype=np.int16)
    grain = noise.normal(0, 8, soft.shape).astype(np.int16)
    return Image.fromarray(np.clip(soft + grain, 0, 255).astype(np.uint8))


def _saved(image: Image.Image, format: str) -> bytes:
    file = io.BytesIO()
    image.convert("RGB" if format == "JPEG" else image.mode).save(file, format)
    return file.getvalue()
