"""Which room may read and write which zone: one table, and nothing else decides it."""

from __future__ import annotations

from das_analysis.errors import NoPermission

ZONES = (
    *("received", "validated", "quarantine", "pseudonymised", "linked", "snapshots", "releases", "access"),
    *("projects", "erased", "succession", "restricted", "rectified"),
)
ROOMS = ("intake", "vault", "linkage", "lake", "query", "semantic", "disclosure", "report", "cli")

# room x zone, in the order of ZONES: r = may read, w = may read and write, . = may do neither
ACCESS: dict[str, dict[str, str]] = {
    room: dict(zip(ZONES, row.split(), strict=True))
    for room, row in {
        #              received validated quarantine pseudonymised linked snapshots releases access projects erased succession restricted rectified
        "intake": "     w        w         w          .             .      .         .        .      .        .        .        .          .",
        "vault": "      .        r         .          w             r      .         .        .      w        .        w        r          .",
        "linkage": "    .        .         .          r             w      .         .        .      .        .        r        r          w",
        "lake": "       r        r         r          r             r      w         .        w      r        w        r        w          r",
        "query": "      .        .         .          .             .      r         .        .      .        .        .        .          .",
        "semantic": "   .        .         .          .             .      r         r        .      .        .        .        .          .",
        "disclosure": " .        .         .          .             .      r         w        .      .        .        .        .          .",
        "report": "     .        .         .          .             .      .         r        .      .        .        .        .          .",
        "cli": "        .        .         .          .             .      .         .        .      .        .        .        .          .",
    }.items()
}


def writable(room: str) -> tuple[str, ...]:
    """Return the zones that a room may write."""
    return tuple(zone for zone, right in ACCESS[room].items() if right == "w")


def check_room(room: str) -> None:
    """Raise NoPermission for a room that the zone table does not know."""
    if room not in ROOMS:
        raise NoPermission(f"no room {room!r}", todo="see src/das_analysis/lake/zones.py")


def check_access(room: str, zone: str, *, right: str) -> None:
    """Raise NoPermission unless `room` may use `zone`: right is "r" or "w"."""
    check_room(room)
    if zone not in ZONES:
        raise NoPermission(f"no zone {zone!r}", todo="see src/das_analysis/lake/zones.py")
    if ACCESS[room][zone] in {"w", right}:
        return
    verb = "write to" if right == "w" else "read"
    raise NoPermission(
        f"room {room!r} may not {verb} zone {zone!r}",
        todo="let the room that owns the zone do it, see lake/zones.py",
    )
