"""A key per supplier beside one key for all: identities a second at the supplier and at the host, and bytes.

    python benchmarks/vault.py [--rows 1000000] [--distinct 200000] [--times 3]

Both ways seal the same column of citizen service numbers (text in, Arrow text out) and make the host's
pseudonyms of it. The peer is plain HMAC-SHA-256 under one key, as numbers of things still are. `rows` have
`distinct` numbers, in batches of 100,000; a national year has some 180,000 suspects. The shortest run counts;
seconds of the processors, all threads together, say more than those of the clock on a machine that is shared.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from das_analysis.intake.sealing import Sealer
from das_analysis.keys import new_holder, new_supplier
from das_analysis.keys.holder import read_supplier
from das_analysis.model import Kind, load_model
from das_analysis.vault.host_key import HostKey
from das_analysis.vault.rekey import Domain, Rekeying

BATCH = 100_000
POINTS, HASHES = "a key per supplier", "one key, HMAC"


def batches(rows, distinct, seed=1):
    """Nine digits for every row, each of the `distinct` at least once."""
    rng = np.random.default_rng(seed)
    which = np.concatenate([np.arange(distinct), rng.integers(0, distinct, rows - distinct)])
    rng.shuffle(which)
    numbers = np.char.zfill((which + 100_000_000).astype(str), 9)
    return [pa.array(numbers[i : i + BATCH], pa.string()) for i in range(0, rows, BATCH)]


def once_each(column, columns):
    """What a batch of rows becomes: each distinct text of it once."""
    made = []
    for texts in columns:
        encoded = texts.dictionary_encode()
        made.append(column(encoded.dictionary).take(encoded.indices))
    return made


def best(run, times):
    """Seconds of clock and processors of the shortest run, each with nothing remembered; and what it made."""
    found = []
    for _ in range(times):
        clock, processors = time.perf_counter(), time.process_time()
        made = run()
        found.append(((time.perf_counter() - clock, time.process_time() - processors), made))
    return min(found, key=lambda pair: pair[0])


def bytes_a_row(columns, folder):
    """On the disk, as a package holds them."""
    path = folder / "column.parquet"
    pq.write_table(
        pa.table({"key": pa.chunked_array(columns)}), path, compression="zstd", use_dictionary=False
    )
    return path.stat().st_size / sum(map(len, columns))


def measure(folder, given, times):
    """Seconds by way and side, and bytes a row by way."""
    card, key, host = load_model().suppliers["om"], read_supplier(folder, "om"), HostKey(1, bytes(range(32)))
    about = {"name": "Bsn", "title": None, "definition": None, "sealed_pattern": "^[0-9]{9}$"}
    seconds, sizes = {}, {}
    for name, kind in {POINTS: Kind(**about, person=True), HASHES: Kind(**about)}.items():

        def seal(kind=kind):
            sealer = Sealer(card, kinds={"Bsn": kind}, key=key)
            return once_each(lambda texts: sealer.pseudonyms(texts, kind), given)

        seconds[name, "supplier"], sealed = best(seal, times)
        sizes[name] = bytes_a_row(sealed, folder)

        def lead(kind=kind, sealed=sealed):
            rekeying = Rekeying(host, Domain(folder))
            return [rekeying.column(texts, kind, supplier="om") for texts in sealed]

        seconds[name, "host"], _ = best(lead, times)
    return seconds, sizes


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--distinct", type=int, default=200_000)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="das-vault-"))
    new_holder(folder)
    new_supplier(folder, "om")
    seconds, sizes = measure(folder, batches(options.rows, options.distinct), options.times)
    print(f"{options.rows:,} rows, {options.distinct:,} distinct, batches of {BATCH:,}\n")
    print("| way | side | s, clock | s, processors | rows/s | distinct/s | bytes/row |")
    print("|---|---|--:|--:|--:|--:|--:|")
    for (name, side), (clock, busy) in seconds.items():
        rates = f"{options.rows / clock:,.0f} | {options.distinct / clock:,.0f}"
        print(f"| {name} | {side} | {clock:.2f} | {busy:.2f} | {rates} | {sizes[name]:.1f} |")
    for side in ("supplier", "host"):
        pairs = zip(seconds[POINTS, side], seconds[HASHES, side], strict=True)
        ratios = " | ".join(f"{one / other:.1f}" for one, other in pairs)
        print(f"| ratio | {side} | {ratios} | | | {sizes[POINTS] / sizes[HASHES]:.2f} |")
    print(f"\npeak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
