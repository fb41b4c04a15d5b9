"""What belongs to what, over suppliers."""


def case(number, **columns):
    return {"case_key": number, "registered_on": "2025-03-01", "skn_key": "s1"} | columns


def court_case(number, of, **columns):
    return {
        "court_case_key": number,
        "case_key": of,
        "instance_code": "EA",
        "verdict_on": "2025-06-01",
    } | columns


def test_a_reference_to_a_row_of_another_supplier_is_kept(given, key):
    given.delivery("om", case=[case("z1")]).delivery("rechtspraak", court_case=[court_case("r1", "z1")])
    found = given.link()
    assert found.rows("court_case")[0]["case_key"] == key("z1")
    seam = found.by("link_quality", "seam")["court_case.case_key"]
    assert seam == {
        "seam": "court_case.case_key",
        "parent": "case",
        "child": "court_case",
        "total": 1,
        "linked": 1,
        "cut": 0,
    }


def test_a_reference_to_nothing_is_cut_and_counted(given):
    rows = [court_case("r1", "z1"), court_case("r2", "z9"), court_case("r3", None)]
    found = given.delivery("om", case=[case("z1")]).delivery("rechtspraak", court_case=rows).link()
    assert sum(row["case_key"] is None for row in found.rows("court_case")) == 2
    seam = found.by("link_quality", "seam")["court_case.case_key"]
    assert (seam["total"], seam["linked"], seam["cut"]) == (2, 1, 1)


def counted(found, seam):
    """The counts of a link by supplier and year: rows, numbers given, found, persons of its rows."""
    return {
        (row["supplier"], row["year"]): tuple(row[c] for c in ("rows", "given", "found", "persons_rows"))
        for row in found.rows("case_quality")
        if row["seam"] == seam
    }


def test_rows_that_find_their_case_are_counted_by_supplier_and_year(given):
    rows = [court_case("r1", "z1"), court_case("r2", "z9"), court_case("r3", None)]
    rows += [court_case("r4", "z1", verdict_on="2026-01-02")]
    found = given.delivery("om", case=[case("z1")]).delivery("rechtspraak", court_case=rows).link()
    assert counted(found, "court_case.case_key") == {
        ("rechtspraak", "2025"): (3, 2, 1, 1),
        ("rechtspraak", "2026"): (1, 1, 1, 1),
    }


def test_persons_behind_a_link_are_counted_over_the_case_for_each_figure_apart(given):
    """Three rows that find one case are of one person; of a lost one nobody knows whose it is."""
    rows = [court_case(f"r{n}", "z1") for n in range(3)] + [court_case("r4", "z2"), court_case("r5", "z9")]
    verdicts = [{"verdict_key": f"v{n}", "court_case_key": f"r{n}"} for n in range(3)]
    cases = [case("z1"), case("z2", skn_key="s2")]
    given.delivery("om", case=cases).delivery("rechtspraak", court_case=rows, verdict=verdicts)
    found = given.link().by("case_quality", "seam")
    of = {
        seam: [found[seam][f"persons_{f}"] for f in ("rows", "given", "found", "lost")]
        for seam in ("court_case.case_key", "verdict.court_case_key")
    }
    assert of == {"court_case.case_key": [2, 2, 2, 0], "verdict.court_case_key": [1, 1, 1, 0]}


def test_a_number_that_leads_to_a_contradiction_is_lost(given):
    row = court_case("r1", "z1", first_hearing_on="2024-01-01")
    found = given.delivery("om", case=[case("z1")]).delivery("rechtspraak", court_case=[row]).link()
    assert counted(found, "court_case.case_key") == {("rechtspraak", "2025"): (1, 1, 0, 1)}


def test_a_row_without_a_date_counts_in_the_year_of_its_delivery(given):
    rows = [court_case("r1", "z1", verdict_on=None)]
    found = given.delivery("rechtspraak", period="2024", court_case=rows).link()
    assert counted(found, "court_case.case_key") == {("rechtspraak", "2024"): (1, 1, 0, 0)}


def test_joined_cases_and_cases_that_came_again_are_counted(given):
    rows = [case("z1"), case("z2", reinflow_of_key="z1", is_reinflow=True), case("z3", skn_key="s3")]
    joined = {"decision_key": "d1", "case_key": "z3", "lead_case_key": "z1", "decided_on": "2025-04-01"}
    found = given.delivery("om", case=rows, prosecution_decision=[joined]).link()
    assert counted(found, "case.reinflow_of_key") == {("om", "2025"): (3, 1, 1, 2)}
    assert counted(found, "prosecution_decision.lead_case_key") == {("om", "2025"): (1, 1, 1, 1)}


def test_a_number_that_a_supplier_never_gives_is_no_link(given):
    assert counted(given.delivery("om", case=[case("z1")]).link(), "case.pv_key") == {}


def test_a_link_that_breaks_a_rule_is_cut_and_the_rule_named(given):
    row = court_case("r1", "z1", first_hearing_on="2024-01-01")
    found = given.delivery("om", case=[case("z1")]).delivery("rechtspraak", court_case=[row]).link()
    assert found.rows("court_case")[0]["case_key"] is None
    (finding,) = [f for f in found.rows("finding") if f["supplier"] == "rechtspraak"]
    assert finding["rule_id"] == "hearing_before_case_registered"
    assert (finding["source_table"], finding["row"], finding["severity"]) == ("court_case", 1, "hard")
    assert found.by("link_quality", "seam")["court_case.case_key"]["cut"] == 1


def test_a_rule_that_only_warns_cuts_nothing(given, key):
    row = court_case("r1", "z1", verdict_on="2033-01-01", first_hearing_on="2033-01-01")
    found = given.delivery("om", case=[case("z1")]).delivery("rechtspraak", court_case=[row]).link()
    assert found.rows("court_case")[0]["case_key"] == key("z1")
    assert [f["rule_id"] for f in found.rows("finding")] == ["verdict_after_five_years"]


def test_a_rule_that_cannot_be_judged_cuts_nothing(given, key):
    row = court_case("r1", "z1", verdict_on=None)
    found = given.delivery("om", case=[case("z1")]).delivery("rechtspraak", court_case=[row]).link()
    assert found.rows("court_case")[0]["case_key"] == key("z1")


def test_a_reference_within_a_delivery_was_judged_at_the_door(given):
    charge = {"charge_key": "f1", "case_key": "z1", "charge_number": 1}
    found = given.delivery("om", case=[case("z1")], charge=[charge]).link()
    assert "charge.case_key" not in found.by("link_quality", "seam")


def test_spells_of_one_person_that_overlap_are_reported_and_kept(given):
    def spell(number, since, until):
        return {
            "spell_key": number,
            "stay_key": number,
            "title_code": "GS",
            "register_key": "r1",
            "started_on": since,
            "ended_on": until,
        }

    rows = [
        spell("v1", "2025-01-01", "2025-01-10"),
        spell("v2", "2025-01-09", "2025-01-12"),
        spell("v3", "2025-01-12", None),
        spell("v4", "2025-02-01", "2025-02-02"),
    ]
    found = given.delivery("dji", detention_spell=rows).link()
    assert len(found.rows("detention_spell")) == 4
    reported = [f for f in found.rows("finding") if f["rule_id"] == "detention_spell.person_key.overlap"]
    assert sorted(f["row"] for f in reported) == [2, 4]
    assert {f["severity"] for f in reported} == {"soft"}
