"""Exact linkage against the truth of the made-up chain: precision at least 0.999; recall is told."""

import re

import pandas as pd
import pytest

from das_analysis.lake import open_lake
from das_analysis.model import load_model

# table of the model, and the file of the supplier in which its persons come
PERSONS = [
    ("suspect_registration", "politie", "verdachten"),
    ("case", "om", "zaken"),
    ("detention_spell", "dji", "verblijven"),
]
CELL = ["supplier", "period", "source_table", "row"]


@pytest.fixture(scope="module")
def lake(demo_lake):
    return open_lake("synthetic", lake=demo_lake, purpose="wetenschappelijk_onderzoek")


def numbers(file, supplier, source_table, table):
    """The issued number of every row of a supplier's file, written as the truth writes it."""
    source = load_model().suppliers[supplier].tables[source_table]
    row_map = next(m for m in source.maps if m.table == table)
    parts = source.package[row_map.slots[load_model().tables[table].key].column].parts
    text = pd.read_csv(file, sep=";", dtype=str, keep_default_na=False)
    texts = [text[p.column] if p.column else p.text for p in parts]
    joined = texts[0]
    for more in texts[1:]:
        joined = joined + more
    return [re.sub(r"^(\d\d)\D(\d{6})\D(\d\d)$", r"\1\2\3", number) for number in joined]


def true_persons(deliveries):
    """The true person behind each row: supplier, period, source_table, row, person_id."""
    found = []
    for table, supplier, source_table in PERSONS:
        truth = pd.read_parquet(deliveries / "truth" / f"{table}.parquet")
        person = dict(zip(truth[load_model().tables[table].key], truth["person_id"], strict=True))
        for file in sorted((deliveries / supplier).glob(f"*/{source_table}.csv")):
            known = [person.get(n) for n in numbers(file, supplier, source_table, table)]
            frame = pd.DataFrame({"row": range(1, len(known) + 1), "person_id": known})
            found.append(frame.assign(supplier=supplier, period=file.parent.name, source_table=source_table))
    return pd.concat(found, ignore_index=True).dropna()


def pairs(groups):
    """Number of pairs inside groups of these sizes."""
    return int((groups * (groups - 1) // 2).sum())


def test_persons_are_found_again(lake, deliveries, record_property):
    tables = [lake.tables[load_model().tables[t].plural] for t, _, _ in PERSONS]
    linked = pd.concat([t.select(*CELL, "person_key").to_pandas() for t in tables], ignore_index=True)
    both = linked.merge(true_persons(deliveries), on=CELL)
    assert len(both) == len(linked) > 1000
    together = pairs(both.groupby(["person_key", "person_id"]).size())
    precision = together / pairs(both.groupby("person_key").size())
    recall = together / pairs(both.groupby("person_id").size())
    record_property("precision", precision)
    record_property("recall", recall)
    assert precision >= 0.999, f"precision {precision:.5f}, recall {recall:.4f}"
    assert recall >= 0.90, f"precision {precision:.5f}, recall {recall:.4f}"
