"""python -m das_analysis.cli: the same as `das`."""

from das_analysis.cli.main import main

if __name__ == "__main__":
    main()
