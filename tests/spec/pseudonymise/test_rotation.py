"""Keys are changed without losing a link: the host's by a table of successors, a supplier's by its ratio."""

import json
import shutil
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from das_analysis.cli.keys import make_keys
from das_analysis.errors import NoPermission, Refused
from das_analysis.intake import deliver, find_deliveries, receive, validate
from das_analysis.intake.validate import find_validated
from das_analysis.keys import new_supplier
from das_analysis.lake import connect, enter, files, freeze, open_lake, write
from das_analysis.lake.sql import scan
from das_analysis.linkage import link
from das_analysis.synth import make_deliveries
from das_analysis.vault import destroy_host_key, find_pseudonymised, pseudonymise, rotate_host_key
from das_analysis.vault.host_key import read_host_keys

TRACE = ("supplier", "period", "source_table", "row")


class Chain:
    """A made-up chain on its way through the house."""

    def __init__(self, home):
        self.keys, self.lake, self.made, self.out = (home / n for n in ("keys", "lake", "made", "out"))

    def send(self, year, sequence=1):
        for supplier in sorted(p.name for p in self.made.iterdir() if p.name != "truth"):
            given = sorted((self.made / supplier / year).glob("*.csv"))
            told = {"keys": self.keys, "target": self.out, "sequence": sequence}
            receive([deliver(supplier, given, period=year, **told).path], lake=self.lake, keys=self.keys)
        for supplier in sorted({d.supplier for d in find_deliveries(self.lake)}):
            validate(find_deliveries(self.lake, supplier))

    def pseudonymise(self):
        return pseudonymise(find_validated(self.lake), keys=self.keys)

    def link(self):
        return link(find_pseudonymised(self.lake))

    def rows(self, zone, table, version=None, *, room="linkage"):
        room = enter(self.lake, room)
        paths = files(room, zone, table=table, version=version)
        if not paths:
            return []
        with connect(room) as con:
            return con.sql(f"SELECT * FROM {scan(paths)}").to_arrow_table().to_pylist()

    def persons(self, linked):
        """Whose each row is."""
        found = {}
        for name in ("case", "suspect_registration", "detention_spell"):
            for row in self.rows("linked", name, linked.tables[name].version):
                found[(name, *(row[c] for c in TRACE))] = row["person_key"]
        return found


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """A year is linked and frozen, the host's key rotated, all linked anew; then the old version goes."""
    chain = Chain(tmp_path_factory.mktemp("rotation"))
    make_deliveries(chain.made, scale=0.002, years=[2024], seed=7, faults=True)
    make_keys(chain.keys)
    chain.send("2024")
    chain.pseudonymise()
    linked = [chain.link()]
    freeze(linked[0], "before")
    seen = [chain.persons(linked[0])]
    rows = {
        table: {z: len(chain.rows(z, table, room="lake")) for z in ("validated", "pseudonymised")}
        for table in ("case", "suspect_registration", "detention_spell")
    }
    keys = [{r["case_key"] for r in chain.rows("pseudonymised", "case")}]
    rotate_host_key(chain.keys)
    alive = sorted(read_host_keys(chain.keys).alive)
    with pytest.raises(Refused) as too_early:
        destroy_host_key(chain.lake, 1, keys=chain.keys)
    chain.pseudonymise()
    with pytest.raises(Refused) as still_early:
        destroy_host_key(chain.lake, 1, keys=chain.keys)
    keys.append({r["case_key"] for r in chain.rows("pseudonymised", "case")})
    succession = chain.rows("succession", "succession")
    linked.append(chain.link())
    freeze(linked[1], "after")
    seen.append(chain.persons(linked[1]))
    destroy_host_key(chain.lake, 1, keys=chain.keys)
    return SimpleNamespace(
        chain=chain, rows=rows, linked=linked, seen=seen, keys=keys, alive=alive, succession=succession,
        early=(str(too_early.value), str(still_early.value)),
    )  # fmt: skip


def test_everybody_keeps_his_person_key(story):
    before, after = story.seen
    assert len(before) > 1000
    assert len(set(before.values())) > 300
    assert after == before


def test_every_pseudonym_is_another_one(story):
    before, after = story.keys
    assert len(before) == len(after)
    assert all(key.startswith("h1.") for key in before)
    assert all(key.startswith("h2.") for key in after)
    assert not {k[3:] for k in before} & {k[3:] for k in after}


def test_the_log_of_persons_tells_of_no_event(story):
    first, second = (
        story.chain.rows("linked", "person_log", linked.tables["person_log"].version)
        for linked in story.linked
    )
    assert first == second
    assert {row["run"] for row in first} == {1}


def test_links_between_suppliers_are_as_they_were(story):
    one, two = (
        {
            r["seam"]: r
            for r in story.chain.rows("linked", "link_quality", linked.tables["link_quality"].version)
        }
        for linked in story.linked
    )
    assert one == two


def test_both_versions_live_for_one_release(story):
    assert story.alive == [1, 2]
    for name in ("before", "after"):
        assert open_lake(name, lake=story.chain.lake).cases.count().execute() > 100


def test_the_succession_leads_each_old_pseudonym_to_one_new(story):
    pairs = {(r["kind"], r["old_key"]): r["new_key"] for r in story.succession}
    assert {(r["from_version"], r["to_version"]) for r in story.succession} == {(1, 2)}
    assert all(r["valid_from"] for r in story.succession)
    assert len({(k, new) for (k, _), new in pairs.items()}) == len(pairs)
    assert {old for kind, old in pairs if kind == "CaseNumber"} >= story.keys[0]
    assert {pairs["CaseNumber", old] for old in story.keys[0]} == story.keys[1]


