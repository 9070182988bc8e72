"""docs/quality.md, written from benchmarks/results/ and benchmarks/aims.json; needs nothing but Python."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks/results"

HEAD = """# How well it reads, and how fast

Written by `scripts/measure.py` from what was measured; nothing here is typed in by hand. `rows` are those that
were scored: a fifth of every labelled set is *validation*, never trained or tuned on
([how](../src/guanlan/analysis/evaluation/split.py)). Intervals are 95 % bootstrap intervals over rows. Floors are
pinned in [benchmarks/quality](../benchmarks/quality) and checked by `guanlan gate`.
"""


def rows_of(name: str) -> list[dict[str, Any]]:
    path = RESULTS / name
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines if line.strip()]


def page() -> str:
    """The whole page."""
    aims: dict[str, Any] = json.loads((ROOT / "benchmarks/aims.json").read_text(encoding="utf-8"))
    parts = [HEAD, _quality(aims), _missed(aims), _peers(), _speed(aims)]
    return "\n".join(part for part in parts if part).rstrip() + "\n"


def _quality(aims: dict[str, Any]) -> str:
    lines = [
        "## Quality",
        "",
        "| gate | rows | n | figure | measured (95 %) | aim | reached |",
        "|---|---|---|---|---|---|---|",
    ]
    found = rows_of("eval.jsonl")
    for one in found:
        for metric, value in one["metrics"].items():
            low, high = one["interval95"].get(metric, (value, value))
            aim = aims["eval"].get(one["gate"], {}).get(metric)
            mark = _reached(metric, value, aim)
            lines.append(
                f"| {one['gate']} | {one['rows']} | {one['n']:,} | {metric} | {value:.4g} ({low:.4g}–{high:.4g}) "
                f"| {_aim(metric, aim)} | {mark} |"
            )
    machine = sorted({one["machine"] for one in found})
    return "\n".join([*lines, "", f"Machine: {'; '.join(machine)}. Commands stand in the floor files.", ""])


def _reached(metric: str, value: float, aim: Any) -> str:
    if aim is None:
        return ""
    if isinstance(aim, list):
        return (
            "yes"
            if aim[0] <= value <= aim[1]
            else f"**no** ({value - (aim[0] if value < aim[0] else aim[1]):+.3f})"
        )
    less_is_better = metric in {"ece", "false_alarms_per_week", "term_mae_ratio"}
    good = value <= aim if less_is_better else value >= aim
    return "yes" if good else f"**no** ({value - aim:+.3f})"


def _aim(metric: str, aim: Any) -> str:
    if aim is None:
        return ""
    if isinstance(aim, list):
        return f"{aim[0]}–{aim[1]}"
    sign = "≤" if metric in {"ece", "false_alarms_per_week", "term_mae_ratio"} else "≥"
    return f"{sign} {aim}"


def _missed(aims: dict[str, Any]) -> str:
    lines = ["## Aims not reached, and what was tried", ""]
    lines += [f"- **{name}.** {text}" for name, text in aims["missed"].items()]
    lines += ["", "## How far to trust these figures", ""]
    lines += [f"- **{name}.** {text}" for name, text in aims["caveats"].items()]
    return "\n".join([*lines, ""])


def _peers() -> str:
    parts = ["## Beside other libraries, in one run", ""]
    for one in rows_of("peers.jsonl"):
        n = one.get("n", one.get("texts", ""))
        parts += [f"### {one.get('name', 'match-peers')}: n = {n:,}, {one['machine']}", ""]
        parts += _peer_tables(one)
        for word in ("better", "faster"):
            if word in one:
                parts.append(f"{word.capitalize()} than ours in this run: {', '.join(one[word]) or 'none'}.")
        parts.append("")
    return "\n".join(parts) if len(parts) > 2 else ""


def _peer_tables(one: dict[str, Any]) -> list[str]:
    tables = {"": one["results"]} if "results" in one else _rates(one)
    lines: list[str] = []
    for name, rows in tables.items():
        names = [key for key in rows[0] if not key.endswith("_interval95") and key != "interval95"]
        lines += [f"{name}", ""] if name else []
        lines += ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
        lines += ["| " + " | ".join(_cell(row, key) for key in names) + " |" for row in rows]
        lines.append("")
    return lines


def _rates(one: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Tables of a comparison that gives rates by kind of text."""
    found = {}
    for kind, value in one.items():
        if isinstance(value, dict) and "megabytes_per_second" in value:
            ratios = value.get("ratio_to_daachorse", {})
            rows = value["megabytes_per_second"].items()
            found[kind] = [
                {"name": name, "megabytes_per_second": rate, "ratio_to_daachorse": ratios.get(name, "")}
                for name, rate in rows
            ]
    return found


def _cell(row: dict[str, Any], key: str) -> str:
    value = row.get(key, "")
    edges = row.get(f"{key}_interval95") or (row.get("interval95") if key in ("char4_f1", "f1") else None)
    shown = f"{value:.4g}" if isinstance(value, float) and value < 10 else str(value)
    return f"{shown} ({edges[0]:.3g}–{edges[1]:.3g})" if edges else shown


def _speed(aims: dict[str, Any]) -> str:
    lines = ["## Speed", "", "One process. Seconds of a shared machine; ratios were taken in one run.", ""]
    lines += ["| stage | n | figure | measured | aim |", "|---|---|---|---|---|"]
    found = rows_of("bench.jsonl")
    for one in found:
        for key, value in one.items():
            if key.endswith(("_per_second", "_of_bare_daachorse", "times_trafilatura")):
                aim = aims["bench"].get(one["name"], {}).get(key)
                by_kind = value.items() if isinstance(value, dict) else [("", value)]
                lines += [
                    f"| {one['name']} | {one['n']:,} | {key} {kind} | {rate:,} | {f'≥ {aim:,}' if aim else ''} |"
                    for kind, rate in by_kind
                ]
    machine = sorted({one["machine"] for one in found})
    return "\n".join([*lines, "", f"Machine: {'; '.join(machine)}.", ""])
