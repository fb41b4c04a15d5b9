"""Orders about persons are given by whoever decides, at any moment: none is lost to another."""

from concurrent.futures import ThreadPoolExecutor

from das_analysis.lake.orders import Order, give, standing


def test_orders_given_at_once_are_all_kept(tmp_path):
    lake, marks = tmp_path / "lake", [f"{n:02}" for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda m: give(lake, Order(kind="erase", reason="why", marks=(m,))), marks))
    assert sorted(standing(lake, "erase")) == marks
