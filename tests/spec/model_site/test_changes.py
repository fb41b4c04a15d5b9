"""Changes between editions: each is named, and breaks whoever's good delivery would no longer be good."""

import dataclasses
import json
from dataclasses import replace

import pytest

from das_analysis.errors import Refused
from das_analysis.model import Text, load_model
from das_analysis.model.changes import Change, compare
from das_analysis.model.dossier import VolumeExemption
from das_analysis.model.outline import edition, editions, outline, written
from das_analysis.semantic.site.history import say_change, step, steps

MODEL = load_model()
NOW = outline(MODEL)
OPEN = {"broward", "rikers"}
TERMS = ("agreement", "permission")


def changed(name, **facts):
    """The outline with other facts of one thing; None takes a fact away."""
    merged = {**NOW.get(name, {}), **facts}
    return {**NOW, name: {key: value for key, value in merged.items() if value is not None}}


def without(name):
    return {key: facts for key, facts in NOW.items() if key != name}


def only(found):
    (change,) = found
    return change


TITLE = "slotmap dji/verblijven/1.title_code"
LOST = json.dumps({k: v for k, v in json.loads(NOW[TITLE]["values"]).items() if k != "40"})
MORE = json.dumps({**json.loads(NOW[TITLE]["values"]), "41": "OV"})
RULE = "rule substitute_detention_over_fine"
ON_SLOT = {"table": "sanction", "severity": "hard", "check": "range", "holds": "new"}
VOLUME = json.loads(NOW["dossier dji"]["volume"])
WIDER = {table: {**v, "tolerance": v["tolerance"] + 0.1} for table, v in VOLUME.items()}
NARROWER = {table: {**v, "tolerance": v["tolerance"] - 0.1} for table, v in VOLUME.items()}
DATE = "slotmap dji/verblijven/1.started_on"


@pytest.mark.parametrize(
    ("new", "breaks"),
    [
        (without("column dji/verblijven/BRP"), ("dji",)),
        (changed("column dji/verblijven/NIEUW", nl="nieuw", en="new"), ("dji",)),
        (changed("column dji/verblijven/NIEUW", nl="nieuw", en="new", optional="True"), ()),
        (changed("column dji/verblijven/BRP", optional="True"), ()),
        (changed("column dji/verblijven/BRP", nl="anders"), ()),
        (without("file dji/verblijven"), ("dji",)),
        (changed("file dji/nieuw", nl="nieuw", en="new"), ()),
        (without("card dji"), ("dji",)),
        (changed("card dji", delimiter=","), ("dji",)),
        (changed("card dji", period="month"), ("dji",)),
        (changed("card dji", blank='["", "-"]'), ("dji",)),
        (changed("card dji", retention_years="20"), ()),
        (changed("dossier dji", due_days="30", contact_nl="iemand", retention_en="longer"), ()),
        (changed("dossier dji", purposes=None), ("dji",)),
        (changed("dossier dji", permission=None), ("dji",)),
        (changed("dossier dji", agreement_from="2027-01-01"), ("dji",)),
        (changed("dossier dji", agreement_from="2025-01-01"), ()),
        (changed("dossier dji", keys="a1-0123456789abcdef"), ("dji",)),
        (changed("dossier dji", volume=json.dumps(WIDER)), ()),
        (changed("dossier dji", volume=json.dumps(NARROWER)), ("dji",)),
        (changed("dossier dji", needs="{}"), ()),
        (changed("card nieuw", nl="nieuw", en="new"), ()),
        (changed(TITLE, values=LOST), ("dji",)),
        (changed(TITLE, values=MORE), ()),
        (changed(TITLE, values=None), ("dji",)),
        (changed("slotmap dji/verblijven/1.outflow_code", required="True"), ("dji",)),
        (without(TITLE), ()),
        (changed(DATE, date="%d-%m-%Y"), ("dji",)),
        (changed(DATE, date="%d/%m/%Y|%d-%m-%Y"), ()),
        (changed(RULE, severity="soft"), ()),
        (changed(RULE, holds="true"), ("om", "rechtspraak")),
        (changed(RULE, nl="anders"), ()),
        (without(RULE), ()),
        (changed("rule new", table="sanction", severity="hard", check="holds"), ("om", "rechtspraak")),
        (changed("rule new", table="sanction", severity="soft", check="holds"), ()),
        (changed("rule sanction.nobody_fills.range", **ON_SLOT), ()),
        (changed("rule sanction.total_quantity.range", **ON_SLOT), ("om", "rechtspraak")),
        (without("code Scm2010/1.1.1"), ("om", "politie")),
        (changed("code Scm2010/1.1.1", valid_until="2027-12-31"), ("om", "politie")),
        (changed("code Scm2010/1.1.1", valid_from="2027-01-01"), ("om", "politie")),
        (changed("code Scm2010/9.9", nl="nieuw", en="new"), ()),
        (changed("code DetentionTitle/VVH_B", nl="anders"), ()),
        (changed("kind Skn", pattern="^[0-9]{9}$"), ("dji", "om", "politie", "reclassering")),
        (changed("slot detention_spell.started_on", type="text"), ("dji",)),
        (changed("slot detention_spell.age_at_start_years", maximum="90"), ("dji",)),
        (changed("slot detention_spell.age_at_start_years", maximum="200"), ()),
        (changed("slot detention_spell.outflow_code", required="True"), ("dji",)),
        (changed("class case", definition_nl="anders"), ()),
        (changed("indicator prison_stock", moment="ended_on"), ()),
        (changed("list Sex", nl="anders"), ()),
    ],
)
def test_a_change_breaks_these_suppliers_and_no_other(new, breaks):
    found = compare(NOW, new)
    assert {one for change in found for one in change.breaks} - OPEN == set(breaks)
    assert len(found) == 1


