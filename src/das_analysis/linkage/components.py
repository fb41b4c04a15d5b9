"""Connected components: what hangs together; and with a guard: what may hang together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Pair(NamedTuple):
    """Two that may be one, and the weight of what they have in common (bits)."""

    weight: float
    one: str
    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What keeps clusters small and true.

    `least`: pairs of less weight join nothing. `margin`: who could be two persons that cannot be one, and
    whose weights differ less than this, joins nobody. `most`: no cluster grows beyond this many members.
    """

    least: float
    margin: float
    most: int


def first_of_each(a: NDArray[np.int64], b: NDArray[np.int64], *, size: int) -> dict[str, NDArray[np.int64]]:
    """Return every `node` from 0 to `size` with the `first` node of its component; edges are a[i], b[i]."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = coo_array((np.ones(len(a), np.int8), (a, b)), shape=(size, size))
    _, label = connected_components(edges, directed=False)
    first = np.full(size, size, np.int64)
    np.minimum.at(first, label, np.arange(size))
    return {"node": np.arange(size), "first": first[label]}


def guarded(pairs: Iterable[Pair], numbers: Mapping[str, int], *, guard: Guard) -> dict[str, str]:
    """Return each member of a cluster of two or more with the first of its cluster, whatever the order.

    `numbers`: for each one a bit for each kind of number that it has. Two that have a number of one kind are
    two persons, since one number of theirs would have joined them already: no cluster holds both. The
    heaviest pair is joined first.
    """
    heavy = sorted((p for p in pairs if p.weight >= guard.least), key=lambda p: (-p.weight, p.one, p.other))
    doubtful = _doubtful(heavy, numbers, margin=guard.margin)
    lead: dict[str, str] = {}
    masks: dict[str, int] = dict(numbers)
    sizes: defaultdict[str, int] = defaultdict(lambda: 1)

    def first(member: str) -> str:
        while lead.setdefault(member, member) != member:
            lead[member] = member = lead[lead[member]]
        return member

    for _, one, other in heavy:
        if one in doubtful or other in doubtful:
            continue
        a, b = sorted((first(one), first(other)))
        size = sizes[a] + sizes[b]
        if a != b and not masks.get(a, 0) & masks.get(b, 0) and size <= guard.most:
            lead[b], sizes[a], masks[a] = a, size, masks.get(a, 0) | masks.get(b, 0)
    return {member: first(member) for member in lead if sizes[first(member)] > 1}


def _doubtful(pairs: Sequence[Pair], numbers: Mapping[str, int], *, margin: float) -> set[str]:
    """Who could be either of two persons that cannot be one; `pairs` are sorted, the heaviest first."""
    best: dict[str, tuple[float, list[str]]] = {}
    found = set()
    for weight, one, other in pairs:
        for member, partner in ((one, other), (other, one)):
            top, rivals = best.setdefault(member, (weight, []))
            if top - weight < margin:
                mask = numbers.get(partner, 0)
                if any(mask & numbers.get(rival, 0) for rival in rivals):
                    found.add(member)
                rivals.append(partner)
    return found
