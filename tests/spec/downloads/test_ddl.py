"""SQL DDL: a database made by it takes right rows and refuses planted faults, on DuckDB and on PostgreSQL."""

import os
import shutil
import subprocess
import tempfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
import sqlglot

from das_analysis.lake.sql import literal, quote

BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
AS_SERVER = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
SERVER = BIN is not None and shutil.which("psql") and (not AS_SERVER or shutil.which("runuser"))
DIALECTS = ["duckdb", pytest.param("postgresql", marks=pytest.mark.slow)]


class DuckDb:
    def __init__(self, script):
        self.con = duckdb.connect(":memory:")
        self.con.execute(script)

    def refusal(self, statement):
        """What is said of a statement that is refused; nothing of one that is taken."""
        try:
            self.con.execute(statement)
        except duckdb.ConstraintException as error:
            return str(error)
        return ""

    def refusals(self, statements):
        return [self.refusal(statement) for statement in statements]

    def ask(self, query):
        return [tuple(map(str, row)) for row in self.con.execute(query).fetchall()]


class PostgreSql:
    """A real server in a folder of its own, without a port."""

    def __init__(self, home, script):
        self.home = home
        self._run(BIN / "initdb", "-D", home / "data", "-U", "das", "--auth=trust", "--no-sync")
        options = f"-c listen_addresses='' -c fsync=off -k {home}"
        self._run(BIN / "pg_ctl", "-D", home / "data", "-o", options, "-l", home / "log", "-w", "start")
        said = self._sql(script)
        assert not said.returncode, said.stderr
        assert "NOTICE" not in said.stderr

    def _run(self, *words):
        subprocess.run([*AS_SERVER, *map(str, words)], check=True, capture_output=True, timeout=120)

    def _sql(self, text):
        command = [*AS_SERVER, "psql", "-h", str(self.home), "-U", "das", "-d", "postgres"]
        command += ["-v", "ON_ERROR_STOP=1", "-qAt", "-F", "\t"]
        return subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=120)

    def refusal(self, statement):
        said = self._sql(statement)
        return said.stderr if said.returncode else ""

    def refusals(self, statements):
        """What is said of each of many statements, in one session."""
        command = [*AS_SERVER, "psql", "-h", str(self.home), "-U", "das", "-d", "postgres", "-qAt"]
        script = "".join(f"{statement}\n\\warn ====\n" for statement in statements)
        done = subprocess.run(command, input=script, capture_output=True, text=True, check=False, timeout=120)
        return done.stderr.split("====\n")[:-1]

    def ask(self, query):
        return [tuple(line.split("\t")) for line in self._sql(query).stdout.splitlines()]

    def stop(self):
        self._run(BIN / "pg_ctl", "-D", self.home / "data", "-m", "immediate", "stop")


@pytest.fixture(scope="module")
def postgresql(files):
    if not SERVER:
        pytest.skip("no PostgreSQL server on this machine")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        if AS_SERVER:
            shutil.chown(home, "postgres")
        server = PostgreSql(home, files["schema/postgresql.sql"].decode())
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="module")
def database(request, files):
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql")
    return DuckDb(files["schema/duckdb.sql"].decode())


def value_of(value):
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | Decimal):
        return str(value)
    return literal(value.isoformat() if isinstance(value, date) else value)


