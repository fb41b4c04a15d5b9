"""Random chains and random queries, for the properties of SPARQL: modules beside this file."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

for name in ("chains", "asking"):
    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
