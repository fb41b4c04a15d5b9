"""The error tree.

DasError
├── Refused        do something else: the input, the request or the permission is not right
│   ├── BadDelivery     a file or package that cannot be trusted
│   ├── BadModel        the model's source or a supplier's card contradicts itself
│   ├── NoPermission    a room asked for what it may not have, or an agreement has ended
│   └── DisclosureRefused   a result could point to a person
└── TryAgain       the same request can succeed later: a lock, a full disk, a kernel that died

Every message says what, where (file, table, column, rule, row number, count) and what to do next.
It never repeats a value out of a row: values of persons stay where they are.
"""

from __future__ import annotations


class DasError(Exception):
    """Base of every error that DAS raises on purpose.

    `what` happened, `where` (never a value of a person) and what to do `next`.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", todo: str = "") -> None:
        self.what, self.where, self.todo = what, where, todo
        lines = (what, where and f"  where: {where}", todo and f"  next: {todo}")
        super().__init__("\n".join(filter(None, lines)))


class Refused(DasError):
    """The request is refused with a reason; repeating it changes nothing."""


class BadDelivery(Refused):
    """A file or package that cannot be trusted; nothing of it is kept."""


class BadModel(Refused):
    """The model's source, a rule, a card or an indicator contradicts itself."""


class NoPermission(Refused):
    """A room, a person or a purpose without the right to what was asked."""


class DisclosureRefused(Refused):
    """A result that could point to a person may not leave."""


class TryAgain(DasError):
    """Nothing is wrong with the request; the surroundings did not allow it now."""

    exit_code = 3
