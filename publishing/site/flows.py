"""A Sankey picture of walked edges, drawn when the site is built: SVG without script.

A node stands in the column of its most steps from the start along the usual ways, so forward
edges run one way; an edge that leads back, or to itself, is told in the table and not drawn,
which keeps the picture free of cycles. Right-to-left pages get mirrored coordinates, not a
mirrored drawing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT, NODE = 1120, 420, 10
_TOP, _GAP, _LABEL = 24.0, 34.0, 150.0


@dataclass(frozen=True)
class Flow:
    """How often one touchpoint led to another."""

    origin: str
    target: str
    count: int


@dataclass
class _Node:
    name: str
    column: int
    size: float = 0.0
    y: float = 0.0
    height: float = 0.0
    given: float = 0.0
    taken: float = 0.0


def picture(
    flows: Sequence[Flow],
    *,
    start: str,
    ends: Sequence[str],
    names: Callable[[str], str],
    number: Callable[[float], str],
    is_mirrored: bool,
) -> Markup:
    """The picture of the flows; `names` and `number` word nodes and counts."""
    columns = _columns(flows, start, ends)
    drawn = [
        flow
        for flow in sorted(flows, key=lambda f: (-f.count, f.origin, f.target))
        if columns[flow.origin] < columns[flow.target]
    ]
    nodes = _placed(drawn, columns)
    last = max(node.column for node in nodes.values())

    def x(column: int, offset: float = 0.0) -> float:
        place = column / last * (WIDTH - NODE - _LABEL) + offset
        return WIDTH - place if is_mirrored else place

    body = "".join(_band(flow, nodes, x, ends) for flow in drawn)
    body += "".join(_mark(node, x, names, number, ends, is_mirrored) for node in nodes.values())
    return Markup(  # noqa: S704 - numbers, class names, and escaped labels
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true" focusable="false">{body}</svg>'
    )


def _columns(flows: Sequence[Flow], start: str, ends: Sequence[str]) -> dict[str, int]:
    """Each node's most steps from the start along the usual ways; the ends share the last column.

    The ways are taken from the most walked on; one that would lead back to where it came from is
    left out, and so is a side way: few of those who leave take it, or few who arrive came by it.
    """
    leaving: dict[str, int] = defaultdict(int)
    arriving: dict[str, int] = defaultdict(int)
    for flow in flows:
        leaving[flow.origin] += flow.count
        arriving[flow.target] += flow.count
    after: dict[str, set[str]] = defaultdict(set)
    for flow in sorted(flows, key=lambda f: (-f.count, f.origin, f.target)):
        is_usual = (
            flow.count * 50 >= leaving[flow.origin] and flow.count * 10 >= arriving[flow.target]
        )
        if is_usual and flow.target not in ends and not _leads(after, flow.target, flow.origin):
            after[flow.origin].add(flow.target)
    columns = {node: 1 for flow in flows for node in (flow.origin, flow.target)}
    columns[start] = 0
    for _ in columns:
        for origin, targets in after.items():
            for target in targets:
                columns[target] = max(columns[target], columns[origin] + 1)
    last = max(column for node, column in columns.items() if node not in ends) + 1
    return {node: last if node in ends else column for node, column in columns.items()}


def _leads(after: dict[str, set[str]], origin: str, target: str) -> bool:
    """Whether a way leads from one node to another, or they are the same."""
    waiting, seen = [origin], {origin}
    while waiting:
        node = waiting.pop()
        if node == target:
            return True
        new = after[node] - seen
        seen |= new
        waiting.extend(new)
    return False


def _placed(flows: Sequence[Flow], columns: dict[str, int]) -> dict[str, _Node]:
    nodes: dict[str, _Node] = {}
    into: dict[str, float] = defaultdict(float)
    out: dict[str, float] = defaultdict(float)
    for flow in flows:
        out[flow.origin] += flow.count
        into[flow.target] += flow.count
    for name in {*into, *out}:
        nodes[name] = _Node(name, columns[name], size=max(into[name], out[name]))
    by_column: dict[int, list[_Node]] = defaultdict(list)
    for node in sorted(nodes.values(), key=lambda n: (-n.size, n.name)):
        by_column[node.column].append(node)
    scale = min(
        (HEIGHT - _TOP - _GAP * len(stack)) / sum(node.size for node in stack)
        for stack in by_column.values()
    )
    for stack in by_column.values():
        y = _TOP
        for node in stack:
            node.y, node.height = y, max(1.5, node.size * scale)
            y += node.height + _GAP
    return nodes


def _band(flow: Flow, nodes: dict[str, _Node], x: Callable[..., float], ends: Sequence[str]) -> str:
    origin, target = nodes[flow.origin], nodes[flow.target]
    height = max(0.75, flow.count / origin.size * origin.height)
    y0, y1 = origin.y + origin.given, target.y + target.taken
    origin.given += height
    target.taken += height
    x0, x1 = x(origin.column, NODE), x(target.column)
    middle = (x0 + x1) / 2
    kind = "leave" if flow.target in ends[1:] else "flow"
    return (
        f'<path class="{kind}" d="M{x0:.1f} {y0:.1f}C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} '
        f"{x1:.1f} {y1:.1f}V{y1 + height:.1f}C{middle:.1f} {y1 + height:.1f} {middle:.1f} "
        f'{y0 + height:.1f} {x0:.1f} {y0 + height:.1f}Z"/>'
    )


def _mark(
    node: _Node,
    x: Callable[..., float],
    names: Callable[[str], str],
    number: Callable[[float], str],
    ends: Sequence[str],
    is_mirrored: bool,
) -> str:
    kind = "goal" if node.name == ends[0] else "quit" if node.name in ends else ""
    left = min(x(node.column), x(node.column, NODE))
    anchor = "end" if is_mirrored else "start"
    at = x(node.column, NODE + 6)
    # isolated, so that a name of either direction does not turn the number beside it
    label = f"\N{FIRST STRONG ISOLATE}{names(node.name)}\N{POP DIRECTIONAL ISOLATE}"
    return (
        f'<rect class="node {kind}" x="{left:.1f}" y="{node.y:.1f}" width="{NODE}" '
        f'height="{node.height:.1f}"/>'
        f'<text x="{at:.1f}" y="{node.y - 6:.1f}" text-anchor="{anchor}">{escape(label)} '
        f'<tspan class="n">{escape(number(node.size))}</tspan></text>'
    )
