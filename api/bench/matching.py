"""Map matching on labelled tracks in the plain formats of the public set of Kubička et al. (2015)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from api.bench import BenchLine
from dispatch_core.errors import InvalidInput
from dispatch_core.roads import RoadGraph
from dispatch_core.roads.graph import Float64s, Int64s
from dispatch_core.roads.matching import Matcher, Trace
from maps.streets import lengths_m

INTERVALS_S = (1, 10, 30)
LeftOut = Callable[[str], object]  # told which track cannot be read, and why
_SEPARATORS = str.maketrans(",;", "  ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A labelled drive: its own small network, the fixes, and the arcs truly driven.

    `same` int64[m]: the first of the arcs between the same nodes, of which nobody can tell one from another.
    """

    name: str
    graph: RoadGraph
    trace: Trace
    truth: Int64s
    same: Int64s


def run(tracks: Path, *, left_out: LeftOut = str) -> Iterator[BenchLine]:
    """Mean length-F1 at one fix per 1, 10 and 30 s, and fixes matched a second (over all three).

    A track that cannot be read is told to `left_out` and counted; the others are measured.
    """
    broken: list[str] = []
    scores: dict[int, list[float]] = {interval_s: [] for interval_s in INTERVALS_S}
    fixes, seconds = 0, 0.0
    for track in read_tracks(tracks, left_out=broken.append):
        matcher, truth = Matcher(track.graph), track.same[track.truth].tolist()
        for interval_s in INTERVALS_S:
            trace = thinned(track.trace, interval_s)
            matcher.match(trace)  # compiled, and caches warm, as in a service
            began = time.perf_counter()
            match = matcher.match(trace)
            seconds += time.perf_counter() - began
            fixes += len(trace)
            path = track.same[match.path].tolist()
            scores[interval_s].append(length_f1(track.graph.length_m, path, truth))
    for why in broken:
        left_out(why)
    if not fixes:
        raise InvalidInput("--tracks", f"{tracks} holds no *.track with its *.nodes, *.arcs and *.route")
    for interval_s, found in scores.items():
        yield BenchLine(name=f"f1_{interval_s}s", value=round(float(np.mean(found)), 4), unit="F1")
    yield BenchLine(name="points_per_s", value=round(fixes / seconds), unit="fixes/s")
    yield BenchLine(name="tracks", value=len(found), unit="count")
    yield BenchLine(name="tracks_left_out", value=len(broken), unit="count")


def length_f1(length_m: Float64s, matched: list[int], truth: list[int]) -> float:
    """Harmonic mean of the shares of length that are right and that are found, repetitions counted."""
    ours, true = Counter(matched), Counter(truth)
    common = sum(length_m[edge] * min(n, true[edge]) for edge, n in ours.items())
    both = sum(length_m[edge] * n for edge, n in ours.items())
    both += sum(length_m[edge] * n for edge, n in true.items())
    return float(2 * common / both) if both else 1.0


def thinned(trace: Trace, interval_s: float) -> Trace:
    """The first fix, then each that is at least so much later than the one kept before, and the last.

    The truth runs to the last fix: without it half an interval of every drive could not be found.
    """
    kept: list[int] = []
    for row, at_s in enumerate(trace.at_s.tolist()):
        if not kept or at_s - trace.at_s[kept[-1]] >= interval_s - 1e-6:
            kept.append(row)
    if kept and kept[-1] != len(trace) - 1:
        kept.append(len(trace) - 1)
    return Trace(lon=trace.lon[kept], lat=trace.lat[kept], at_s=trace.at_s[kept])


def read_tracks(folder: Path, *, left_out: LeftOut = str) -> Iterator[Track]:
    """Every track below the folder, by name; its network and its route stand beside it."""
    for path in sorted(folder.rglob("*.track")):
        try:
            yield _track(path)
        except InvalidInput as broken:
            left_out(broken.message)


