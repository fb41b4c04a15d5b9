"""Only releases of this run reach a report: no print, no bare table, no stamp that does not fit."""

import json

import pytest

from das_analysis.disclosure import digest_of
from das_analysis.errors import Refused
from das_analysis.report.stamped import check_stamps

MARK = "marked-6631-value"


def texts(report):
    return "".join(path.read_text() for path in report.files)


SHOWN = (
    f"print({MARK!r})",
    f"import sys; print({MARK!r}, file=sys.stderr)",
    f"import os; os.system('echo {MARK}; echo {MARK} >&2')",
    f"import pandas as pd; pd.DataFrame({{'person': [{MARK!r}]}})",
    f"from IPython.display import HTML, Markdown, display; display(HTML({MARK!r}), Markdown({MARK!r}))",
    f"display({{'text/html': {MARK!r}, 'application/json': {{'a': {MARK!r}}}}}, raw=True)",
    f"import warnings; warnings.warn({MARK!r})",
    f"import logging; logging.getLogger().error({MARK!r})",
    f"import os; os.write(1, b{MARK!r}); os.write(2, b{MARK!r})",
)


def test_what_is_not_released_is_not_told(write_notebook, show, publish, capfd):
    write_notebook(*SHOWN, show())
    assert MARK not in texts(publish())
    assert MARK not in "".join(capfd.readouterr())


def change_value(content, digest):
    rows = [
        {**row, **{k: 123 for k, v in row.items() if isinstance(v, (int, float))}} for row in content["rows"]
    ]
    return {**content, "rows": rows}, digest


def forge(content, digest):
    changed = change_value(content, digest)[0]
    return changed, digest_of(changed)


def check(stamp, snapshot_digest, lake):
    return check_stamps([{**stamp, "cell": 3}], lake=lake, snapshot_digest=snapshot_digest)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (change_value, "was changed after it was made"),
        (forge, "is not in the ledger"),
        (lambda content, digest: (content, None), "was changed after it was made"),
        (lambda content, digest: (None, digest), "was changed after it was made"),
        (lambda content, digest: ("text", digest), "was changed after it was made"),
    ],
)
def test_a_stamp_that_does_not_fit_is_refused(contents, ledger, tmp_path, change, reason):
    content = contents["nl"][0]
    right = {"content": content, "digest": digest_of(content)}
    assert check(right, content["snapshot_digest"], tmp_path)[0]["digest"] == right["digest"]
    wrong = dict(zip(("content", "digest"), change(dict(content), right["digest"]), strict=True))
    with pytest.raises(Refused, match=reason) as refusal:
        check(wrong, content["snapshot_digest"], tmp_path)
    assert "code cell 3" in str(refusal.value)
    with pytest.raises(Refused, match="was changed"):
        check({}, content["snapshot_digest"], tmp_path)


def test_a_forged_release_refuses_the_whole_report(write_notebook, show, publish, tmp_path):
    write_notebook(show(forge))
    with pytest.raises(Refused, match="is not in the ledger"):
        publish()
    assert not list((tmp_path / "reports").rglob("*.html"))


def test_a_release_of_another_snapshot_is_refused(contents, ledger, tmp_path):
    content = contents["nl"][0]
    with pytest.raises(Refused, match="another snapshot"):
        check({"content": content, "digest": digest_of(content)}, "00" * 32, tmp_path)


def test_a_notebook_that_releases_nothing_is_refused(write_notebook, publish):
    write_notebook("print(1)")
    with pytest.raises(Refused, match="released nothing"):
        publish()


def test_a_release_shown_twice_is_told_once(write_notebook, show, publish, contents):
    write_notebook(show(), show())
    said = json.loads(publish().files[-1].read_text())
    assert len(said["releases"]) == len(contents["nl"])
