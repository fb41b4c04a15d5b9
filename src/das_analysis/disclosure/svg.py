"""A small writer of SVG: marks, text that knows its width, a frame that names itself to screen readers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

PALETTE = ("#12436D", "#28A197", "#801650", "#F46A25")
INK, FAINT, GRID, QUIET = "#1B2430", "#505A66", "#DFE3E8", "#8A94A0"
_FONT = "'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
# Widths in em of the widest face that the list of fonts can end in (DejaVu Sans Bold, where a bare Linux has
# no other): a label that fits in it fits in all of them.
_EMS = {
    **dict.fromkeys("ijlI.,:;'|!()[] ", 0.39),
    **dict.fromkeys("frt-/", 0.49),
    **dict.fromkeys("mwMW%@", 1.05),
}


def width_of(text: str, size: float) -> float:
    """Return the width of `text` in pixels at font size `size`: an estimate on the wide side."""
    return size * sum(_EMS.get(c, 0.79 if c.isupper() else 0.7) for c in text)


def wrap(text: str, size: float, *, width: float, lines: int = 3) -> list[str]:
    """Break `text` at blanks into at most `lines` lines of `width` pixels; the rest becomes an ellipsis."""
    done: list[str] = []
    for word in text.split():
        longer = f"{done[-1]} {word}" if done else word
        if done and width_of(longer, size) <= width:
            done[-1] = longer
        else:
            done.append(word)
    return done if len(done) <= lines else [*done[: lines - 1], done[lines - 1] + " …"]


def number(value: float) -> str:
    """Write a coordinate: one decimal at most, so that the same figures give the same bytes."""
    return f"{value:.1f}".removesuffix(".0")


def element(name: str, content: str = "", /, **attributes: str | float) -> str:
    """Write an element; `_` in a name stands for `-`, numbers are coordinates, `content` stays as it is."""
    pairs = (
        (key.strip("_").replace("_", "-"), v if isinstance(v, str) else number(v))
        for key, v in attributes.items()
    )
    inner = "".join(f' {key}="{escape(value)}"' for key, value in pairs)
    return f"<{name}{inner}>{content}</{name}>" if content else f"<{name}{inner}/>"


def text(at: tuple[float, float], words: str, **attributes: str | float) -> str:
    """Write one line of text at (x, y)."""
    return element("text", escape(words), x=at[0], y=at[1], **attributes)


def line(start: tuple[float, float], end: tuple[float, float], **attributes: str | float) -> str:
    """Write a straight line."""
    return element("line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], **attributes)


def marker(at: tuple[float, float], kind: int, **attributes: str | float) -> str:
    """Write a circle, square, triangle or diamond, so that a series is told by more than its colour."""
    x, y = at
    if kind % 4 == 0:
        return element("circle", cx=x, cy=y, r=4.5, **attributes)
    corners = (
        ((-4, -4), (4, -4), (4, 4), (-4, 4)),
        ((0, -5.5), (5.2, 4), (-5.2, 4)),
        ((0, -5.8), (5.8, 0), (0, 5.8), (-5.8, 0)),
    )[kind % 4 - 1]
    return element(
        "polygon", points=" ".join(f"{number(x + a)},{number(y + b)}" for a, b in corners), **attributes
    )


def curve(points: Sequence[tuple[float, float]], **attributes: str | float) -> str:
    """Write an open line through points."""
    return element(
        "path", d="M" + "L".join(f"{number(x)},{number(y)}" for x, y in points), fill="none", **attributes
    )


def frame(marks: Iterable[str], *, size: tuple[float, float], lang: str, title: str, description: str) -> str:
    """Wrap marks in an SVG that scales with its column; a screen reader hears title and description only."""
    width, height = (number(side) for side in size)
    spoken = element("title", escape(title)) + element("desc", escape(description))
    return element(
        "svg",
        spoken + "".join(marks),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        role="img",
        lang=lang,
        aria_label=title,
        font_family=_FONT,
        font_size="14",
        fill=INK,
        style=f"width:100%;height:auto;max-width:{width}px",
    )
