"""The law that a cost follows: the exponent k of size^k, the slope of the least squares through log(size) and log(cost)."""

import math

# Costs that grow less than this over the whole axis are said to stay.
FLAT = 0.1
# A cost that is the mean of fewer operations has a question mark.
FEW = 50


def slope(points):
    """The exponent, and the root of the mean square of what it leaves; None for fewer than three points."""
    points = [(math.log(size), math.log(cost)) for size, cost in points if size > 0 and cost > 0]
    if len(points) < 3:
        return None
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    across = sum((x - mean_x) ** 2 for x, _ in points)
    k = sum((x - mean_x) * (y - mean_y) for x, y in points) / across
    rest = sum((y - mean_y - k * (x - mean_x)) ** 2 for x, y in points) / len(points)
    return k, math.sqrt(rest)


def law(points):
    """In words."""
    fitted = slope(points)
    if fitted is None:
        return "too few points"
    k, rest = fitted
    # What is fixed hides at small sizes what grows: so the last step is told, too.
    (size, cost), (last_size, last_cost) = points[-2:]
    end = math.log(last_cost / cost) / math.log(last_size / size) if cost > 0 < last_cost else 0
    words = "stays" if abs(k) < FLAT else f"size^{k:.2f}"
    return f"{words} (±{100 * (math.exp(rest) - 1):.0f}%), at the end size^{end:.2f}"


def figure(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def tables(points):
    """A table for each axis, of all points: CPU for an operation over all processes, and the share of each."""
    axes, few = {}, set()
    for point in points:
        axis, size = f"{point['axis']}, {point['storage']}", point["size"]
        series = axes.setdefault(axis, {})
        for cost in point["costs"]:
            micros = cost["cpuMicros"]
            series.setdefault(f"**{cost['operation']}**", []).append((size, sum(micros.values())))
            for process, share in micros.items():
                series.setdefault(f"· {process}, {cost['operation']}", []).append((size, share))
            if cost["operations"] < FEW:
                few.add((axis, f"**{cost['operation']}**", size))
        for name, value in point["values"].items():
            series.setdefault(name, []).append((size, value))
    for axis, series in axes.items():
        sizes = sorted({size for points in series.values() for size, _ in points})
        yield f"| {axis} | " + " | ".join(f"{size:,}" for size in sizes) + " | law |"
        yield "|---" * (len(sizes) + 2) + "|"
        for name, points in series.items():
            at = dict(points)
            cells = (figure(at[size]) + ("?" if (axis, name, size) in few else "") if size in at else "" for size in sizes)
            yield f"| {name} | {' | '.join(cells)} | {law(points)} |"
        yield ""
