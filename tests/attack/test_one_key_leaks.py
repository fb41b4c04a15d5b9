"""What somebody can do with a key that leaked: one supplier's key opens one supplier's packages."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pyarrow as pa
import pytest

from das_analysis.errors import Refused
from das_analysis.intake.sealing import Sealer
from das_analysis.keys.holder import read_ratio, read_supplier
from das_analysis.keys.points import hashed, multiply, over, point_of
from das_analysis.vault.rekey import Domain

SPEC = spec_from_file_location("desk_of_leaks", Path(__file__).parents[1] / "spec" / "deliver" / "desk.py")
small = module_from_spec(SPEC)
SPEC.loader.exec_module(small)
KINDS = small.make_model().kinds
NUMBERS = [f"{n:08}" for n in range(12345600, 12345700)]  # all that there are, as far as the attacker cares
SOMEBODY = NUMBERS[17]
ONE = b"\x01" + bytes(31)  # the scalar 1


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    home = tmp_path_factory.mktemp("keys")
    small.new_keys(home)
    return home


def seal(card, key, *numbers, kind="Skn"):
    sealer = Sealer(card, kinds=KINDS, key=key)
    return sealer.pseudonyms(pa.array(numbers, pa.string()), KINDS[kind]).to_pylist()


def sent(keys, card, kind="Skn"):
    """What the supplier of a card sends about somebody."""
    return seal(card, read_supplier(keys, card.id), SOMEBODY, kind=kind)[0]


def test_who_holds_a_key_finds_everybody_in_that_suppliers_packages(keys):
    """Eight digits are tried one by one: the attack works, or the next tests would say nothing."""
    leaked = read_supplier(keys, "wijk")
    tried = dict(zip(seal(small.WIJK, leaked, *NUMBERS), NUMBERS, strict=True))
    assert tried.get(sent(keys, small.WIJK)) == SOMEBODY


def test_he_finds_nobody_in_another_suppliers(keys):
    leaked = read_supplier(keys, "wijk")
    tried = {text for card in (small.WIJK, small.HOF) for text in seal(card, leaked, *NUMBERS)}
    assert sent(keys, small.HOF) not in tried


def test_two_packages_cannot_be_joined_by_whoever_sees_both(keys):
    one, other = sent(keys, small.WIJK), sent(keys, small.HOF)
    assert one != other
    assert one[3:] != other[3:]


def test_not_even_with_a_key_of_one_of_them(keys):
    """Undoing one supplier's scalar gives the hashed identity; the other's package holds another point."""
    leaked = read_supplier(keys, "wijk")
    undo = over(ONE, leaked.scalar)
    bare = multiply([undo], [point_of(sent(keys, small.WIJK)[3:])])[0]
    assert bare == hashed(f"das:point:1:Skn\0{SOMEBODY}".encode())
    assert multiply([undo], [point_of(sent(keys, small.HOF)[3:])])[0] != bare


def test_at_the_host_they_meet(keys):
    domain = Domain(keys)
    led = [domain.of(pa.array([sent(keys, c)]), KINDS["Skn"], supplier=c.id) for c in (small.WIJK, small.HOF)]
    assert led[0] == led[1]


def test_the_hosts_ratios_alone_try_out_nobody(keys):
    """To the point of a number the host comes only by what a supplier sent: a scalar is missing."""
    sealed = pa.array([sent(keys, small.WIJK)])
    (domain_point,) = Domain(keys).of(sealed, KINDS["Skn"], supplier="wijk")
    ratios = [read_ratio(keys, s, version=1) for s in ("wijk", "hof")]
    scalars = [ONE, *ratios, over(*ratios), over(*reversed(ratios)), over(ONE, ratios[0])]
    points = [hashed(f"das:point:1:Skn\0{number}".encode()) for number in NUMBERS]
    tried = {made for point in points for made in multiply(scalars, [point] * len(scalars))}
    assert domain_point not in tried


def test_host_and_one_supplier_together_open_everything(keys):
    """The limit of the design: whoever holds one supplier's key and the host's ratios holds h."""
    leaked = read_supplier(keys, "wijk")
    theirs = over(read_ratio(keys, "wijk", version=1), read_ratio(keys, "hof", version=1))
    scalar = over(theirs, over(ONE, leaked.scalar))
    point = hashed(f"das:point:1:Skn\0{SOMEBODY}".encode())
    assert multiply([scalar], [point])[0] == point_of(sent(keys, small.HOF)[3:])


def test_the_secret_for_things_opens_numbers_of_things_of_all_and_nobody(keys):
    things = read_supplier(keys, "wijk").things
    assert things == read_supplier(keys, "hof").things
    case, colleague = (sent(keys, card, kind="CaseNumber") for card in (small.WIJK, small.HOF))
    assert case == colleague
    own = {sent(keys, card, kind="StayNumber") for card in (small.WIJK, small.HOF)}
    assert len(own) == 2


def test_a_package_cannot_choose_under_whose_key_it_is_read(keys):
    """Points of one supplier sent as another's lead elsewhere: they meet nobody."""
    domain = Domain(keys)
    mine = domain.of(pa.array([sent(keys, small.WIJK)]), KINDS["Skn"], supplier="wijk")
    assert domain.of(pa.array([sent(keys, small.WIJK)]), KINDS["Skn"], supplier="hof") != mine
    with pytest.raises(Refused, match="no ratio"):
        domain.of(pa.array([sent(keys, small.WIJK)]), KINDS["Skn"], supplier="../hof")
