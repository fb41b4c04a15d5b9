"""Key files, and what is computed with a key. It knows no room, no lake and no identity's meaning."""

from das_analysis.keys.holder import new_holder, new_supplier

__all__ = ["new_holder", "new_supplier"]
