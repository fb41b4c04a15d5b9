"""python -m das_analysis.model.build: compile the model of this checkout."""

from das_analysis.model.build import HERE, SOURCE, build

if __name__ == "__main__":
    build(SOURCE, HERE)