def _track(path: Path) -> Track:
    nodes, fixes = _numbers(path.with_suffix(".nodes"), 2), _numbers(path, 3)
    arcs, route = _numbers(path.with_suffix(".arcs"), 2), _numbers(path.with_suffix(".route"), 1).ravel()
    _within(path.with_suffix(".arcs"), arcs, len(nodes))
    _within(path.with_suffix(".route"), route, len(arcs))
    fixes = fixes[np.isfinite(fixes).all(axis=1)]
    if not len(fixes) or not len(route):
        raise InvalidInput(path.name, "has no fixes or no route")
    order = np.argsort(fixes[:, 2], kind="stable")
    return Track(
        name=path.stem,
        graph=network(nodes, arcs.astype(np.int64)),
        trace=Trace(lon=fixes[order, 0], lat=fixes[order, 1], at_s=fixes[order, 2]),
        truth=_without_repeats(route.astype(np.int64)),
        same=_first_alike(arcs.astype(np.int64), len(nodes)),
    )


def _without_repeats(route: Int64s) -> Int64s:
    """An arc named twice at once is driven once: a label at either end of a gap, or of two fixes on it."""
    once: Int64s = route[np.diff(route, prepend=-1) != 0]
    return once


def _first_alike(arcs: Int64s, nodes: int) -> Int64s:
    _, first, kind = np.unique(arcs[:, 0] * nodes + arcs[:, 1], return_index=True, return_inverse=True)
    alike: Int64s = first[kind].astype(np.int64)
    return alike


def _within(path: Path, ids: Float64s, count: int) -> None:
    if not (np.isfinite(ids).all() and (ids >= 0).all() and (ids < count).all()):
        raise InvalidInput(path.name, f"names an id that is none of 0 to {count - 1}")


def _numbers(path: Path, columns: int) -> Float64s:
    """float64[rows, columns] of numbers apart by blanks, tabs, commas or semicolons; `#` begins a remark.

    A table of one column may stand on lines of any length.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").translate(_SEPARATORS).splitlines()
        said = [line.split("#")[0].split() for line in lines]
        rows = [[float(word) for word in line] for line in said[_is_heading(said) :]]
    except FileNotFoundError:
        raise InvalidInput(path.name, "is not beside its track") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise InvalidInput(path.name, str(error)) from error
    if columns == 1:
        return np.array([value for row in rows for value in row]).reshape(-1, 1)
    short = next((number for number, row in enumerate(rows, start=1) if 0 < len(row) < columns), None)
    if short is not None:
        raise InvalidInput(f"{path.name}, line {short}", f"has fewer than {columns} columns")
    return np.array([row[:columns] for row in rows if row], np.float64).reshape(-1, columns)


def _is_heading(said: Sequence[Sequence[str]]) -> bool:
    """Words alone, above lines of numbers (`nan` is one)."""
    return (
        len(said) > 1
        and bool(said[0])
        and all(word.isidentifier() for word in said[0])
        and not any(word.lower() in {"nan", "inf"} for word in said[0])
    )


def network(nodes: Float64s, arcs: Int64s) -> RoadGraph:
    """A graph of straight arcs, ids kept; an arc and its opposite are one two-way street."""
    tail, head = arcs.T
    m = len(arcs)
    geometry = nodes[arcs].reshape(-1, 2)
    first = np.arange(0, 2 * m + 1, 2)
    none = np.zeros(m, np.int32)
    return RoadGraph(
        node_lon=np.ascontiguousarray(nodes[:, 0]), node_lat=np.ascontiguousarray(nodes[:, 1]),
        node_signal=np.zeros(len(nodes), np.bool_), tail=tail.astype(np.int32), head=head.astype(np.int32),
        length_m=np.maximum(lengths_m(first, geometry), 0.1), speed_kmh=np.full(m, 50.0, np.float32),
        road_class=np.zeros(m, np.uint8), flags=np.zeros(m, np.uint8), level=np.zeros(m, np.int8),
        way_id=np.arange(m), reverse=_opposites(tail, head), name_id=none, ref_id=none,
        geometry_first=first, geometry=geometry,
    )  # fmt: skip


def _opposites(tail: Int64s, head: Int64s) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    reverse = np.full(len(tail), -1, np.int32)
    seen: dict[tuple[int, int], list[int]] = {}
    for arc, (a, b) in enumerate(zip(tail.tolist(), head.tolist(), strict=True)):
        waiting = seen.get((b, a))
        if a != b and waiting:
            other = waiting.pop()
            reverse[arc], reverse[other] = other, arc
        else:
            seen.setdefault((a, b), []).append(arc)
    return reverse
