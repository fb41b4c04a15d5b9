"""One Spark for all tests of the engines, started for small queries: little is compiled before it is run."""

import pytest

from das_analysis.errors import Refused

QUICK = """
spark.driver.extraJavaOptions  -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.sql.codegen.wholeStage   false
spark.sql.codegen.factoryMode  NO_CODEGEN
"""


@pytest.fixture(scope="session")
def spark_lake(demo_lake, tmp_path_factory):
    """The snapshot of the demonstration, opened on Spark; skipped where Spark or its Java is missing."""
    from das_analysis.lake import open_lake
    from das_analysis.lake.spark import check_spark

    try:
        check_spark()
    except Refused as refusal:
        pytest.skip(f"{refusal.what}: {refusal.todo}")
    folder = tmp_path_factory.mktemp("spark")
    (folder / "spark-defaults.conf").write_text(QUICK, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_CONF_DIR", str(folder))
        opened = open_lake("synthetic", lake=demo_lake, engine="spark")
    yield opened

    from pyspark.sql import SparkSession

    SparkSession.builder.getOrCreate().stop()


@pytest.fixture(scope="session")
def duck_lake(demo_lake):
    """The same snapshot on DuckDB."""
    from das_analysis.lake import open_lake

    return open_lake("synthetic", lake=demo_lake)
