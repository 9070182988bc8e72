"""The command line: thin. Each verb calls a service, a process loop or an analysis function.

Django is loaded only by the verbs that need a database, so that ``guanlan analyse`` and the
supervisor of ``guanlan up`` stay small. Exit status: 0 done, 1 failed, 2 wrong use.
"""

from __future__ import annotations

import errno
import os
import sys

import typer

from guanlan.cli import body, data, evidence, operations, processes, quality, sources
from guanlan.cli.words import Sentence, say

app = typer.Typer(
    name="guanlan",
    help="观澜：听见、研判、回应。 Hear the public early, judge well, answer openly.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for part in (body, processes, data, sources, quality, evidence, operations):
    part.register(app)


def main() -> None:
    """Entry point: failures that are meant for people end as one sentence and status 1."""
    # Many processes share few cores here: threads of numpy's BLAS that wait for each other on a busy machine
    # made a pair of texts take seconds instead of 65 ms. Whoever sets the variable decides.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        app()
    except Sentence as sentence:
        sys.stderr.write(f"{sentence}\n")
        sys.exit(1)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        full = say(
            f"磁盘满了，停在这里；已写入的都完好，腾出空间后再来一次即可：{error}",
            f"The disk is full, so this stopped; what was written is whole. Make room and run it again: {error}",
        )
        sys.stderr.write(f"{full}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
