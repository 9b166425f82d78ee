"""``python -m seismomag.cli``: the command line where a launcher wants a module."""

from seismomag.cli import main

if __name__ == "__main__":
    main()
