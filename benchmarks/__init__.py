"""The table of speed and reliability (SPEC QU), measured side by side in one run: `make bench`."""