def test_every_term_of_a_dossier_shows():
    """Each field of a dossier and each term around it, changed alone, is a change of that card's dossier."""
    card = MODEL.suppliers["dji"]
    said, day = Text("anders", "other"), "2026-02-01"
    term = {"reference": "ANDERS", "valid_from": day, "valid_until": day}
    (table, volume), *_ = card.dossier.volume.items()
    fields = {
        **dict.fromkeys(("contact", "retention", "transport", "basis", "no_dpia"), said),
        "due_days": 1,
        "dpia": term,
        "keys": ("a1-0123456789abcdef",),
        "permission_by": "x",
        "volume": {**card.dossier.volume, table: replace(volume, rows=volume.rows + 1)},
        "exemptions": (VolumeExemption(table=table, until=day, reason=said),),
    }
    assert set(fields) == {f.name for f in dataclasses.fields(card.dossier)}
    others = [replace(card, dossier=replace(card.dossier, **{name: value})) for name, value in fields.items()]
    others += [replace(card, **{name: {**getattr(card, name), "reference": "ANDERS"}}) for name in TERMS]
    for other in (*others, replace(card, purposes=card.purposes[:1])):
        found = compare(NOW, outline(replace(MODEL, suppliers={**MODEL.suppliers, "dji": other})))
        assert [(c.kind, c.name, c.how) for c in found] == [("dossier", "dji", "changed")]
        assert found[0].facts


def test_an_edition_that_was_kept_without_dossiers_says_nothing_of_them():
    bare = {name: facts for name, facts in NOW.items() if not name.startswith("dossier ")}
    assert compare(bare, NOW) == ()


def test_no_change_is_none():
    assert compare(NOW, outline(MODEL)) == ()


def test_a_change_says_what_happened_and_which_facts_differ():
    change = only(compare(NOW, changed(RULE, severity="soft", nl="anders")))
    assert change == Change(kind="rule", name=RULE[5:], how="changed", facts=("nl", "severity"))
    assert say_change(change, "nl") == f"regel {RULE[5:]}: gewijzigd (nl, severity)"
    assert only(compare(NOW, without(RULE))).how == "removed"
    assert only(compare(without(RULE), NOW)).how == "added"


def test_an_edition_is_kept_as_one_line_a_thing():
    text = written(NOW)
    assert json.loads(text) == NOW
    assert text.count("\n") == len(NOW) + 2


def test_every_edition_that_was_kept_can_be_read():
    assert editions()
    assert all(len(edition(version)) > 1000 for version in editions())
    with pytest.raises(Refused, match="no such edition"):
        edition("0.0.0")


def test_the_history_ends_with_what_this_model_changes():
    sex = MODEL.code_lists["Sex"]
    other = replace(sex, codes={c: code for c, code in sex.codes.items() if c != "O"})
    told = steps(replace(MODEL, code_lists={**MODEL.code_lists, "Sex": other}), "en")
    assert (told[0].old, told[0].new) == (editions()[-1], f"present edition {MODEL.version}")
    assert "code Sex/O: removed" in dict(told[0].groups)["code"]
    assert "politie" in dict(told[0].breaks)


def test_a_step_lists_what_each_supplier_must_act_on():
    told = step(compare(NOW, without("column dji/verblijven/BRP")), ("1", "2"), lang="en")
    assert told.breaks == (("dji", ("column dji/verblijven/BRP: removed",)),)
    assert told.groups == (("column", ("column dji/verblijven/BRP: removed",)),)


def test_an_outline_sees_every_kind_of_change_in_a_model():
    sex = MODEL.code_lists["Sex"]
    fewer = replace(sex, codes={c: code for c, code in sex.codes.items() if c != "O"})
    found = compare(NOW, outline(replace(MODEL, code_lists={**MODEL.code_lists, "Sex": fewer})))
    assert [(c.kind, c.how) for c in found] == [("code", "removed")]
