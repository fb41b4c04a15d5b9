"""Who was somebody in the last run keeps his key; the log says what became of the others."""

import json

import numpy as np
import pytest


def case(number, **columns):
    return {"case_key": number, "registered_on": "2025-03-01"} | columns


def who(found):
    return {row["case_key"]: row["person_key"] for row in found.rows("case")}


def events(found, run):
    log = found.rows("person_log")
    return sorted((r["event"], r["person_key"], r["other_key"], r["reason"]) for r in log if r["run"] == run)


def run_twice(given, first, later):
    """One delivery, and the next month another; what linkage made of each."""
    one = given.delivery("om", period="2024", case=first).link()
    return one, given.delivery("om", period="2025", case=later).link()


def test_the_same_deliveries_again_give_the_same_keys_and_no_event(given):
    rows = [case("z1", skn_key="s1"), case("z2", name_key="n1"), case("z3")]
    one, two = given.delivery("om", case=rows).link(), given.link()
    assert who(one) == who(two)
    assert one.digests == two.digests
    assert {e[0] for e in events(one, 1)} == {"created"}
    assert events(two, 2) == []


def test_a_number_that_would_have_come_first_changes_no_key(given, key):
    one, two = run_twice(given, [case("z1", bsn_key="b1")], [case("z2", bsn_key="b1", skn_key="s1")])
    assert who(two)[key("z2")] == who(two)[key("z1")] == who(one)[key("z1")]
    assert events(two, 2) == []


def test_who_was_known_by_name_keeps_his_key_when_his_number_comes(given, key):
    one, two = run_twice(given, [case("z1", name_key="n1")], [case("z2", name_key="n1", skn_key="s1")])
    assert set(who(two).values()) == set(who(one).values())


def test_a_row_that_stood_alone_keeps_its_key_when_it_turns_out_to_have_a_number(given, key):
    one = given.delivery("om", period="2024", case=[case("z1")]).link()
    two = given.delivery("om", period="2025", case=[case("z1", bsn_key="b1")]).link()
    assert who(one) == who(two)


def test_two_persons_that_are_one_keep_the_key_of_whom_more_was_known(given, key):
    first = [case("z1", skn_key="s1", bsn_key="b1"), case("z2", skn_key="s2")]
    who_is = {"birth_month": "1990-04", "sex_code": "M"}
    one, two = run_twice(given, first, [case("z3", skn_key="s2", bsn_key="b1", **who_is)])
    kept, lost = who(one)[key("z1")], who(one)[key("z2")]
    assert set(who(two).values()) == {kept}
    assert events(two, 2) == [("merged", kept, lost, "number")]


def parts(name, born="d"):
    return {"surname_key": name, "surname_sound_key": name[0], "birth_key": born, "sex_code": "M"}


def test_who_is_joined_by_comparison_is_logged_as_such(given, key):
    one, two = run_twice(
        given,
        [case("z1", skn_key="s1", **parts("jansen")), case("z2", **parts("pietersen"))],
        [case("z2", **parts("janssen"))],
    )
    kept, lost = who(one)[key("z1")], who(one)[key("z2")]
    assert set(who(two).values()) == {kept}
    assert events(two, 2) == [("merged", kept, lost, "comparison")]


def test_who_comes_in_by_comparison_changes_nothing_for_the_person_he_is(given, key):
    one, two = run_twice(
        given, [case("z1", skn_key="s1", **parts("jansen"))], [case("z2", **parts("janssen"))]
    )
    assert set(who(two).values()) == set(who(one).values())
    assert events(two, 2) == []


def test_one_person_that_is_two_leaves_the_key_to_the_larger_part_and_says_so(given, key):
    mine, his = {"birth_month": "1990-04", "sex_code": "M"}, {"birth_month": "1971-11", "sex_code": "V"}
    first = [
        case("z1", skn_key="s1", bsn_key="b1"),
        case("z2", skn_key="s2", bsn_key="b1"),
        case("z3", skn_key="s2", register_key="r1"),
    ]
    later = [case(f"y{n}", skn_key="s2", bsn_key="b1", **his) for n in range(3)]
    later += [case("z1", skn_key="s1", bsn_key="b1", **mine)]
    one, two = run_twice(given, first, later)
    old = who(one)[key("z1")]
    assert len(set(who(one).values())) == 1
    assert who(two)[key("z3")] == old != who(two)[key("z1")]
    assert events(two, 2) == [
        ("created", who(two)[key("z1")], None, "number"),
        ("split", who(two)[key("z1")], old, "number"),
    ]


