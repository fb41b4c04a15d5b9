"""How the model of `compare.json` is made: levels, blocking, and probabilities by expectation maximisation.

Deterministic: one order of records, one seed, one thread, rounded. `benchmarks/linkage.py --train` runs it on
a made-up population and writes the file.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from das_analysis.errors import Refused
from das_analysis.lake.sql import quote

if TYPE_CHECKING:
    import duckdb

SEED = 20261126
PAIRS = 5e6  # at random, to see how often two different persons agree
DIGITS = 6
LEAST = {
    "m_probability": 1e-4,
    "u_probability": 1e-7,
}  # a made-up population knows fewer errors than the world
NEVER_SEEN = {"m_probability": 1e-3, "u_probability": 1e-4}  # of a level that no pair of the training had
Levels = tuple[tuple[str, str], ...]  # condition, label; the first that holds counts

SOUND_ALIKE = "l.surname_sound_key = r.surname_sound_key and l.given_name_sound_key = r.given_name_sound_key"
# Blocks: pairs that agree on none of these are never compared.
BLOCKS = (
    "l.birth_key = r.birth_key and l.surname_sound_key = r.surname_sound_key",
    "l.birth_key = r.birth_key and l.surname_letters_key = r.surname_letters_key",
    "l.birth_key = r.birth_swapped_key and l.surname_sound_key = r.surname_sound_key",
    "l.birth_key = r.birth_key and l.given_name_sound_key = r.given_name_sound_key",
    "l.birth_key = r.birth_key and l.surname_key = r.given_name_key",
    "l.birth_key = r.birth_key and l.postcode_key = r.postcode_key",
    "l.birth_key = r.birth_key and l.address_key = r.address_key",
    f"{SOUND_ALIKE} and l.postcode_key = r.postcode_key",
    f"{SOUND_ALIKE} and l.birth_day_key = r.birth_day_key",
    f"{SOUND_ALIKE} and l.birth_month = r.birth_month",
    "l.address_key = r.address_key and l.place_key = r.place_key",
    "l.address_key = r.address_key and l.surname_sound_key = r.surname_sound_key",
    "l.address_key = r.address_key and l.given_name_sound_key = r.given_name_sound_key",
    "l.surname_key = r.given_name_key and l.postcode_key = r.postcode_key",
    "l.birth_key = r.birth_key and l.place_key = r.place_key",
    "l.birth_key = r.birth_key and l.initial_key = r.initial_key",
    "l.postcode_key = r.postcode_key and l.surname_sound_key = r.surname_sound_key",
    "l.postcode_key = r.postcode_key and l.given_name_sound_key = r.given_name_sound_key",
    f"{SOUND_ALIKE} and l.place_key = r.place_key",
)
OPEN = "(l.is_open or r.is_open) and l.person <> r.person"
# What is compared, and how close two can be; after these come "unknown" (either is missing) and "else".
# A label that ends in * counts more for rare values than for common ones.
COMPARISONS: dict[str, tuple[str, Levels]] = {
    "surname": (
        "surname_key",
        (
            ("surname_key_l = surname_key_r", "same*"),
            ("surname_letters_key_l = surname_letters_key_r", "same letters"),
            ("surname_sound_key_l = surname_sound_key_r", "same sound"),
            ("surname_key_l = given_name_key_r or surname_key_r = given_name_key_l", "as given name"),
        ),
    ),
    "given name": (
        "given_name_key",
        (
            ("given_name_key_l = given_name_key_r", "same*"),
            ("given_name_sound_key_l = given_name_sound_key_r", "same sound"),
            ("given_name_key_l = surname_key_r or given_name_key_r = surname_key_l", "as surname"),
            ("initial_key_l = initial_key_r", "same initial"),
        ),
    ),
    "birth": (
        "birth_key",
        (
            ("birth_key_l = birth_key_r", "same"),
            ("birth_key_l = birth_swapped_key_r", "day and month exchanged"),
            ("birth_day_key_l = birth_day_key_r", "same birthday, another year"),
            ("birth_month_l = birth_month_r", "same month, another day"),
        ),
    ),
    "sex": ("sex_code", (("sex_code_l = sex_code_r", "same"),)),
    "postcode": ("postcode_key", (("postcode_key_l = postcode_key_r", "same"),)),
    "address": ("address_key", (("address_key_l = address_key_r", "same"),)),
    "place": ("place_key", (("place_key_l = place_key_r", "same*"),)),
}
# Each training holds fixed what its block agrees on, so that every comparison is learnt by some block.
TRAINED_ON = (
    "l.birth_key = r.birth_key",
    "l.surname_key = r.surname_key and l.given_name_key = r.given_name_key",
    "l.surname_key = r.surname_key and l.postcode_key = r.postcode_key",
)


def settings() -> dict[str, Any]:
    """Return the model before training, as Splink wants it."""
    blocks = [{"blocking_rule": f"{block} and {OPEN}", "sql_dialect": "duckdb"} for block in BLOCKS]
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "record",
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
        "additional_columns_to_retain": ["person"],
        "blocking_rules_to_generate_predictions": blocks,
        "comparisons": [_comparison(name, of) for name, of in COMPARISONS.items()],
    }


def _comparison(name: str, of: tuple[str, Levels]) -> dict[str, Any]:
    column, levels = of
    unknown = {
        "sql_condition": f"{column}_l is null or {column}_r is null",
        "label_for_charts": "unknown",
        "is_null_level": True,
    }
    described = [_level(condition, label, column=column) for condition, label in levels]
    other = {"sql_condition": "ELSE", "label_for_charts": "else"}
    return {"output_column_name": name.replace(" ", "_"), "comparison_levels": [unknown, *described, other]}


def _level(condition: str, label: str, *, column: str) -> dict[str, Any]:
    level: dict[str, Any] = {"sql_condition": condition, "label_for_charts": label.rstrip("*")}
    if label.endswith("*"):
        level |= {"tf_adjustment_column": column, "tf_adjustment_weight": 1.0, "tf_minimum_u_value": 1e-5}
    return level


def train(
    con: duckdb.DuckDBPyConnection, table: str, *, blocks: tuple[str, ...] = TRAINED_ON
) -> dict[str, Any]:
    """Return the model, trained on records (`linkage/residue.py` says of what columns) without any truth.

    Raises Refused where no two records agree on anything that it learns by.
    """
    from splink import DuckDBAPI, Linker
    from splink.internals.blocking_rule_library import CustomRule

    learnt = [block for block in blocks if _has_pairs(con, table, block=block)]
    if not learnt:
        raise Refused("there is too little here to learn from", todo="link without --train")
    con.execute("SET threads = 1")  # sums of fractions in one order
    api = DuckDBAPI(con)
    linker = Linker(api.register(table), settings(), log_level=logging.CRITICAL, validate_settings=False)
    linker.training.estimate_u_using_random_sampling(max_pairs=PAIRS, seed=SEED)
    for block in learnt:
        linker.training.estimate_parameters_using_expectation_maximisation(CustomRule(block))
    con.execute("RESET threads")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        linker.misc.save_model_to_json(str(path))
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    api.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]  # no types
    for comparison in found["comparisons"]:
        for level in comparison["comparison_levels"]:
            if not level.get("is_null_level"):
                level.update({n: max(level.get(n, rare), LEAST[n]) for n, rare in NEVER_SEEN.items()})
    trained: dict[str, Any] = rounded(found | {"linker_uid": "das"})
    return trained


def _has_pairs(con: duckdb.DuckDBPyConnection, table: str, *, block: str) -> bool:
    """Whether any two records are in one block: none are where nobody delivers a given name."""
    pairs = f"{quote(table)} AS l JOIN {quote(table)} AS r ON {block} AND l.record < r.record"
    return con.execute(f"SELECT 1 FROM {pairs} LIMIT 1").fetchall() != []


def rounded(found: Any) -> Any:  # noqa: ANN401 - JSON's types, nested
    """Return JSON with every fraction in DIGITS significant digits."""
    if isinstance(found, dict):
        return {key: rounded(value) for key, value in found.items()}
    if isinstance(found, list):
        return [rounded(value) for value in found]
    return float(f"{found:.{DIGITS}g}") if isinstance(found, float) else found
