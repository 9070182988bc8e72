"""Speed of routing: learning from closed files, then suggesting with and without reasons."""

from __future__ import annotations

from guanlan.analysis.bench.texts import Figures, posts, rate, timed
from guanlan.analysis.route import ClosedFile, RouteModel, default_duties

#: Four posts make a message of about 220 characters.
POSTS = 4
MOST_REASONED = 500


def run(size: int) -> Figures:
    made = posts(size * POSTS)
    letters = ["\n".join(made[at : at + POSTS]) for at in range(0, len(made), POSTS)]
    units = sorted({duty.unit for duty in default_duties()})
    files = [ClosedFile(text, units[at % len(units)], key=str(at)) for at, text in enumerate(letters)]
    models: list[RouteModel] = []
    learning = timed(lambda: models.append(RouteModel.fit(files)))
    plain = timed(lambda: list(models[0].suggest_batch(letters, reasons=False)))
    few = letters[:MOST_REASONED]
    reasoned = timed(lambda: list(models[0].suggest_batch(few)))
    return {
        **rate(size, plain),
        "with_reasons_per_second": round(len(few) / reasoned, 1),
        "files_learned_per_second": round(size / learning, 1),
    }
