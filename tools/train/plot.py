"""Draws loss curves as SVG: python3 plot.py FILE.svg NAME=LOSS.csv ...   (smoothed over 20 steps, logarithmic)"""
import csv
import math
import pathlib
import sys

WIDTH, HEIGHT, EDGE = 720, 320, 48
COLOURS = ["#1f6feb", "#d1242f", "#1a7f37", "#9a6700"]


def curve(path):
    with open(path) as f:
        losses = [float(row["loss"]) for row in csv.DictReader(f)]
    return [(i, sum(losses[max(0, i - 20) : i]) / len(losses[max(0, i - 20) : i])) for i in range(20, len(losses) + 1, 5)]


def main(target, *named):
    curves = {name: curve(path) for name, path in (n.split("=") for n in named)}
    last = max(step for points in curves.values() for step, _ in points)
    low, high = math.log10(0.05), math.log10(10)

    def at(step, loss):
        x = EDGE + (WIDTH - 2 * EDGE) * step / last
        return f"{x:.1f},{HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (math.log10(loss) - low) / (high - low):.1f}"

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">', "<title>Loss of the answers while training</title>", f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>']
    for loss in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10):
        x, y = at(0, loss).split(",")
        parts += [f'<line x1="{EDGE}" x2="{WIDTH - EDGE}" y1="{y}" y2="{y}" stroke="#ddd"/>', f'<text x="{EDGE - 6}" y="{y}" text-anchor="end" dy="4">{loss}</text>']
    for step in range(0, last + 1, 200):
        parts.append(f'<text x="{at(step, 0.05).split(",")[0]}" y="{HEIGHT - EDGE + 18}" text-anchor="middle">{step}</text>')
    for i, (name, points) in enumerate(curves.items()):
        colour = COLOURS[i % len(COLOURS)]
        parts += [f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{" ".join(at(*p) for p in points)}"/>', f'<text x="{WIDTH - EDGE}" y="{EDGE + 16 * i}" text-anchor="end" fill="{colour}">{name}</text>']
    parts += [f'<text x="{WIDTH / 2}" y="{HEIGHT - 10}" text-anchor="middle">step (2,048 tokens each)</text>', f'<text x="{EDGE}" y="24">loss of the answers, nats a token</text>', "</svg>"]
    pathlib.Path(target).write_text("\n".join(parts) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
