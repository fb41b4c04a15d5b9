"""Texts judged by their bytes are judged as the pattern judges them."""

import itertools
import random
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from das_analysis.model import load_model
from das_analysis.rules.texts import BATCH, bytes_of, ill_rows, items_of, texts_in_files

MODEL = load_model()
PATTERNS = sorted({c.pattern for t in MODEL.tables.values() for c in t.columns.values() if c.pattern})
OF_ONE_FORM = [pattern for pattern in PATTERNS if items_of(pattern)]
KEY = "^[a-z][0-9]+[.][a-z2-7]{26}$"
MORE = ["^a*$", "^x?y{2}$", "^[a-c]{1,3}$", "^GM[0-9]{4}$", "^[A-Z0-9_-]{2,}$", "^ab:[0-9] /$"]
SEED = 20_261_126


def well_formed(pattern, draw):
    items = items_of(pattern)
    return "".join(
        chr(draw.randint(*draw.choice(item.bounds)))
        for item in items
        for _ in range(draw.randint(item.least, item.least + 3 if item.most is None else item.most))
    )


def spoiled(text, draw):
    """Another byte, one more, one less, a letter of two bytes, a line end, nothing at all."""
    at = draw.randrange(len(text) + 1)
    other = draw.choice(["", "\n", "é", "\x00", "A", "a", "1", "8", ".", "-", "`", "{", "\x7f", "ÿ"])
    return text[:at] + other + text[at + draw.choice([0, 1]) :]


def found(texts, pattern):
    rows = pa.table({"value": pa.array(texts, pa.string()), "row": range(1, len(texts) + 1)})
    return [row for rows in ill_rows(rows.to_batches(BATCH), pattern) for row in rows.to_pylist()]


@pytest.mark.parametrize("pattern", OF_ONE_FORM + MORE)
def test_bytes_say_what_the_pattern_says(pattern):
    draw, means = random.Random(SEED), re.compile(pattern[1:-1])
    for _ in range(60):
        length = draw.choice([0, 0, 1, 5])
        texts = [well_formed(pattern, draw) for _ in range(40)]
        one_length = [t for t in texts if len(t) == len(texts[0])]
        for given in (texts, one_length):
            mixed = [spoiled(t, draw) if draw.random() < 0.1 else t for t in given] + [None] * length
            draw.shuffle(mixed)
            wanted = [i for i, t in enumerate(mixed, 1) if t is not None and not means.fullmatch(t)]
            assert found(mixed, pattern) == wanted


def test_only_what_a_byte_decides_is_judged_by_bytes():
    assert KEY in OF_ONE_FORM
    assert [p for p in ("^(a|b)$", "^[^a]*$", "^a+b+$", "^.$", r"^\d$", "a", "^a") if items_of(p)] == []
    assert bytes_of(items_of("^[a-c]{1,3}$"), 4) is None
    assert bytes_of(items_of(KEY), 27) is None
    assert bytes_of(items_of(KEY), 29)[1:3] == [((48, 57),), ((46, 46),)]


def test_more_rows_than_a_batch_and_a_part_of_one():
    good = ["p1." + "a" * 26] * (BATCH + 5)
    assert found(good, KEY) == []
    assert found([*good, "p1." + "1" * 26, None, *good], KEY) == [len(good) + 1]
    batch = pa.record_batch({"value": pa.array(["?", *good[:9], "?"]), "row": range(11)}).slice(1, 9)
    assert list(ill_rows([batch], KEY)) == []


@pytest.mark.parametrize("type_", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_texts_of_files_keep_their_rows(tmp_path, type_):
    draw = random.Random(SEED)
    good = "p1." + "a" * 26
    parts = [[draw.choice([good, good, None, "?"]) for _ in range(n)] for n in (BATCH + 3, 0, 7)]
    paths = [tmp_path / f"{i}.parquet" for i in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        pq.write_table(pa.table({"other": part, "key": pa.array(part, type_)}), path, row_group_size=5_000)
    rows = [row for found in ill_rows(texts_in_files(paths, "key"), KEY) for row in found.to_pylist()]
    assert rows == [i for i, text in enumerate(itertools.chain(*parts), 1) if text == "?"]
