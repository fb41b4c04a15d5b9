"""Turns pre-pseudonyms into the host's own. Nobody but the command line opens this door."""

from das_analysis.vault.host_key import new_host_key
from das_analysis.vault.pseudonymise import find_pseudonymised, pseudonymise

__all__ = ["find_pseudonymised", "new_host_key", "pseudonymise"]