def test_a_key_that_was_given_is_never_given_to_another(given, key):
    """The part that is split off is named by the number that the old key was made of."""
    mine, his = {"birth_month": "1990-04", "sex_code": "M"}, {"birth_month": "1971-11", "sex_code": "V"}
    first = [
        case("z1", skn_key="s1", bsn_key="b1"),
        case("z2", skn_key="s2", bsn_key="b1", register_key="r1"),
    ]
    later = [case("z1", skn_key="s1", bsn_key="b1", **mine)]
    later += [case(f"y{n}", skn_key="s2", bsn_key="b1", **his) for n in range(2)]
    one, two = run_twice(given, first, later)
    assert who(two)[key("z1")] not in set(who(one).values())
    assert who(two)[key("z2")] == who(one)[key("z2")]


@pytest.mark.parametrize("other", ["s2", "s3", "s4", "s5", "s6"])
def test_who_lends_his_number_to_another_does_not_lose_his_key_to_him(given, key, other):
    """The BSN turns out to be another's; whose pseudonym sorts first makes no difference."""
    mine, his = {"birth_month": "1990-04", "sex_code": "M"}, {"birth_month": "1971-11", "sex_code": "V"}
    first = [case("z1", skn_key="s1", bsn_key="b1", **mine)]
    later = [case(f"y{n}", skn_key=other, bsn_key="b1", **his) for n in range(3)]
    one, two = run_twice(given, first, later)
    assert who(two)[key("z1")] == who(one)[key("z1")] != who(two)[key("y0")]


def test_a_row_keeps_its_key_when_its_only_number_turns_out_to_be_anothers(given, key):
    mine, his = {"birth_month": "1990-04", "sex_code": "M"}, {"birth_month": "1971-11", "sex_code": "V"}
    first = [case("z1", bsn_key="b1", **mine)]
    later = [case(f"y{n}", skn_key="s2", bsn_key="b1", **his) for n in range(3)]
    one, two = run_twice(given, first, later)
    assert who(two)[key("z1")] == who(one)[key("z1")] != who(two)[key("y0")]


def test_who_is_gone_is_logged_once_and_comes_back_under_his_own_key(given, key):
    one = given.delivery("om", period="2025", case=[case("z1", skn_key="s1")]).link()
    two = given.delivery("om", period="2025", sequence=2, case=[case("z2", skn_key="s2")]).link()
    assert [e[0] for e in events(two, 2)] == ["created", "gone"]
    assert given.link().digests == two.digests
    four = given.delivery("om", period="2025", sequence=3, case=[case("z1", skn_key="s1")]).link()
    assert who(four) == who(one)
    assert [e[0] for e in events(four, 3)] == ["back", "gone"]


def test_a_run_that_broke_off_leaves_no_mark(given, key):
    """What counts as the last run is the one that was written down whole."""
    one = given.delivery("om", period="2024", case=[case("z1", bsn_key="b1")]).link()
    file = given.root / "linked" / "linked.json"
    whole = file.read_text()
    given.delivery("om", period="2025", case=[case("z2", skn_key="s9")]).link()
    file.write_text(whole)
    two = given.link()
    assert who(two)[key("z1")] == who(one)[key("z1")]
    assert [e[0] for e in events(two, 2)] == ["created"]


def test_a_snapshot_keeps_the_links_of_its_time(given, key):
    first = [case("z1", skn_key="s1", bsn_key="b1"), case("z2", skn_key="s2")]
    one, two = run_twice(given, first, [case("z3", skn_key="s2", bsn_key="b1")])
    assert len(set(who(two).values())) == 1
    assert len(set(who(one).values())) == 2  # read again after the second run, at its own version
    assert {row["run"] for row in one.rows("person_log")} == {1}


def test_what_leads_to_whom_is_in_no_snapshot(given):
    found = given.delivery("om", case=[case("z1", skn_key="s1")]).link()
    assert "person_register" not in found.linked.tables
    assert json.loads((given.root / "linked" / "linked.json").read_text())["register"] == 0


@pytest.mark.parametrize("seed", [1, 2])
def test_a_month_later_everybody_of_whom_nothing_changed_keeps_his_key(given, seed):
    rng = np.random.default_rng(seed)

    def month(name):
        rows = []
        for n in range(300):
            p = int(rng.integers(0, 250))
            skn = f"s{p}" if rng.random() > 0.2 else None
            bsn = f"b{p}" if rng.random() > 0.3 else None
            rows.append(case(f"{name}{n}", skn_key=skn, bsn_key=bsn, name_key=f"n{p % 200}"))
        return rows

    one, two = run_twice(given, month("a"), month("b"))
    before, after = who(one), who(two)
    merged = {r["other_key"] for r in two.rows("person_log") if r["run"] == 2 and r["event"] == "merged"}
    told = {r["other_key"] for r in two.rows("person_log") if r["run"] == 2 and r["other_key"]}
    assert all(after[z] == person for z, person in before.items() if person not in told)
    assert merged <= set(before.values())
    assert len({after[z] for z in before}) > 100
