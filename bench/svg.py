# SPDX-License-Identifier: MIT
"""A small line chart as SVG: work on a logarithmic x axis, cost on a linear y axis from 0."""

import html
import math

WIDTH, HEIGHT = 480, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 34, 44
NAME_WIDTH = 60
COLOURS = {"core99": "#0b62a4", "QEMU": "#c05a00"}
OTHER_COLOUR = "#555"


def nice_step(most):
    """1, 2 or 5 times a power of ten: at most six of them up to @most."""
    power = 10 ** math.floor(math.log10(most / 5)) if most > 0 else 1
    return next(factor * power for factor in (1, 2, 5, 10) if most / (factor * power) <= 6)


class Scale:
    """Values of both axes to places in the picture; 0 has a place of its own, left of the least value."""

    def __init__(self, xs, most):
        self.xs, self.most = sorted(xs), most

    def x(self, value):
        position = [math.log2(max(each, 0.5)) for each in self.xs]
        span = position[-1] - position[0] or 1
        return LEFT + (WIDTH - LEFT - RIGHT) * (math.log2(max(value, 0.5)) - position[0]) / span

    def y(self, value):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / self.most


def text(x, y, content, anchor="middle", more=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{html.escape(content)}</text>'


def grid(scale, step):
    for number in range(int(scale.most / step + 0.5) + 1):
        y = scale.y(number * step)
        yield f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#ddd"/>'
        yield text(LEFT - 6, y + 4, f"{number * step:g}", "end")
    for value in scale.xs:
        yield text(scale.x(value), HEIGHT - BOTTOM + 16, f"{value:g}")


def curve(scale, name, points, number):
    colour = COLOURS.get(name, OTHER_COLOUR)
    places = [(scale.x(x), scale.y(y)) for x, y in sorted(points)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    yield f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for x, y in places:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
    yield text(WIDTH - RIGHT - NAME_WIDTH * number, HEIGHT - 8, name, "end", f' fill="{colour}" font-weight="bold"')


def chart(title, labels, series):
    """The document. @labels: of x and y; @series: {name: [(x, y)]}."""
    most = max(y for points in series.values() for _, y in points)
    step = nice_step(most or 1)
    scale = Scale({x for points in series.values() for x, _ in points}, step * math.ceil((most or 1) / step))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
             f'font-size="11">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
             text(WIDTH / 2, 18, title, more=' font-size="13" font-weight="bold"'),
             text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, labels[0]),
             text(14, HEIGHT / 2, labels[1], more=f' transform="rotate(-90 14 {HEIGHT / 2:.0f})"')]
    parts += grid(scale, step)
    for number, (name, points) in enumerate(series.items()):
        parts += curve(scale, name, points, number)
    return "\n".join([*parts, "</svg>", ""])
