"""Breaks the platform on purpose, from a seed that replays: nothing accepted is lost, nothing is done twice.

`python -m tests.faults --short` runs every experiment; each has a control that takes away the protection
under test, and must fail. What was found is printed and written to `var/faults/results.json`.
"""
