"""Runs a function in a child and kills it at the n-th call that changes names or sees to it that bytes stay.

The kernel stops the child there (seccomp and ptrace), whoever makes the call: Python, DuckDB, Arrow or a
thread of Delta. Linux only; `missing()` says why it cannot be done elsewhere.
"""

import ctypes
import errno
import os
import platform
import signal
import sys
import traceback
from pathlib import Path

CALLS = {  # number of a call on a machine; of those that open a file, which argument holds the flags
    "x86_64": (
        0xC000003E,
        (82, 264, 316, 86, 265, 87, 263, 84, 83, 258, 88, 266, 74, 75, 77),
        {257: 2, 2: 1},
    ),
    "aarch64": (0xC00000B7, (38, 276, 37, 35, 34, 36, 82, 83, 46), {56: 2}),
}
SYNCS = {"x86_64": (74, 75), "aarch64": (82, 83)}  # those that see to it that the bytes of a file stay
CREATES = os.O_CREAT
TRACEME, CONT, SETOPTIONS = 0, 7, 0x4200
SECCOMP, CLONE, FORK, VFORK, EXEC, EXITKILL = 0x80, 0x8, 0x2, 0x4, 0x10, 0x100000
EVENT_SECCOMP, WALL = 7, 0x40000000
LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, TRACE = 0x7FFF0000, 0x7FF00000
SECONDS = 120


class Filter(ctypes.Structure):
    """One instruction of the kernel's filter."""

    _fields_ = (
        ("code", ctypes.c_uint16),
        ("then", ctypes.c_uint8),
        ("otherwise", ctypes.c_uint8),
        ("value", ctypes.c_uint32),
    )


class Program(ctypes.Structure):
    _fields_ = (("size", ctypes.c_uint16), ("filters", ctypes.POINTER(Filter)))


def _libc():
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    libc.ptrace.restype = ctypes.c_long
    return libc


def instructions():
    """The filter: stop at the calls of this machine, and at those that open a file that may not be there."""
    architecture, calls, opening = CALLS[platform.machine()]
    found = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, architecture), (RETURN, 0, 0, ALLOW), (LOAD, 0, 0, 0)]
    for call in calls:
        found += [(EQUAL, 0, 1, call), (RETURN, 0, 0, TRACE)]
    for call, flags in opening.items():
        found += [(EQUAL, 0, 4, call), (LOAD, 0, 0, 16 + 8 * flags), (ANY_BIT, 0, 1, CREATES)]
        found += [(RETURN, 0, 0, TRACE), (RETURN, 0, 0, ALLOW)]
    return [*found, (RETURN, 0, 0, ALLOW)]


def _be_traced(libc):
    if libc.ptrace(TRACEME, 0, None, None):
        raise OSError(ctypes.get_errno(), "ptrace")
    os.kill(os.getpid(), signal.SIGSTOP)
    rows = instructions()
    filters = (Filter * len(rows))(*(Filter(*row) for row in rows))
    program = Program(len(rows), ctypes.cast(filters, ctypes.POINTER(Filter)))
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


def missing():
    """Why children cannot be killed at a call here; None where they can."""
    if sys.platform != "linux" or platform.machine() not in CALLS:
        return "calls are counted on Linux, x86_64 and aarch64 only"
    try:
        status, points = killed(lambda: os.mkdir("/proc/no"), at=1)  # noqa: PTH102 - the call itself is meant
    except OSError as error:
        return f"this machine lets nobody trace: {os.strerror(error.errno)}"
    return None if (status, points) == (-signal.SIGKILL, 1) else "calls are not seen on this machine"


def synced(task):
    """Return device and number of the file that a stopped task syncs; None where it does something else."""
    call, first = Path(f"/proc/{task}/syscall").read_text(encoding="ascii").split()[:2]
    if int(call) not in SYNCS[platform.machine()]:
        return None
    found = Path(f"/proc/{task}/fd/{int(first, 16)}").stat()
    return found.st_dev, found.st_ino


def killed(action, *, at=0, watch=lambda task: None):
    """Run `action` in a child and kill it at its call number `at` (0: never); return its status and calls.

    The status is that of the child (0 for done), or minus the signal that ended it. `watch` is told which
    task stands still at each call.
    """
    libc = _libc()
    child = os.fork()
    if not child:
        _run(libc, action)
    _, status = os.waitpid(child, 0)
    if not os.WIFSTOPPED(status):
        raise OSError(errno.EPERM, "ptrace")
    libc.ptrace(SETOPTIONS, child, None, SECCOMP | CLONE | FORK | VFORK | EXEC | EXITKILL)
    libc.ptrace(CONT, child, None, None)
    return _follow(libc, child, at=at, watch=watch)


def _run(libc, action):
    code = 1
    try:
        signal.alarm(SECONDS)
        _be_traced(libc)
        action()
        code = 0
    except BaseException:  # noqa: BLE001 - the child tells and ends, whatever it was
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _follow(libc, child, *, at, watch):
    seen, known = 0, {child}
    while True:
        task, status = os.waitpid(-1, WALL)
        if not os.WIFSTOPPED(status):
            if task == child:
                return os.waitstatus_to_exitcode(status), seen
            continue
        told = os.WSTOPSIG(status)
        event = status >> 16
        if event == EVENT_SECCOMP:
            seen += 1
            watch(task)
        if event == EVENT_SECCOMP and seen == at:
            os.kill(child, signal.SIGKILL)
            continue
        first = task not in known and told == signal.SIGSTOP
        known.add(task)
        libc.ptrace(CONT, task, None, None if event or first else told)