def test_whoever_is_matched_with_nobody_stays_and_is_counted(story):
    """Rows without a usable identity are rows all the same: none is dropped on the way, before or after."""
    for linked in story.linked:
        quality = story.chain.rows("linked", "link_quality", linked.tables["link_quality"].version)
        for table, rows in story.rows.items():
            (seam,) = (r for r in quality if r["seam"] == f"{table}.person_key")
            assert rows["validated"] == rows["pseudonymised"] == linked.tables[table].rows == seam["total"]
            assert seam["total"] == seam["linked"] + seam["cut"]
        assert sum(r["cut"] for r in quality if r["seam"].endswith(".person_key")) > 0


def test_nothing_is_destroyed_before_all_is_linked_anew(story):
    assert "still pseudonymised under it" in story.early[0]
    assert "persons were last linked under it" in story.early[1]


def test_what_is_destroyed_is_gone(story):
    chain = story.chain
    found = read_host_keys(chain.keys)
    assert (found.current, sorted(found.alive), sorted(found.made_on)) == (2, [2], [2])
    assert len(json.loads((chain.keys / "host.key").read_text())["keys"]) == 1
    assert not (chain.lake / "succession").exists()
    with pytest.raises(Refused, match="no such version"):
        destroy_host_key(chain.lake, 1, keys=chain.keys)
    with pytest.raises(Refused, match="in use"):
        destroy_host_key(chain.lake, 2, keys=chain.keys)
    log = (chain.lake / "access" / "log.jsonl").read_text(encoding="utf-8")
    assert '"act": "keys destroy 1"' in log


@pytest.fixture
def halfway(story, tmp_path):
    """A copy of the chain between two versions of the host's key: pseudonymised anew, not linked yet."""
    chain = Chain(tmp_path)
    shutil.copytree(story.chain.lake, chain.lake)
    shutil.copytree(story.chain.keys, chain.keys)
    rotate_host_key(chain.keys)
    chain.pseudonymise()
    return chain


def test_a_wrong_version_or_lake_destroys_nothing(halfway, tmp_path):
    chain = halfway
    pairs = len(chain.rows("succession", "succession"))
    with pytest.raises(Refused, match=r"no such version(.|\n)*das keys list"):
        destroy_host_key(chain.lake, 7, keys=chain.keys)
    with pytest.raises(Refused, match=r"nothing was pseudonymised(.|\n)*--lake"):
        destroy_host_key(tmp_path / "another", 2, keys=chain.keys)
    assert len(chain.rows("succession", "succession")) == pairs > 0
    assert sorted(read_host_keys(chain.keys).alive) == [2, 3]


def test_a_delivery_without_successors_is_not_linked_under_other_names(story, halfway):
    """And while both versions are alive, doing its pseudonyms again notes them."""
    chain = halfway
    rows = [r for r in chain.rows("succession", "succession") if not r["delivery_id"].startswith("dji")]
    write(enter(chain.lake, "vault"), "succession", table="succession", rows=pa.Table.from_pylist(rows))
    with pytest.raises(Refused, match="nothing says which pseudonym followed which"):
        chain.link()
    chain.pseudonymise()
    assert chain.persons(chain.link()) == story.seen[0]


def test_a_destruction_that_was_stopped_is_ended_when_it_is_asked_again(halfway, monkeypatch):
    """The secret goes first: whatever happens then, nobody makes an old pseudonym again."""
    chain = halfway
    chain.link()
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", interrupted)
        with pytest.raises(KeyboardInterrupt):
            destroy_host_key(chain.lake, 2, keys=chain.keys)
    assert sorted(read_host_keys(chain.keys).alive) == [3]
    destroy_host_key(chain.lake, 2, keys=chain.keys)
    assert not (chain.lake / "succession").exists()


def interrupted(*_):
    raise KeyboardInterrupt


def test_a_suppliers_next_key_and_next_year_find_the_same_persons(story):
    """A new key of a supplier changes nothing at the host; the same rows sealed with it are the same."""
    chain = story.chain
    before = {r["delivery_id"]: r for r in chain.rows("pseudonymised", "delivery")}
    for supplier in ("politie", "om", "dji"):
        new_supplier(chain.keys, supplier, rotate=True)
    chain.send("2024", sequence=2)
    packages = sorted(chain.out.glob("politie-2024-*"))
    one, two = (pq.read_table(p / "verdachten.parquet")["Bsn:BSN"].drop_null().to_pylist() for p in packages)
    assert not set(one) & set(two) - {"!format", "!check"}
    chain.pseudonymise()
    again = chain.link()
    assert set(before) < {r["delivery_id"] for r in chain.rows("pseudonymised", "delivery")}
    assert chain.persons(again) == story.seen[0]


def test_a_rotation_waits_for_the_one_before(keys):
    assert rotate_host_key(keys) == 2
    with pytest.raises(Refused, match="still alive"):
        rotate_host_key(keys)


def test_a_rotated_key_is_its_owners_only(keys):
    rotate_host_key(keys)
    (keys / "host.key").chmod(0o644)
    with pytest.raises(NoPermission):
        read_host_keys(keys)


def test_without_a_succession_nobody_is_linked_under_another_name(small, keys):
    """A host's key that came from nowhere: going on would make everybody somebody else."""
    pseudonymise(small.validate({"om-2025-1-000000000000": [("z1", "s1")]}), keys=keys)
    link(find_pseudonymised(small.root))
    content = json.loads((keys / "host.key").read_text())
    content = {"current": 2, "keys": {"2": content["keys"]["1"]}}
    (keys / "host.key").write_text(json.dumps(content))
    pseudonymise(small.validated("om-2025-1-000000000000"), keys=keys)
    with pytest.raises(Refused, match="nothing says which pseudonym followed which"):
        link(find_pseudonymised(small.root))
