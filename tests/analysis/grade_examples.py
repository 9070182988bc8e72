"""Worked examples, written by hand from sections 1.1 and 1.2 of the register of domain rules.

Default table: tier, nature, texts in 24 h, (this hour, mean of the six before), reposts + comments + likes,
(negative share, of how many), people, sensitive hits; then the points of I1 to I8 (None: unknown), the level
and how much was measurable. Preset tables: the facts, then the band of each row and the level.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from guanlan.analysis.types import Facts

Points = tuple[int | None, ...]


class Default(NamedTuple):
    """A row for the default table."""

    tells: str
    facts: Facts
    points: Points
    level: str | None
    measurable: int
    floors: tuple[str, ...] = ()


class Preset(NamedTuple):
    """A row for another table."""

    tells: str
    preset: str
    facts: Facts
    bands: tuple[str, ...]
    level: str | None
    measurable: int


def facts(
    tier: str | None, nature: str | None, items: int | None, speed: tuple[int, float] | None, engaged: int | None,
    negative: tuple[float, int] | None, people: str | None, sensitive: int | None, *floors: str, asks: bool = True,
) -> Facts:  # fmt: skip
    hour, mean = speed or (None, None)
    share, n = negative or (None, None)
    return Facts(
        first_source_tier=tier, nature=nature, items_24h=items, items_this_hour=hour, mean_prior_6h=mean,
        engagement=engaged, negative_share=share, negative_n=n, people=people, sensitive_hits=sensitive,
        questioning=asks, floors=floors,
    )  # fmt: skip


DEFAULT = (
    Default("a question about a fee on the local forum", facts("personal", "question", 1, (1, 1.0), 3, (0.0, 12), "one", 0),
            (3, 2, 2, 2, 2, 0, 2, 0), "watch", 100),
    Default("19 points are still watch", facts("personal", "complaint", 9, (1, 1.0), 99, (0.3, 10), "one", 0),
            (3, 5, 2, 2, 2, 3, 2, 0), "watch", 100),
    Default("22 points are general", facts("local", "complaint", 9, (1, 1.0), 99, (0.3, 10), "one", 0),
            (6, 5, 2, 2, 2, 3, 2, 0), "IV", 100),
    Default("a complaint taken up by a local account", facts("local", "complaint", 12, (3, 2.0), 150, (0.5, 20), "class", 0),
            (6, 5, 4, 4, 5, 6, 6, 0), "IV", 100),
    Default("frequent outages in a village", facts("personal", "service", 15, (2, 1.0), 120, (0.6, 15), "class", 0),
            (3, 8, 4, 6, 5, 8, 6, 0), "III", 100),
    Default("39 points are general", facts("local", "complaint", 10, (1, 1.0), 500, (0.4, 10), "one", 1),
            (6, 5, 4, 2, 9, 6, 2, 5), "IV", 100),
    Default("canteen food at one school", facts("local", "service", 60, (6, 2.0), 600, (0.8, 40), "school", 0),
            (6, 8, 6, 8, 9, 10, 8, 0), "III", 100),
    Default("59 points are larger", facts("city", "service", 60, (6, 2.0), 2000, (0.6, 40), "school", 0),
            (9, 8, 6, 8, 12, 8, 8, 0), "III", 100),
    Default("60 points are major", facts("city", "service", 49, (6, 2.0), 2000, (0.6, 40), "class", 1),
            (9, 8, 4, 8, 12, 8, 6, 5), "II", 100),
    Default("a bribery clue in city media", facts("city", "discipline", 80, (4, 2.0), 900, (0.7, 60), "county", 0),
            (9, 12, 6, 6, 9, 8, 10, 0), "II", 100),
    Default("an injured pupil in provincial media", facts("province", "injury", 199, (9, 3.0), 1999, (0.79, 100), "school", 1),
            (12, 16, 6, 8, 9, 8, 8, 5), "II", 100),
    Default("79: the same, a text more and louder", facts("province", "injury", 200, (9, 3.0), 2000, (0.8, 100), "school", 1),
            (12, 16, 8, 8, 12, 10, 8, 5), "II", 100),
    Default("80 points are especially major", facts("central", "injury", 200, (9, 3.0), 2000, (0.79, 100), "school", 1),
            (15, 16, 8, 8, 12, 8, 8, 5), "I", 100),
    Default("a mine accident with deaths in central media", facts("central", "death", 500, (50, 10.0), 10_000, (0.8, 200), "county", 2),
            (15, 20, 10, 10, 15, 10, 10, 10), "I", 100),
    Default("edges: 10 texts, 1.5 times, 100 engaged, a fifth negative", facts("personal", "question", 10, (3, 2.0), 100, (0.2, 10), "one", 0),
            (3, 2, 4, 4, 5, 3, 2, 0), "IV", 100),
    Default("edges below: 49 texts, 1.9 times, 499 engaged, 39 in a hundred", facts("personal", "question", 49, (19, 10.0), 499, (0.39, 100), "one", 0),
            (3, 2, 4, 4, 5, 3, 2, 0), "IV", 100),
    Default("edges: 50 texts, twice, 500 engaged, two fifths", facts("personal", "question", 50, (2, 1.0), 500, (0.4, 10), "one", 0),
            (3, 2, 6, 6, 9, 6, 2, 0), "IV", 100),
    Default("edges: 499 texts, 4.9 times, 9,999 engaged", facts("personal", "question", 499, (49, 10.0), 9_999, (0.59, 100), "one", 0),
            (3, 2, 8, 8, 12, 6, 2, 0), "III", 100),
    Default("nine toned texts are too few for a share", facts("local", "service", 9, (2, 1.0), 100, (0.9, 9), "one", 0),
            (6, 8, 2, 6, 5, None, 2, 0), "IV", 90),
    Default("from nothing to something is without bound", facts("personal", "complaint", 3, (3, 0.0), 10, None, "one", 0),
            (3, 5, 2, 10, 2, None, 2, 0), "IV", 90),
    Default("from nothing to nothing is no change", facts("personal", "complaint", 3, (0, 0.0), 10, None, "one", 0),
            (3, 5, 2, 2, 2, None, 2, 0), "watch", 90),
    Default("likes not shown: unknown, not none", facts("city", "service", 60, (6, 2.0), None, (0.8, 40), "school", 0),
            (9, 8, 6, 8, None, 10, 8, 0), "III", 85),
    Default("55 measurable: a person decides", facts("central", "death", 500, None, None, None, "county", None),
            (15, 20, 10, None, None, None, 10, None), None, 55),
    Default("exactly 60 measurable is enough", facts(None, "death", 500, (50, 10.0), None, None, "county", 2),
            (None, 20, 10, 10, None, None, 10, 10), "II", 60),
    Default("nothing is known", Facts(), (None,) * 8, None, 0),
    Default("central media report it: at least I", facts("personal", "question", 1, (1, 1.0), 3, (0.0, 12), "one", 0, "central_media"),
            (3, 2, 2, 2, 2, 0, 2, 0), "I", 100, ("central_media",)),
    Default("a notice of a central organ: at least I", facts("local", "service", 9, (2, 1.0), 100, (0.9, 9), "one", 0, "central_organ"),
            (6, 8, 2, 6, 5, None, 2, 0), "I", 90, ("central_organ",)),
    Default("on a hot list: at least II", facts("personal", "question", 1, (1, 1.0), 3, (0.0, 12), "one", 0, "hot_list"),
            (3, 2, 2, 2, 2, 0, 2, 0), "II", 100, ("hot_list",)),
    Default("provincial media and a death: the graver floor", facts("personal", "question", 1, (1, 1.0), 3, (0.0, 12), "one", 0, "provincial_media", "death"),
            (3, 2, 2, 2, 2, 0, 2, 0), "II", 100, ("provincial_media", "death")),
    Default("safety of minors: at least III", facts("personal", "question", 1, (1, 1.0), 3, (0.0, 12), "one", 0, "minors"),
            (3, 2, 2, 2, 2, 0, 2, 0), "III", 100, ("minors",)),
    Default("people gather, little is measurable: III by the floor", facts(None, None, 2, None, None, None, None, None, "group_gathering"),
            (None, None, 2, None, None, None, None, None), "III", 10, ("group_gathering",)),
    Default("a sensitive time is reported whatever the level", facts("personal", "question", 1, (1, 1.0), 3, (0.0, 12), "one", 1, "sensitive_report"),
            (3, 2, 2, 2, 2, 0, 2, 5), "watch", 100, ("sensitive_report",)),
    Default("praise in central media raises nothing", facts("central", "question", 1, (1, 1.0), 3, (0.0, 12), "one", 0, "central_media", asks=False),
            (15, 2, 2, 2, 2, 0, 2, 0), "IV", 100),
    Default("a floor never lowers", facts("central", "death", 500, (50, 10.0), 10_000, (0.8, 200), "county", 2, "minors"),
            (15, 20, 10, 10, 15, 10, 10, 10), "I", 100, ("minors",)),
)  # fmt: skip


def given(
    floors: tuple[str, ...] = (), measured: dict[str, Any] | None = None, **values: str | float
) -> Facts:
    return Facts(questioning=True, floors=floors, given=values, **(measured or {}))


def tier(code: str, **values: str | float) -> Facts:
    return given(measured={"first_source_tier": code}, **values)


PRESETS = (
    Preset("G1: one site, nothing else", "four-levels", tier("personal", spread="one", key_matter="none", public_order="kept"),
           ("one", "none", "personal", "kept"), "IV", 100),
    Preset("G1: several sites and rising is larger", "four-levels", tier("local", spread="several", key_matter="none", public_order="kept"),
           ("several", "none", "local", "kept"), "III", 100),
    Preset("G1: a key person is major", "four-levels", tier("personal", spread="one", key_matter="key", public_order="kept"),
           ("one", "key", "personal", "kept"), "II", 100),
    Preset("G1: mainstream media enter", "four-levels", tier("city"), ("unknown", "unknown", "city", "unknown"), "II", 25),
    Preset("G1: public order affected", "four-levels", given(public_order="affected"), ("unknown", "unknown", "unknown", "affected"), "I", 25),
    Preset("G2: ordinary local media", "school-three", tier("local", attention="ordinary", organ_notice="none"), ("local", "ordinary", "none"), "III", 100),
    Preset("G2: the city's organs notice", "school-three", tier("local", attention="ordinary", organ_notice="province_city"), ("local", "ordinary", "province_city"), "II", 100),
    Preset("G2: nationwide spread", "school-three", tier("city", attention="nationwide", organ_notice="none"), ("city", "nationwide", "none"), "I", 100),
    Preset("G2: central media", "school-three", tier("central"), ("central", "unknown", "unknown"), "I", 34),
    Preset("G3: media inside the city", "epidemic-three-colours", tier("city", area="city"), ("city", "city"), "yellow", 100),
    Preset("G3: the province", "epidemic-three-colours", tier("city", area="province"), ("city", "province"), "orange", 100),
    Preset("G3: the nation", "epidemic-three-colours", given(area="nation"), ("unknown", "nation"), "red", 50),
    Preset("G4: an ordinary complaint", "city-classes", tier("personal", coordination="no"), ("personal", "no"), "3", 100),
    Preset("G4: provincial media", "city-classes", tier("province", coordination="city"), ("province", "city"), "2", 100),
    Preset("G4: badly handled, a class up", "city-classes", given(("badly_handled",), {"first_source_tier": "province"}), ("province", "unknown"), "1", 50),
    Preset("G4: badly handled at the top stays there", "city-classes", given(("badly_handled",), {"first_source_tier": "central"}), ("central", "unknown"), "1", 50),
    Preset("G5: all general", "bureau-three", given(urgency="general", range="general", attention="general"), ("general",) * 3, "general", 100),
    Preset("G5: one major is major", "bureau-three", given(urgency="general", range="major", attention="larger"), ("general", "major", "larger"), "major", 100),
    Preset("G6: half the groups unknown: a person decides", "guangzhou-standard", tier("city", concentration="high"), ("high", "city", "unknown", "unknown", "unknown"), None, 25),
    Preset("G6: 12 + 8 + 15 + 15 + 10 = 60", "guangzhou-standard",
           given(measured={"first_source_tier": "city", "engagement": 500, "negative_share": 0.4, "negative_n": 10, "items_this_hour": 3, "mean_prior_6h": 2.0}, concentration="high"),
           ("high", "city", "500-1999", "40-59", "1.5-2"), "II", 100),
    Preset("G7: fifty comments are not yet a warning", "education-three-numbers", given(measured={"negative_24h": 50}), ("le50", "unknown", "unknown", "unknown"), "none", 25),
    Preset("G7: more than fifty are yellow", "education-three-numbers", given(measured={"negative_24h": 51}), ("gt50", "unknown", "unknown", "unknown"), "yellow", 25),
    Preset("G7: on a hot list", "education-three-numbers", given(measured={"negative_24h": 51}, hot_list="top50"), ("gt50", "top50", "unknown", "unknown"), "orange", 50),
    Preset("G7: an in-depth report", "education-three-numbers", given(hot_list="no", in_depth_report="yes"), ("unknown", "no", "yes", "unknown"), "red", 50),
    Preset("G8: the city", "four-colours-by-spread", given(area="city"), ("city",), "yellow", 100),
    Preset("G8: nothing known", "four-colours-by-spread", given(), ("unknown",), None, 0),
    Preset("G9: 59 is routine", "risk-bands", given(risk_score=59), ("score",), "routine", 100),
    Preset("G9: 60 starts the plan", "risk-bands", given(risk_score=60.0), ("score",), "plan", 100),
    Preset("G9: 80 goes to the executives", "risk-bands", given(risk_score=80), ("score",), "executives", 100),
    Preset("G9: 101 makes no sense", "risk-bands", given(risk_score=101), ("not_possible",), None, 0),
    Preset("four criteria: 25 + 19 + 19 + 12 = 75", "four-criteria", given(timeliness="highest", importance="high", reach="high", accuracy="middle"), ("highest", "high", "high", "middle"), "urgent", 100),
    Preset("four criteria: 5 + 19 + 19 + 12 = 55", "four-criteria", given(timeliness="low", importance="high", reach="high", accuracy="middle"), ("low", "high", "high", "middle"), "weighty", 100),
    Preset("four criteria: all low", "four-criteria", given(timeliness="low", importance="low", reach="low", accuracy="low"), ("low",) * 4, "light", 100),
    Preset("five factors: 5 + 5 + 8 + 8 + 12 = 38", "five-factors",
           given(measured={"nature": "complaint", "items_24h": 10, "first_source_tier": "local", "engagement": 500}, source="anonymous"),
           ("anonymous", "complaint", "10-49", "local", "500-1999"), "III", 100),
    Preset("five factors: 15 + 16 + 12 + 16 + 16 = 75", "five-factors",
           given(measured={"nature": "injury", "items_24h": 50, "first_source_tier": "province", "engagement": 2000}, source="organisation"),
           ("organisation", "injury", "50-199", "province", "2000-9999"), "I", 100),
    Preset("three fields: one high is major", "sensitivity-background-influence", given(sensitivity="high", background="low", influence="low"), ("high", "low", "low"), "major", 100),
)  # fmt: skip
