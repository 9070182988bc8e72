"""How many events a second are graded, with every preset."""

from __future__ import annotations

import random

from guanlan.analysis.bench.texts import SEED, Figures, rate, timed
from guanlan.analysis.grade import preset, preset_codes, propose_grade
from guanlan.analysis.types import Facts


def run(size: int) -> Figures:
    """Facts drawn at random, each graded once by a table; tables in turn."""
    draw = random.Random(SEED)  # noqa: S311 - repeatable facts, not secrets
    facts = [
        Facts(
            first_source_tier=draw.choice(("personal", "local", "city", "province", "central")),
            nature=draw.choice(("question", "complaint", "service", "death")),
            items_24h=draw.randrange(600),
            items_this_hour=draw.randrange(60),
            mean_prior_6h=draw.random() * 20,
            engagement=draw.randrange(20_000),
            negative_share=draw.random(),
            negative_n=draw.randrange(40),
            questioning=True,
        )
        for _ in range(size)
    ]
    tables = [preset(code) for code in preset_codes()]
    graded = timed(lambda: [propose_grade(one, tables[n % len(tables)]) for n, one in enumerate(facts)])
    return {"presets": len(tables), **rate(size, graded)}
