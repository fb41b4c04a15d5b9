"""One lake, two engines: what is measured on Spark is what is measured on DuckDB."""

import sys

import pandas as pd
import pytest

import das_analysis as das
from das_analysis.errors import Refused
from das_analysis.model import load_model

pytestmark = pytest.mark.filterwarnings(
    "ignore:PySpark does not yet fully support pandas:FutureWarning",
    "ignore:The copy keyword is deprecated:DeprecationWarning",  # what pyspark 4.3 hands to pandas 3
)
NOT_MADE_UP = {"supervision"}  # the made-up chain has no rows of these tables
COUNTED = {
    name: i for name, i in load_model().indicators.items() if i.kind != "rate" and i.table not in NOT_MADE_UP
}
# one of every table and of every kind: each costs Spark seconds
ONE_EACH = {
    *{i.table: name for name, i in COUNTED.items()}.values(),
    *{i.kind: name for name, i in COUNTED.items()}.values(),
}
MEASURED = {name: i for name, i in COUNTED.items() if name in ONE_EACH}


def divided():
    """Two breakdowns an indicator, first those that none before it has; who has few goes first."""
    used, found = set(), {}
    for name, indicator in sorted(MEASURED.items(), key=lambda pair: len(pair[1].breakdowns)):
        fresh = [b for b in indicator.breakdowns if b not in used]
        found[name] = (fresh + [b for b in indicator.breakdowns if b in used])[:2]
        used.update(found[name])
    return found


BY = divided()


def same(one, other, *, exact):
    """Frames are equal, in whatever order; of a mean or quantile engines may differ in the last bit."""
    keys = [c for c in one.columns if c not in {"value", "n"}]
    frames = [frame.sort_values(keys, ignore_index=True) for frame in (one, other)]
    assert len(one) > 0
    pd.testing.assert_frame_equal(*frames, check_exact=exact, **({} if exact else {"rtol": 1e-12}))


def test_every_kind_and_table_has_its_turn():
    chosen = MEASURED.values()
    assert {i.kind for i in chosen} == {i.kind for i in COUNTED.values()}
    assert {i.table for i in chosen} == {i.table for i in COUNTED.values()}


@pytest.mark.slow
@pytest.mark.parametrize("name", MEASURED)
def test_an_indicator_is_the_same_on_both(duck_lake, spark_lake, name):
    over = das.quarters("2024-Q1", "2025-Q4")
    one, other = (das.measure(name, lake, by=BY[name], over=over).frame for lake in (duck_lake, spark_lake))
    same(one, other, exact=MEASURED[name].kind != "lead_time")
    assert one["value"].sum() > 0


@pytest.mark.slow
def test_months_and_days_are_the_same_on_both(duck_lake, spark_lake):
    for over in (das.months("2024-12", "2025-02"), das.days("2025-03-30", "2025-04-01")):
        one, other = (das.measure("om_inflow", lake, over=over).frame for lake in (duck_lake, spark_lake))
        same(one, other, exact=True)


@pytest.mark.slow
def test_the_flow_and_the_linkage_are_the_same_on_both(duck_lake, spark_lake):
    for tell in (lambda lake: das.attrition(lake, over=das.period("2025")), das.linkage_rates):
        one, other = (tell(lake).frame for lake in (duck_lake, spark_lake))
        same(one, other, exact=True)


@pytest.mark.slow
def test_every_table_has_the_same_columns_and_rows_on_both(duck_lake, spark_lake):
    assert set(spark_lake.tables) == set(duck_lake.tables)
    for plural, table in duck_lake.tables.items():
        assert spark_lake.tables[plural].schema().names == table.schema().names
        assert spark_lake.tables[plural].count().execute() == table.count().execute()


@pytest.mark.slow
def test_spark_shows_itself_to_nobody(spark_lake):
    from pyspark.sql import SparkSession

    context = SparkSession.builder.getOrCreate().sparkContext
    assert context.uiWebUrl is None
    assert context.getConf().get("spark.driver.host") == "127.0.0.1"
    assert context.master == "local[2]"


def test_without_java_there_is_no_spark(demo_lake, monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "")
    pytest.importorskip("pyspark")
    with pytest.raises(Refused, match=r"Spark needs Java[\s\S]*install a Java runtime"):
        das.open_lake("synthetic", lake=demo_lake, engine="spark")


def test_without_pyspark_there_is_no_spark(demo_lake, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(Refused, match=r"not installed[\s\S]*das-analysis\[spark\]"):
        das.open_lake("synthetic", lake=demo_lake, engine="spark")


def test_another_engine_is_refused(demo_lake):
    with pytest.raises(Refused, match="no such engine"):
        das.open_lake("synthetic", lake=demo_lake, engine="sqlite")
