"""das model downloads: every file, the same bytes each time."""

from click.testing import CliRunner

from das_analysis.cli.model import model as command

SCHEMA = {"das.schema.json", "das_model.py", "postgresql.sql", "duckdb.sql", "shapes.ttl", "shapes.md"}


def test_every_supplier_gets_a_contract_templates_and_headers(files, model):
    wanted = {f"schema/{name}" for name in SCHEMA}
    wanted |= {
        f"vocabulary/{name}" for name in ("model.ttl", "codes.ttl", "organisations.ttl", "context.jsonld")
    }
    for supplier in model.suppliers.values():
        filled_in = ["template.nl.xlsx", "template.en.xlsx", *(f"{table}.csv" for table in supplier.tables)]
        names = ["contract.odcs.yaml", *(filled_in if supplier.format == "csv" else ())]
        wanted |= {f"suppliers/{supplier.id}/{name}" for name in names}
    assert set(files) == wanted


def test_the_command_writes_them_with_the_same_bytes(files, tmp_path):
    done = CliRunner().invoke(command, ["downloads", "--to", str(tmp_path / "new")])
    assert done.exit_code == 0
    found = {str(p.relative_to(tmp_path / "new")): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert found == files
