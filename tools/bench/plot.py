"""The plot of a benchmark as an SVG file."""

from collections.abc import Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 60, 170, 30, 50
TICKS = 5


def svg(lines: Mapping[str, Sequence[tuple[float, float]]], colors: Mapping[str, str], *, x: str, y: str) -> str:
    """Return a plot with one line for each name.

    Args:
        lines: The points of each line, ascending by their first coordinate.
        colors: The color of each line.
        x: The title of the horizontal axis.
        y: The title of the vertical axis.
    """
    most_x = max(point[0] for points in lines.values() for point in points)
    most_y = _rounded_up(max(point[1] for points in lines.values() for point in points))

    def place(at_x: float, at_y: float) -> tuple[float, float]:
        width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
        return round(LEFT + width * at_x / most_x, 1), round(HEIGHT - BOTTOM - height * at_y / most_y, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">',
        "<style>text { font: 13px sans-serif }</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(*place(most_x / 2, 0), x, "middle", down=38),
        _text(LEFT - 40, TOP - 12, y, "start"),
    ]
    for tick in range(TICKS + 1):
        left, level = place(0, most_y * tick / TICKS)
        right, _ = place(most_x, 0)
        parts.append(f'<path d="M{left} {level}H{right}" stroke="#d0d7de"/>')
        parts.append(_text(left - 8, level, f"{most_y * tick / TICKS:g}", "end", down=4))
    marks = sorted({point[0] for points in lines.values() for point in points})
    parts += [_text(*place(mark, 0), f"{mark:g}", "middle", down=18) for mark in marks]
    for name, points in lines.items():
        places = [place(*point) for point in points]
        path = "L".join(f"{left} {level}" for left, level in places)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colors[name]}" stroke-width="2"/>')
        parts += [f'<circle cx="{left}" cy="{level}" r="3" fill="{colors[name]}"/>' for left, level in places]
        parts.append(_text(places[-1][0] + 10, places[-1][1], name, "start", down=4, color=colors[name]))
    return "\n".join([*parts, "</svg>", ""])


def _rounded_up(value: float) -> float:
    """Return the smallest number from `value` on that the ticks divide into short numbers."""
    most = [digits * 10.0**power for power in range(9) for digits in (5, 10, 25)]
    return min(each for each in most if each >= value)


def _text(left: float, level: float, text: str, anchor: str, *, down: float = 0, color: str = "#1f2328") -> str:
    return f'<text x="{left}" y="{level + down}" text-anchor="{anchor}" fill="{color}">{escape(text)}</text>'
