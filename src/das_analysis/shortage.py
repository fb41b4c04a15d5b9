"""What the machine lacks: room, access, files that may be open. Told in the machine's words and no library's.

A library may quote a row or a path; only the number of the machine's error is taken from what it says.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Iterator

from das_analysis.errors import DasError, TryAgain

LACKS = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EMFILE, errno.ENFILE, errno.ENOMEM}
    | {errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}
)
TODO = "make room or get access, then do the step again"
_NUMBER = re.compile(r"os error (\d+)|Os \{ code: (\d+)")  # as libraries in Rust write it


def lack(error: BaseException) -> str | None:
    """Return what the machine lacks, as it calls it; None where the error is about something else."""
    number = error.errno if isinstance(error, OSError) and error.errno else _number(str(error))
    return os.strerror(number) if number in LACKS else None


def _number(said: str) -> int:
    found = _NUMBER.search(said)
    return int(found[1] or found[2]) if found else 0


@contextlib.contextmanager
def told(where: str, what: str = "the lake cannot be used") -> Iterator[None]:
    """Raise TryAgain when the machine lacks something; let every other error through."""
    try:
        yield
    except DasError:
        raise
    except BaseException as error:  # a panic of a library in Rust is no Exception
        if (said := lack(error)) is None:
            raise
        raise TryAgain(f"{what}: {said}", where=where, todo=TODO) from None
