"""Delivers, receives and validates what was damaged, and says whether the outcome was one of the two allowed.

Accepted whole: as many rows as were said, nothing but pseudonyms where identities stood. Or refused: a text
that says what, where and what to do, without a piece of an identity, and everything as it was before. A way
out that is neither is a fault.
"""

import re
import shutil
from collections import Counter
from dataclasses import replace
from random import Random

import pyarrow.compute as pc
import pyarrow.parquet as pq
from fuzzing import damage, forgery, sources

from das_analysis.errors import DasError, TryAgain
from das_analysis.intake import deliver, find_deliveries, receive, validate
from das_analysis.intake.signing import read_signer
from das_analysis.model import load_model

SEALED = r"\A(?:p1[.](?:[a-z2-7]{26}|[a-z2-7]{52})|[0-9]{4}-[0-9]{2}|!format|!check)\z"
SIGNED = 0.9  # share of forged packages that the supplier signs: he means no good, or his system is ill
AT_THE_GATE = 0.25  # share of packages that are forged; of the others the files are damaged
TERMS = [
    ("period", p) for p in ("2024-13", "", "../..", "x" * 9999, "\u0662\u0660\u0662\u0665", "2199", "2025\n")
]
TERMS += [("sequence", s) for s in (0, -1, 10**9, 1.5, True, "2", None)]


class FaultError(AssertionError):
    """A way out that is not allowed."""


def told(error):
    """All that hangs on an error: texts, arguments, causes and contexts."""
    while error is not None:
        yield f"{error}\n{error!r}\n{getattr(error, 'object', '')!r}"
        error = error.__cause__ or error.__context__


def judge_refusal(error, marks):
    """Raise FaultError unless an error is a refusal that helps and shows nothing."""
    if not isinstance(error, DasError) or isinstance(error, TryAgain):
        raise FaultError(f"{type(error).__name__} instead of a refusal")
    if not (error.what and error.where and error.todo):
        raise FaultError(f"a refusal without its place or next step: {error}")
    text = "".join(told(error))
    if shown := [mark for mark in marks if mark in text]:
        raise FaultError(f"an identity in a message: {shown[0]} in {text}")
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", str(error)):
        raise FaultError("a character that steers a terminal, in a message")


def judge_package(path, rows, card):
    """Raise FaultError unless a package is whole: its rows counted, its identities sealed."""
    found = 0
    for name, table in card.tables.items():
        if not (path / f"{name}.parquet").exists():
            continue
        content = pq.read_table(path / f"{name}.parquet")
        found += content.num_rows
        for column in table.package.values():
            sealed = pc.match_substring_regex(content[column.name].cast("string"), SEALED)
            if column.how != "verbatim" and pc.all(sealed).as_py() is False:
                raise FaultError(f"{name}, {column.name} holds more than pseudonyms")
    if found != rows:
        raise FaultError(f"half a load: {found} rows, said to be {rows}")


def state(lake):
    """What stands in the zones of a lake, down to each delivery, by size and time; a lock is no content."""
    log = lake / "received" / "delivery" / "_delta_log"
    found = [p for pattern in ("*", "*/*") for p in lake.glob(pattern)] + list(log.glob("*"))
    return {p: (p.lstat().st_size, p.lstat().st_mtime_ns) for p in found if p.name != ".lock"}


