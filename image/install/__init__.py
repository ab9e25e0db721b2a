"""Puts the program on a machine that runs already, and takes it off again: `scripts/install` runs it.

By the machine's own Python and nothing else: it is there before the program's environment is.
"""