def insert(table, *rows):
    """One statement for all rows, so that a database takes all or none."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    filled = (", ".join(value_of(r[n]) if n in r else "NULL" for n in names) for r in rows)
    values = ", ".join(f"({row})" for row in filled)
    return f"INSERT INTO {quote(table.plural)} ({', '.join(map(quote, names))}) VALUES {values};"


def held_by_database(model, rule):
    """Whether a rule is one that the script holds to."""
    return rule.severity == "hard" and rule.check == "holds" and not rule.reads


def right_rows(model, made, seed):
    """Rows, parents first, none of which breaks what a database holds to."""
    tables = made.tables_of(model, made.seeded(seed), rows=250)
    found = made.broken_rules(tables, model)
    broken = {(n, p) for n, p, r in found if held_by_database(model, model.rules[r])}
    kept = {n: [r for p, r in enumerate(rows) if (n, p) not in broken] for n, rows in tables.items()}
    done, waiting = {}, list(kept)
    while waiting:
        name = next(n for n in waiting if not parents_of(model.tables[n], made) & set(waiting) - {n})
        waiting.remove(name)
        made_right = [referring(model.tables[name], row, done, model) for row in kept[name]]
        done[name] = once(model.tables[name], made_right)
    return done


def once(table, rows):
    """Rows whose unique keys were not there before."""
    seen, left = set(), []
    for row in rows:
        keys = {tuple(map(row.get, key)) for key in table.unique if all(name in row for name in key)}
        left += [] if keys & seen else [row]
        seen |= keys
    return left


def parents_of(table, made):
    return {c.references for c in made.columns_of(table) if c.references and not c.open}


def referring(table, row, done, model):
    """The row with references to rows that are there; two to one table lead to two rows."""
    for column in table.columns.values():
        if column.references and not column.open and column.name in row:
            keys = [parent[model.tables[column.references].key] for parent in done[column.references]]
            others = [value for name, value in row.items() if name != column.name]
            if row[column.name] not in keys or row[column.name] in others:
                row = row | {column.name: next(key for key in keys if key not in others)}
    return row


@pytest.fixture(scope="module")
def filled(database, model, made):
    """A database with right rows in it, and those rows."""
    rows = right_rows(model, made, seed=31)
    for name, some in rows.items():
        if some:
            assert database.refusal(insert(model.tables[name], *some)) == "", name
    return database, rows


@pytest.mark.parametrize("database", DIALECTS, indirect=True, scope="module")
class TestDatabase:
    def test_right_rows_go_in(self, filled, model):
        database, rows = filled
        assert all(rows.values())
        for name, some in rows.items():
            query = f"SELECT count(*) FROM {quote(model.tables[name].plural)}"
            assert database.ask(query) == [(str(len(some)),)]

    def test_a_row_that_breaks_a_rule_of_its_own_is_refused(self, filled, model, made):
        database, _ = filled
        many = made.tables_of(model, made.seeded(32), rows=400, more=["sanction"])
        tried = {}
        for name, place, rule in sorted(made.broken_rules(many, model)):
            if held_by_database(model, model.rules[rule]) and rule not in tried:
                tried[rule] = (name, many[name][place])
        assert set(tried) == {r.id for r in model.rules.values() if held_by_database(model, r)}
        said = database.refusals([insert(model.tables[name], row) for name, row in tried.values()])
        for rule, refusal in zip(tried, said, strict=True):
            assert "constraint" in refusal.lower(), rule

    def test_a_wrong_value_is_refused(self, filled, model, made):
        database, rows = filled
        tried = {
            f"{name}.{column.name}: {value}": insert(model.tables[name], some[0] | {column.name: value})
            for name, some in rows.items()
            if some
            for column in made.columns_of(model.tables[name])
            for value in wrong_values(column)
        }
        for fault, refusal in zip(tried, database.refusals(tried.values()), strict=True):
            assert any(word in refusal.lower() for word in ("constraint", "invalid input syntax")), fault

    def test_a_key_twice_a_parent_missing_and_a_gap_are_refused(self, filled, model, made):
        database, rows = filled
        table, row = model.tables["charge"], rows["charge"][0]
        other = row | {"charge_key": f"p1.{'b' * 26}"}
        assert "constraint" in database.refusal(insert(table, row)).lower()
        assert "constraint" in database.refusal(insert(table, other | {"case_key": f"p1.{'c' * 26}"})).lower()
        gap = {name: value for name, value in other.items() if name not in {"offence_code", "case_key"}}
        assert "null" in database.refusal(insert(table, gap)).lower()
        assert database.refusal(insert(table, other)) == ""

    def test_tables_and_columns_say_what_they_are(self, database, model, request):
        table = model.tables["sanction"]
        if isinstance(database, DuckDb):
            query = "SELECT comment FROM duckdb_tables() WHERE table_name = 'sanctions'"
            columns = "SELECT comment FROM duckdb_columns() WHERE column_name = 'mode_code'"
        else:
            query = "SELECT obj_description('sanctions'::regclass)"
            columns = """SELECT col_description(attrelid, attnum) FROM pg_attribute
                WHERE attrelid = 'sanctions'::regclass AND attname = 'mode_code'"""
        ((said,),), ((of_column,),) = database.ask(query), database.ask(columns)
        assert table.definition.nl in said
        assert table.definition.en in said
        assert table.columns["mode_code"].title.nl in of_column


def wrong_values(column):
    named = column.type == "text" and not column.pattern.startswith("^[^")
    if column.codes or named or column.type in {"key", "month"}:
        yield "%"
    if column.minimum is not None:
        yield column.minimum - 1
    if column.maximum is not None:
        yield column.maximum + 1


def test_the_script_for_postgresql_is_postgresql(files, model):
    statements = sqlglot.parse(files["schema/postgresql.sql"].decode(), dialect="postgres")
    kinds = [type(s).__name__ for s in statements if s is not None]
    told = [t for t in model.tables.values() if any(c.stage != "linked" for c in t.columns.values())]
    assert kinds.count("Create") == len(told)
    assert "Command" not in kinds


def test_names_of_constraints_fit_postgresql(files):
    names = [part.split('"')[1] for part in files["schema/postgresql.sql"].decode().split("CONSTRAINT ")[1:]]
    assert max(map(len, names)) <= 63
    assert len(names) == len(set(names))


def test_rules_that_a_database_cannot_hold_to_are_named(files, model):
    script = files["schema/duckdb.sql"].decode()
    for rule in model.rules.values():
        if rule.check in {"some", "no_overlap"} or (
            rule.check == "holds" and not held_by_database(model, rule)
        ):
            assert f"-- {rule.id}: {rule.title.en}" in script
