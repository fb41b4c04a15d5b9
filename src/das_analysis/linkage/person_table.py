"""The table `person`: one row a person, each attribute the one that most rows give."""

from __future__ import annotations

from das_analysis.lake.sql import quote
from das_analysis.linkage.work import Work

# attribute of the person, column of the rows, values that give way to any other
ATTRIBUTES = (
    ("birth_month", "birth_month", "NULL"),
    ("sex_code", "sex_code", "'O'"),
    ("kind_code", "person_kind_code", "NULL"),
    ("is_in_population_register", "is_in_population_register", "NULL"),
)


def make_persons(work: Work) -> None:
    """Make the table `person` out of every row about a person; ties go to the value that sorts last."""
    columns = ", ".join(column for _, column, _ in ATTRIBUTES)
    rows = " UNION ALL ".join(
        f"SELECT person_key, supplier, {columns} FROM {quote(t.name)}" for t in work.about_persons
    )
    work.con.execute(f"CREATE TABLE about AS SELECT *, count(*) AS rows FROM ({rows}) GROUP BY ALL")
    work.con.execute(
        """CREATE TABLE person AS SELECT person_key, count(DISTINCT supplier) AS suppliers
            FROM about GROUP BY person_key"""
    )
    for attribute, column, weak in ATTRIBUTES:
        work.con.execute(
            f"""CREATE OR REPLACE TABLE person AS SELECT person.*, most.value AS {attribute}
                FROM person LEFT JOIN (
                    SELECT person_key, max_by(value, (value IS DISTINCT FROM {weak}, n, value)) AS value
                    FROM (SELECT person_key, {column} AS value, sum(rows) AS n FROM about
                          WHERE {column} IS NOT NULL GROUP BY ALL)
                    GROUP BY person_key) AS most USING (person_key)"""
        )
    work.con.execute("DROP TABLE about")
