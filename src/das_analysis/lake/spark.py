"""The other engine: Spark on this machine, behind the same Ibis tables, for what outgrows one process.

It reads the pinned list of Parquet files, as DuckDB does: no extra jar, no metastore, nothing of the network.
"""

from __future__ import annotations

import os
import shutil
import sys
import warnings
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.errors import Refused

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa
    from pyspark.sql import SparkSession

TASKS = "2"  # at a time, and parts of a shuffle: the default of 200 is for a cluster
LOOPBACK = "127.0.0.1"
OPTIONS = {
    "spark.driver.bindAddress": LOOPBACK,
    "spark.driver.host": LOOPBACK,
    "spark.driver.memory": "2g",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": TASKS,
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
# an engine's own words may quote a value; without an appender Spark would bring its own
SILENT = """rootLogger.level = off
rootLogger.appenderRef.nowhere.ref = nowhere
appender.nowhere.type = Null
appender.nowhere.name = nowhere
"""


class SparkTables:
    """Opens tables as Ibis tables on Spark, under names of their own; every process has one Spark.

    Raises Refused where pyspark or Java is missing.
    """

    def __init__(self, spill: Path) -> None:
        check_spark()
        import ibis

        warnings.filterwarnings(
            "ignore", message="PySpark does not yet fully support pandas"
        )  # it does all we ask
        warnings.filterwarnings("ignore", message="The copy keyword is deprecated")  # pyspark 4.3 on pandas 3
        self._session = _start(spill).newSession()
        self._backend = ibis.pyspark.connect(self._session)

    def open(self, name: str, *, paths: Sequence[str]) -> ibis.Table:
        """Return the rows of Parquet files as a table. Told their columns, Spark starts no job to look."""
        import pyarrow.parquet as pq
        from pyspark.sql.pandas.types import from_arrow_schema

        columns = from_arrow_schema(pq.read_schema(paths[0]))
        self._session.read.schema(columns).parquet(*paths).createOrReplaceTempView(name)
        return self._backend.table(name)

    def empty(self, name: str, *, columns: pa.Schema) -> ibis.Table:
        """Return a table without rows."""
        from pyspark.sql.pandas.types import from_arrow_schema

        self._session.createDataFrame([], from_arrow_schema(columns)).createOrReplaceTempView(name)
        return self._backend.table(name)


def check_spark() -> None:
    """Raise Refused where pyspark or Java is missing."""
    if find_spec("pyspark") is None:
        todo = "install the extra `spark`: pip install 'das-analysis[spark]'"
        raise Refused("the engine Spark is not installed", where="package pyspark", todo=todo)
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=f"{home}/bin" if home else None) is None:
        todo = "install a Java runtime of version 17 or later, and let JAVA_HOME or PATH lead to it"
        raise Refused("Spark needs Java, which is not here", where="java", todo=todo)


def _start(spill: Path) -> SparkSession:
    """Return the Spark of this process. The first lake that is opened says where its temporary files are."""
    return _session(str(spill.resolve()))


@cache
def _session(spill: str) -> SparkSession:
    from pyspark.sql import SparkSession

    silent = Path(spill) / "log4j2.properties"
    silent.parent.mkdir(parents=True, exist_ok=True)
    silent.write_text(SILENT, encoding="utf-8")
    os.environ.setdefault("SPARK_LOCAL_IP", LOOPBACK)  # or it asks the network who it is
    os.environ.setdefault(
        "PYSPARK_PYTHON", sys.executable
    )  # or its workers are whatever python3 the PATH has
    builder = SparkSession.builder.master(f"local[{TASKS}]").appName("das")
    folders = {
        "spark.local.dir": spill,
        "spark.sql.warehouse.dir": f"{spill}/warehouse",
        "spark.driver.defaultJavaOptions": f"-Dlog4j2.configurationFile={silent.as_uri()}",
    }
    for name, value in {**OPTIONS, **folders}.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()
