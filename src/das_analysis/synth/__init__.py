"""Makes deliveries that never were: a simulated chain with the figures of the real one, and the truth apart.

`make_deliveries` does it in one call; `simulate` gives the truth as a `Chain`, `write_deliveries` what
suppliers make of it in their own layouts, with noise and planted faults. Rooms that handle real data never
import this one.
"""

from __future__ import annotations

from das_analysis.synth.chain import Chain, simulate
from das_analysis.synth.deliver import make_deliveries, write_deliveries

__all__ = ["Chain", "make_deliveries", "simulate", "write_deliveries"]
