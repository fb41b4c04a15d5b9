"""A table that came out as it was keeps its version: a month of one supplier writes no table of another."""

import json
import shutil

import pytest


def case(number, **columns):
    return {"case_key": number, "registered_on": "2025-03-01"} | columns


def spell(number, **columns):
    return {"spell_key": number, "stay_key": number, "started_on": "2025-04-01"} | columns


def versions(found):
    return {name: ref.version for name, ref in found.linked.tables.items()}


def rewritten(one, two):
    return {name for name, version in versions(two).items() if version != versions(one)[name]}


@pytest.fixture
def linked(given):
    """A case and a stay in prison of one person, linked."""
    given.delivery("om", case=[case("z1", skn_key="s1")])
    return given.delivery("dji", detention_spell=[spell("v1", skn_key="s1")]).link()


def test_the_same_deliveries_again_write_nothing(given, linked):
    again = given.link()
    assert rewritten(linked, again) == set()
    assert again.digests == linked.digests
    assert again.rows("case") == linked.rows("case")


def test_a_month_of_one_supplier_leaves_the_tables_of_the_others(given, linked):
    later = given.delivery("om", period="2026", case=[case("z2", skn_key="s1")]).link()
    assert rewritten(linked, later) == {"case", "link_quality", "person_quality"}
    assert len(later.rows("case")) == 2
    assert later.rows("detention_spell") == linked.rows("detention_spell")


def test_a_person_who_turns_out_to_be_another_is_written_wherever_he_is(given, linked):
    later = given.delivery("om", period="2026", case=[case("z1", skn_key="s1"), case("z2", skn_key="s2")])
    one = later.link()
    two = later.delivery(
        "om", period="2026", sequence=2, case=[case("z2", skn_key="s2", bsn_key="b1")]
    ).link()
    assert "detention_spell" not in rewritten(one, two)
    three = later.delivery(
        "dji", period="2026", detention_spell=[spell("v1", skn_key="s1", bsn_key="b1")]
    ).link()
    assert {"case", "detention_spell"} <= rewritten(two, three)
    assert len({row["person_key"] for t in ("case", "detention_spell") for row in three.rows(t)}) == 1


def test_the_same_row_out_of_another_delivery_is_written_with_its_new_origin(given, linked):
    """No digest counts where a row came from, so the digest stays, and the version does not."""
    later = given.delivery("om", sequence=2, case=[case("z1", skn_key="s1")]).link()
    assert later.digests == linked.digests
    assert rewritten(linked, later) == {"case"}
    assert {row["delivery_id"] for row in later.rows("case")} == {given.deliveries[-1]["delivery_id"]}


@pytest.mark.parametrize("change", ["erased", "of an older edition", "lost"])
def test_what_is_not_known_to_be_as_it_was_is_written_anew(given, linked, change):
    before, path = linked.rows("case"), given.root / "linked" / "linked.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    if change == "lost":
        shutil.rmtree(given.root / "linked" / "case")
    elif change == "erased":
        content["tables"]["case"]["digest"] = "0" * 64
    else:
        del content["contents"]
    path.write_text(json.dumps(content), encoding="utf-8")
    again = given.link()
    assert change == "lost" or "case" in rewritten(linked, again)
    assert again.rows("case") == before
    assert again.digests == linked.digests
