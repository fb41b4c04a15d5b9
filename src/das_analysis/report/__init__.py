"""Tells what was released, in two languages: runs monitors, renders them, says where they come from."""

from das_analysis.report.execute import Job, execute
from das_analysis.report.parameters import Parameter, check_parameters, declared
from das_analysis.report.render import Page, render
from das_analysis.report.run import run_monitor

__all__ = ["Job", "Page", "Parameter", "check_parameters", "declared", "execute", "render", "run_monitor"]
