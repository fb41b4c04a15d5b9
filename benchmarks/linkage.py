"""Linkage of a made-up population, with the noise of the dossier: quality, seconds, memory.

    python benchmarks/linkage.py [--persons 1000000] [--parts names|all]
    python benchmarks/linkage.py --later       the same again, then with a month more: ids and seconds
    python benchmarks/linkage.py --train       writes the model that linkage compares by, src/.../compare.json

Every person is in police rows, some in rows of the prosecution service and the prisons. `names`: surname
and date of birth, as the cards of the three give them; `all`: first name, postcode, address and place, too.
Plain Splink is the same model on the same residue, its prediction and its clusters, with nothing around it.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from das_analysis.intake.derived import DERIVED
from das_analysis.intake.identity import normal_surname
from das_analysis.linkage import persons as exact
from das_analysis.linkage import residue
from das_analysis.linkage.compare import read_guard, read_model
from das_analysis.linkage.train import train
from das_analysis.linkage.work import COMPARED, FINDING, SEAM, Before, Work
from das_analysis.model import load_model
from das_analysis.synth.draw import Draw
from das_analysis.synth.people import Pool
from das_analysis.synth.register import describe, record

ROWS = {
    "politie": ("suspect_registration", 0.6, 0.06),
    "om": ("case", 1.1, 0.01),
    "dji": ("detention_spell", 0.2, 0.01),
}
WRONG_BSN = 0.002
MISSPELT, MOVED = 0.005, 0.1
MONTH = 1 / 240  # of what forty years wrote: twice an average month
TRAINED = {"persons": 60_000, "seed": 11, "parts": "all"}
HERE = Path(__file__).parents[1] / "src" / "das_analysis" / "linkage" / "compare.json"


def pool_of(draw, persons):
    """Persons who came into contact with the chain over forty years."""
    trial = Pool()
    trial.seed(draw, years=range(1986, 2026), persons=1000)
    size = persons * 1000 / len(trial.frame()["birth"])
    pool = Pool()
    pool.seed(draw, years=range(1986, 2026), persons=size * 1.01)
    people = {name: values[:persons] for name, values in pool.frame().items()}
    describe(draw, people)
    return people


def rows_of(draw, people, *, supplier, rng, part=1.0):
    """What one register wrote down: columns of texts, and the person of each row; `part` of it in a month."""
    _, share, no_skn = ROWS[supplier]
    size = len(people["birth"])
    who = rng.integers(0, size, int(size * share * part)).astype(np.int32)
    if supplier == "politie" and part == 1.0:
        who = np.concatenate([np.arange(size, dtype=np.int32), who])
    when = np.full(len(who), 20_000, np.int32)
    found = record(draw, people, person=who, when=when, no_skn=no_skn)
    other = record(
        draw, people, person=rng.integers(0, size, len(who)).astype(np.int32), when=when, no_skn=0.0
    )
    wrong = pa.array(rng.random(len(who)) < WRONG_BSN)
    bsn = pa.compute.if_else(wrong, other["bsn_key"], found["bsn_key"])
    return found | {"bsn_key": bsn, "who": pa.array(who)}, who


def address_parts(who, *, rng, people):
    """First name, postcode, address and place of each row: the person's own, misspelt or moved in some."""
    own = np.random.default_rng(5)
    size = len(people["birth"])
    first = np.minimum(own.pareto(0.9, size) * 8, 4000).astype(np.int64)
    street = own.integers(0, size // 2 + 1, size)
    moved = np.where(rng.random(len(who)) < MOVED, rng.integers(0, size // 2 + 1, len(who)), street[who])
    typing = rng.random(len(who)) < MISSPELT
    return {
        "given": pa.array([f"{_word(f)}{'X' if t else ''}" for f, t in zip(first[who], typing, strict=True)]),
        "home": pa.array(moved),
    }


def _word(number):
    return "".join("BDFGKLMNPRST"[(number // 12**i) % 12] + "AEIOU"[(number + i) % 5] for i in range(3))


def keys_of(parts):
    """SQL for the compared keys, sealed by a plain hash: all that counts is which are the same."""
    made = {
        "surname_key": "name", "surname_sound_key": "sound", "surname_letters_key": "letters",
        "birth_key": "birth_on::VARCHAR", "birth_swapped_key": "swapped", "birth_day_key": "birthday",
    }  # fmt: skip
    if parts == "all":
        made |= {
            "given_name_key": "given", "given_name_sound_key": "rtrim(given, 'X')", "initial_key": "given[1]",
            "postcode_key": "(home // 12)::VARCHAR", "address_key": "home::VARCHAR",
            "place_key": "(home // 9000)::VARCHAR",
        }  # fmt: skip
    listed = [f"md5({made[c]}) AS {c}" if c in made else f"NULL::VARCHAR AS {c}" for c in COMPARED]
    who = "birth_on::VARCHAR || '|' || sex_code::VARCHAR || '|' || name"
    return ", ".join([f"md5({who}) AS name_key", *listed])


def lookups(con, names, days):
    """What the supplier makes of each distinct surname and date."""
    surnames = [normal_surname(n) for n in names]
    made = {
        "surname": names,
        "name": surnames,
        **{w: [DERIVED[w](n) for n in surnames] for w in ("sound", "letters")},
    }
    con.register("named", pa.table(made))
    dates = {"day": days, **{w: [DERIVED[w](d) or None for d in days] for w in ("swapped", "birthday")}}
    con.register("dated", pa.table(dates))


def engine(persons, *, seed, parts):
    """A run of linkage with the rows of a population; the table `truth` holds the person of each row."""
    work = Work(con=duckdb.connect(), model=load_model())
    work.con.execute("SET memory_limit = '2GB'")
    work.con.execute("SET preserve_insertion_order = false")
    work.con.execute("SET temp_directory = ?", [tempfile.mkdtemp()])
    work.con.execute(f"CREATE TABLE finding ({FINDING})")
    work.con.execute(f"CREATE TABLE link_quality ({SEAM})")
    draw, rng = Draw(seed, 1), np.random.default_rng(seed)
    people = pool_of(draw, persons)
    for table in work.about_persons:
        texts = ", ".join(f"{c} VARCHAR" for c in columns_of(table))
        work.con.execute(f'CREATE TABLE "{table.name}" ({texts}, "row" INTEGER, who INTEGER)')
    add_rows(work, people, chance=(draw, rng), parts=parts)
    return work


def add_rows(work, people, *, chance, parts, part=1.0):
    """Let each register write rows; `part` of what it wrote at first."""
    draw, rng = chance
    for supplier, (name, _, _) in ROWS.items():
        found, who = rows_of(draw, people, supplier=supplier, rng=rng, part=part)
        if parts == "all":
            found |= address_parts(who, rng=rng, people=people)
        content = pa.table(found)
        days = pa.compute.unique(content["birth_on"]).cast(pa.string()).drop_null().to_pylist()
        lookups(work.con, pa.compute.unique(content["surname"]).drop_null().to_pylist(), days)
        fill(work, name, supplier=supplier, content=content, parts=parts)


def columns_of(table):
    own = {"person_key", "supplier", "period", "source_table", "birth_month", "sex_code", table.key}
    return [*exact.NUMBERS[:4], *COMPARED, *sorted(own - {None})]


def fill(work, name, *, supplier, content, parts):
    con = work.con
    con.register("content", content)
    register = "md5(register_key)" if supplier == "dji" else "NULL"
    key = work.model.tables[name].key
    before = con.execute(f'SELECT count(*) FROM "{name}"').fetchall()[0][0]
    number = f"{before} + row_number() OVER ()"
    con.execute(
        f"""INSERT INTO "{name}" BY NAME
            SELECT md5(skn_key) AS skn_key, md5(bsn_key) AS bsn_key, {register} AS register_key,
                {keys_of(parts)}, strftime(birth_on, '%Y-%m') AS birth_month,
                CASE sex_code WHEN 0 THEN 'M' WHEN 1 THEN 'V' END AS sex_code,
                '{supplier}' AS supplier, '2025' AS period, 'x' AS source_table, who,
                {number} AS "row", md5('{name}' || ({number})::VARCHAR) AS "{key}"
            FROM content LEFT JOIN named USING (surname) LEFT JOIN dated ON dated.day = birth_on::VARCHAR"""
    )
    con.unregister("content")


def pairs(groups):
    return sum(n * (n - 1) // 2 for n in Counter(groups).values())


def quality(work):
    """Precision, recall and F1 over pairs of rows of one person."""
    names = [name for name, _, _ in ROWS.values()]
    rows = " UNION ALL ".join(f'SELECT person_key, who FROM "{n}"' for n in names)
    counts = {}
    for by in ("person_key", "who", "person_key, who"):
        counts[by] = work.con.execute(
            f"SELECT sum(n * (n - 1) // 2) FROM (SELECT count(*) AS n FROM ({rows}) GROUP BY {by})"
        ).fetchall()[0][0]
    precision = float(counts["person_key, who"] / counts["person_key"])
    recall = float(counts["person_key, who"] / counts["who"])
    return precision, recall, 2 * precision * recall / (precision + recall)


def plain_splink(work):
    """Seconds of the same model on the same records, with Splink's own clusters and nothing around it."""
    from splink import DuckDBAPI, Linker

    start = time.perf_counter()
    api = DuckDBAPI(work.con)
    linker = Linker(api.register("record"), read_model(), log_level=50, validate_settings=False)
    found = linker.inference.predict(threshold_match_weight=read_guard().least, warning_mode="never")
    linker.clustering.cluster_pairwise_predictions_at_threshold(
        found, threshold_match_weight=read_guard().least
    )
    api.delete_tables_created_by_splink_from_db()
    return time.perf_counter() - start


def run(options, *, compare):
    work = engine(options.persons, seed=options.seed, parts=options.parts)
    seconds = {}
    step = residue.join_residue

    def timed(work):
        start = time.perf_counter()
        if compare:
            step(work)
        seconds["residue"] = time.perf_counter() - start

    exact.join_residue = timed
    start = time.perf_counter()
    exact.find_persons(work)
    seconds["all"] = time.perf_counter() - start
    if compare:
        seconds["plain"] = plain_splink(work)
    return work, seconds, quality(work)


def later(options):
    """Link, link the same again, and once more with a month of rows and of persons that nobody knew."""
    work = engine(options.persons, seed=options.seed, parts=options.parts)
    print("run              rows   seconds   persons as they were   of these with their id    peak MiB")
    print(f"first    {rows_in(work):12,}  {timed_run(work):8.1f}")
    work = tell_run("again", work)
    rng = np.random.default_rng(options.seed + 1)
    known = pool_of(Draw(options.seed, 1), options.persons)
    add_rows(work, known, chance=(Draw(options.seed + 1, 1), rng), parts=options.parts, part=MONTH)
    new = pool_of(Draw(options.seed + 2, 1), int(options.persons * MONTH))
    add_rows(work, new, chance=(Draw(options.seed + 2, 2), rng), parts=options.parts)
    tell_run("a month", work)


def timed_run(work):
    start = time.perf_counter()
    exact.find_persons(work)
    return time.perf_counter() - start


def tell_run(name, work):
    """Link what was linked before, in the same engine; print who is still who he was."""
    folder, own = tempfile.mkdtemp(), {t.name for t in work.tables} | {"finding", "link_quality"}
    for kept in ("register", "person_log"):
        work.con.execute(f"COPY {kept} TO '{folder}/{kept}.parquet'")
    before = Before(
        *(f"FROM '{folder}/{kept}.parquet'" for kept in ("register", "person_log")), key_version=1
    )
    for (left,) in work.con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall():
        if left not in own:
            work.con.execute(f"DROP TABLE {left}")
    for table in work.about_persons:
        work.con.execute(f'ALTER TABLE "{table.name}" DROP COLUMN IF EXISTS part')
    rows = " UNION ALL ".join(
        f'SELECT \'{n}\' AS register, "row", person_key FROM "{n}"' for n, _, _ in ROWS.values()
    )
    work.con.execute(f"CREATE TABLE was AS FROM ({rows}) WHERE person_key IS NOT NULL")
    work = replace(work, before=before)
    seconds = timed_run(work)
    same, kept = work.con.execute(
        f"""WITH seen AS (SELECT was.person_key AS old, now.person_key AS new
                FROM was JOIN ({rows}) AS now USING (register, "row")),
            pair AS (SELECT old, new, count(*) AS n FROM seen GROUP BY ALL),
            alone AS (SELECT *, count(*) OVER (PARTITION BY old) = 1 AND
                count(*) OVER (PARTITION BY new) = 1 AS same FROM pair)
            SELECT count(*), count(*) FILTER (old = new) FROM alone WHERE same"""
    ).fetchall()[0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    share = f"{kept:,} ({100 * kept / same:.4f} %)"
    print(f"{name:8} {rows_in(work):12,}  {seconds:8.1f}  {same:21,}  {share:>23}  {peak:9.0f}")
    return work


def train_model():
    """Train on a population of its own and write the model."""
    work = engine(TRAINED["persons"], seed=TRAINED["seed"], parts=TRAINED["parts"])
    exact.join_residue = lambda _: None
    exact.find_persons(work)
    residue.gather_records(work, each="SELECT")
    HERE.write_text(json.dumps(train(work.con, "record"), indent=1) + "\n", encoding="utf-8")
    print(f"{HERE.name}: {len(HERE.read_bytes()):,} bytes")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parts", choices=["names", "all"], default="names")
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--later", action="store_true")
    options = parser.parse_args()
    if options.later:
        later(options)
        return
    if options.train:
        train_model()
        return
    print("way                 precision   recall       F1   seconds   peak MiB")
    for way, compare in (("exact keys only", False), ("and compared", True)):
        work, seconds, (precision, recall, f1) = run(options, compare=compare)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{way:18}  {precision:9.5f}  {recall:7.5f}  {f1:7.5f}  {seconds['all']:8.1f}  {peak:9.0f}")
        if compare:
            base = seconds["all"] - seconds["residue"] + seconds["plain"]
            print(f"plain Splink and the exact pass: {base:.1f} s; ratio {seconds['all'] / base:.2f}")
            sizes = work.con.execute("SELECT count(*), count(*) FILTER (is_open) FROM record").fetchall()[0]
            print(f"records {sizes[0]:,}, without SKN {sizes[1]:,}; rows {rows_in(work):,}")


def rows_in(work):
    return sum(work.con.execute(f'SELECT count(*) FROM "{n}"').fetchall()[0][0] for n, _, _ in ROWS.values())


if __name__ == "__main__":
    sys.exit(main())
