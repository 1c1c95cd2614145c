"""`python -m saiki`."""

from saiki.cli.main import entry

if __name__ == "__main__":
    entry()
