"""Turns pre-pseudonyms into the host's own. Nobody but the command line opens this door."""

from das_analysis.vault.destroy import destroy_host_key
from das_analysis.vault.host_key import new_host_key, rotate_host_key
from das_analysis.vault.project import Wanted, Workspace, close_project, open_project
from das_analysis.vault.pseudonymise import find_pseudonymised, pseudonymise
from das_analysis.vault.waiting import find_waiting

__all__ = [
    "Wanted",
    "Workspace",
    "close_project",
    "destroy_host_key",
    "find_pseudonymised",
    "find_waiting",
    "new_host_key",
    "open_project",
    "pseudonymise",
    "rotate_host_key",
]