class Bench:
    """Tries deliveries, by number, in a folder of its own. `outcomes` counts, `faults` tells by number."""

    def __init__(self, home, work, *, seed):
        self.work, self.seed, self.keys = work, seed, home / "keys"
        self.clean, self.cards = sources.clean_deliveries(home), load_model().suppliers
        self.outcomes, self.faults = Counter(), []
        self.accepted = {}
        shutil.rmtree(work, ignore_errors=True)  # of a run that was stopped
        work.mkdir(parents=True)
        self.good = {name: self._deliver_clean(name) for name in self.clean}

    def _deliver_clean(self, name):
        clean, folder = self.clean[name], self.work / "good"
        folder.mkdir(exist_ok=True)
        paths = _put(folder, clean.files)
        return deliver(name, paths, period=clean.periods[0], keys=self.keys, target=folder / name)

    def attempt(self, number):
        """Try one delivery."""
        chance = Random(f"{self.seed}:{number}")
        clean = self.clean[chance.choice(sorted(self.clean))]
        act = self._at_the_gate if chance.random() < AT_THE_GATE else self._at_the_desk
        self._tell(number, lambda: act(chance, clean, number=number))

    def _tell(self, number, act):
        try:
            self.outcomes[act()] += 1
        except FaultError as fault:
            self.faults.append(f"{number}: {fault}")
        except Exception as error:  # noqa: BLE001 - any exception that gets out is what is looked for
            self.faults.append(f"{number}: {type(error).__name__}: {error}")

    def _at_the_desk(self, chance, clean, *, number):
        folder = self.work / "desk" / str(number)
        folder.mkdir(parents=True)
        names = chance.sample(sorted(clean.files), chance.randint(1, len(clean.files)))
        hurt = chance.choice(names)
        files = {n: clean.files[n] for n in names if n != hurt} | dict([damage.written(chance, clean, hurt)])
        turn, sequence = divmod(number, 999)
        terms = {"period": clean.periods[turn % len(clean.periods)], "sequence": sequence + 1}
        terms |= dict([chance.choice(TERMS)]) if chance.random() < 0.02 else {}
        try:
            package = deliver(
                clean.supplier, _put(folder, files), keys=self.keys, target=folder / "out", **terms
            )
        except Exception as error:  # noqa: BLE001 - judged
            judge_refusal(error, clean.marks)
            if (folder / "out").exists() and list((folder / "out").iterdir()):
                raise FaultError("refused, and something was written") from None
            shutil.rmtree(folder)
            return "refused at the desk"
        judge_package(package.path, package.rows, self.cards[clean.supplier])
        self.accepted[package.path] = (number, package.rows)
        return "sealed"

    def _at_the_gate(self, chance, clean, *, number):
        folder, lake = self.work / "gate" / str(number), self.work / "forged"
        package = folder / self.good[clean.supplier].path.name
        shutil.copytree(self.good[clean.supplier].path, package)
        forgery.forge(chance, package, cells=sorted(clean.marks)[:3])
        if chance.random() < SIGNED:
            forgery.sign(package, read_signer(self.keys, clean.supplier))
        before = state(lake)
        try:
            (delivery,) = receive([package], lake=lake, keys=self.keys)
        except Exception as error:  # noqa: BLE001 - judged
            judge_refusal(error, clean.marks)
            if state(lake) != before:
                raise FaultError("refused, and the lake is another") from None
            return "refused at the gate"
        finally:
            shutil.rmtree(folder)
        kept = lake / "received" / delivery.delivery_id
        judge_package(kept, delivery.rows, self.cards[delivery.supplier])
        return "received"

    def finish(self):
        """Receive what was sealed, then validate everything: all rows must come out, here or there."""
        lake = self.work / "lake"
        self._tell("receive", lambda: self._receive(lake))
        for home in (lake, self.work / "forged"):
            for name in self.cards:
                self._tell(f"validate {name}", lambda h=home, n=name: self._validate(h, n))
        shutil.rmtree(self.work)

    def _receive(self, lake):
        if self.accepted:
            kept = receive(self.accepted, lake=lake, keys=self.keys, model=of_any_size())
            if sum(d.rows for d in kept) != sum(rows for _, rows in self.accepted.values()):
                raise FaultError("other rows were received than sealed")
        return "received together"

    def _validate(self, lake, name):
        deliveries = find_deliveries(lake, name)
        if not deliveries:
            return "nothing to validate"
        done = validate(deliveries)
        rows = sum(d.rows for d in deliveries)
        if not done.rows_in == rows == done.rows_validated + done.rows_held:
            raise FaultError(f"half a load: {rows} rows received, {done}")
        return "validated together"


def of_any_size():
    """The model without what is usual: hundreds of damaged deliveries are no history."""
    model = load_model()
    cards = {
        n: replace(c, dossier=c.dossier and replace(c.dossier, volume={})) for n, c in model.suppliers.items()
    }
    return replace(model, suppliers=cards)


def _put(folder, files):
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [folder / name for name in files]
