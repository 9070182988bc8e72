"""``python -m guanlan.cli``: how the supervisor starts its children."""

from guanlan.cli import main

main()
