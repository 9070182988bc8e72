"""``eval``, ``bench``, ``train`` and ``gate``: figures, in their fixed form."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from guanlan.cli.data import Json
from guanlan.cli.words import fail, note, out, out_json, say

train = typer.Typer(help="训练 · train a shipped model again", no_args_is_help=True, rich_markup_mode=None)
#: NAME → module of guanlan.analysis.evaluation; later issues add to it.
EVALUATIONS = {
    "decode": "decode",
    "extract": "extract",
    "clean": "clean",
    "dedup": "dedup",
    "tone": "tone",
    "kind": "kind",
    "same-event": "same_event",
    "group": "group",
    "route": "route",
    "trace": "trace",
    "trend": "trend",
    "burst": "burst",
}


def register(app: typer.Typer) -> None:
    app.command("eval")(evaluate)
    app.command()(bench)
    app.command()(gate)
    app.add_typer(train, name="train")


def evaluate(
    *,
    name: Annotated[str, typer.Argument(help=" ".join(EVALUATIONS))],
    files: Annotated[list[Path] | None, typer.Argument(help="标注文件 · labelled files")] = None,
    training: Annotated[list[Path] | None, typer.Option("--train", help="先用这些文件训练")] = None,
    task: Annotated[str, typer.Option(help="six, negative, binary")] = "",
    rows: Annotated[str, typer.Option(help="all, tuning, validation：只评一部分行")] = "all",
    limit: Annotated[int, typer.Option(help="只用前 N 行 · first N rows only")] = 0,
    model: Annotated[
        str,
        typer.Option(
            help="tone：encoder、文件夹或 openai+https://…#模型 · the encoder, a folder or an endpoint, see GUANLAN_TONE_MODEL"
        ),
    ] = "",
    ask: Annotated[
        str, typer.Option(help="unsure, all：问哪些 · which texts a larger model is asked about")
    ] = "",
    as_json: Json = False,
) -> None:
    """评测 · Quality on labelled data: n, metrics, 95 % intervals."""
    if name not in EVALUATIONS:
        raise typer.BadParameter(f"{name}: {', '.join(EVALUATIONS)}")
    from guanlan.analysis.errors import AnalysisError
    from guanlan.analysis.evaluation.report import EvalOptions
    from guanlan.analysis.evaluation.split import Rows

    if rows not in list(Rows):
        raise typer.BadParameter(f"{rows}: {', '.join(Rows)}")
    missing = [path for path in [*(files or []), *(training or [])] if not path.is_file()]
    if missing:
        raise fail(f"找不到文件：{missing[0]}", f"No such file: {missing[0]}")
    if (model or ask) and name != "tone":
        raise typer.BadParameter(say("--model 只用于 tone", "--model is for tone only"))
    module = import_module(f"guanlan.analysis.evaluation.{EVALUATIONS[name]}")
    try:
        judge = _larger(model, ask) if model else None
        report = module.evaluate(
            files or [], EvalOptions(tuple(training or []), task, limit or None, Rows(rows), judge)
        )
    except AnalysisError as error:
        raise fail(str(error), str(error)) from error
    for line in report.notes:
        note(line)
    if as_json:
        out_json(report.as_json())
        return
    out(f"{report.name}  n={report.n}")
    for metric, value in report.metrics.items():
        low, high = report.interval95.get(metric, (value, value))
        out(f"  {metric:<22}{value:.4f}   95% {low:.4f} – {high:.4f}")


def _larger(line: str, ask: str) -> Any:
    """The model of a line with the compact one behind it, as the desk would use it, but without hurry."""
    from guanlan.analysis.tone import ToneModel
    from guanlan.desk.common.env import Env, SettingError
    from guanlan.desk.pipeline.tone_choice import read_choice
    from guanlan.judges import ASK_ALL, ASK_UNSURE, Backed, ChoiceError, larger_for
    from guanlan.judges.endpoint import Bounds
    from guanlan.judges.local import LocalModel

    try:
        choice = read_choice(Env.load(), line, ask or None)
    except (ChoiceError, SettingError) as error:
        raise fail(f"模型有误：{error}", f"Wrong model: {error}") from error
    larger = larger_for(choice, Bounds(call=None))
    if isinstance(larger, LocalModel) and choice.ask == ASK_ALL:
        return larger.judge  # by itself it also tells six emotions
    return None if larger is None else Backed(larger, ToneModel.load(), choice.ask == ASK_UNSURE)


def bench(
    name: Annotated[str, typer.Argument(help="fingerprint, match, group, pipeline, search …")],
    size: Annotated[int, typer.Option(help="文档数 · documents")] = 0,
    processes: Annotated[int, typer.Option(help="分析进程数 · analysing processes")] = 1,
    as_json: Json = False,
) -> None:
    """测速 · Speed of a stage, of the whole pipeline or of search, with a machine line."""
    from guanlan.cli.benching import UnknownBench, run_bench

    try:
        result = run_bench(name, size=size, processes=processes)
    except UnknownBench as error:
        raise typer.BadParameter(str(error)) from error
    if as_json:
        out_json(result)
        return
    for key, value in result.items():
        out(f"{key:<22}{value}")


def gate(
    folder: Annotated[Path, typer.Argument(help="门槛文件夹")] = Path("benchmarks/quality"),
    *,
    data: Annotated[Path, typer.Option(help="数据文件夹")] = Path("../shared/data"),
    repin: Annotated[bool, typer.Option(help="按现在的成绩重设门槛 · pin again")] = False,
    allow_regression: Annotated[bool, typer.Option(help="允许调低 · let a floor fall")] = False,
) -> None:
    """质量门槛 · Check every pinned floor; a drop fails, a missing set is named."""
    from guanlan.analysis.gate import GateError, gate_all, pin, read_floor

    if repin:
        try:
            for path in sorted(folder.glob("*.json")):
                pin(path, data, read_floor(path), allow_regression=allow_regression)
        except GateError as error:
            raise fail(str(error), str(error)) from error
    failed = False
    for result in gate_all(folder, data):
        out(result.line())
        failed = failed or result.failed
    if failed:
        raise fail("质量低于门槛", "Quality fell below a floor")


@train.command("tone")
def train_tone(
    files: Annotated[list[Path], typer.Argument(help="标注文件 · labelled files")],
    *,
    output: Annotated[Path, typer.Option("-o", "--output", help="模型文件 · model file")],
    seed: Annotated[int, typer.Option(help="随机种子，同种子同结果 · same seed, same model")] = 20261123,
    rows: Annotated[str, typer.Option(help="tuning, all：用哪部分行训练 · rows to learn from")] = "tuning",
    opinions: Annotated[
        Path | None, typer.Option(help="较大模型对转发文本的看法 · a teacher's opinions of reposts")
    ] = None,
    as_json: Json = False,
) -> None:
    """训练语气模型 · Train the tone model and write its card beside it."""
    if rows not in ("tuning", "all"):
        raise typer.BadParameter(f"{rows}: tuning, all")
    from guanlan.analysis.errors import AnalysisError
    from guanlan.analysis.evaluation.split import Rows
    from guanlan.analysis.tone.training import TrainOptions, train_files

    def progress(step: str, share: float) -> None:
        note(f"{share:4.0%} {step}")

    try:
        scores = train_files(files, output, TrainOptions(seed, Rows(rows), opinions), progress)
    except (AnalysisError, OSError) as error:
        raise fail(str(error), str(error)) from error
    out_json(scores) if as_json else out(say(f"已写入 {output}", f"Wrote {output}"))


#: Adapted.reason → why the correction was refused.
REFUSED = {
    "too_few": ("确认的语气还太少", "too few tones have been confirmed"),
    "one_tone": ("确认的语气几乎都是同一种", "nearly all confirmed tones are the same"),
    "no_better": ("校正并不比原模型更准", "the correction is no better than the shipped model"),
    "worse_on_gate": ("校正在保留样本上更差", "the correction is worse on the kept rows"),
}


@train.command("tone-body")
def train_tone_body(
    *,
    back: Annotated[
        bool, typer.Option("--back", help="退回随程序的模型 · back to the shipped model")
    ] = False,
    as_json: Json = False,
) -> None:
    """用本单位确认的语气校正模型 · Learn from the tones this body's people confirmed, or refuse."""
    from guanlan.cli import django

    django.load_migrated()
    from django.conf import settings

    from guanlan.desk.common.clock import utc_now
    from guanlan.desk.pipeline.teaching import tone_forget, tone_teach

    if back:
        there = tone_forget(settings.DATA, now=utc_now())
        told = say("已退回随程序的模型", "Back to the shipped model")
        out_json({"forgotten": there}) if as_json else out(
            told if there else say("本来就用随程序的模型", "The shipped model is in use already")
        )
        return
    taught = tone_teach(settings.DATA, now=utc_now())
    figures = {
        name: getattr(taught.adapted, name)
        for name in ("reason", "labels", "before", "after", "gate_before", "gate_after")
    }
    if as_json:
        out_json(figures)
    if taught.card is None:
        zh, en = REFUSED[taught.adapted.reason]
        labels = taught.adapted.labels
        raise fail(f"未采用：{zh}（{labels} 条）", f"Refused: {en} ({labels} labels)")
    if not as_json:
        out(say(f"已采用 {taught.card.version}", f"In use: {taught.card.version}"))
        for name, value in figures.items():
            out(f"  {name:<14}{value}")


@train.command("kind")
def train_kind(
    files: Annotated[
        list[Path],
        typer.Argument(help="标注文件，或标注所指文本的文件 · labelled texts, or the files they are in"),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="模型文件 · model file")],
    seed: Annotated[int, typer.Option(help="随机种子，同种子同结果 · same seed, same model")] = 20261123,
    as_json: Json = False,
) -> None:
    """训练诉求类别模型 · Train the model of kinds."""
    from guanlan.analysis.errors import AnalysisError
    from guanlan.analysis.kind.training import train_files

    try:
        scores = train_files(
            files, output, seed=seed, progress=lambda step, share: note(f"{share:4.0%} {step}")
        )
    except (AnalysisError, OSError) as error:
        raise fail(str(error), str(error)) from error
    out_json(scores) if as_json else out(say(f"已写入 {output}", f"Wrote {output}"))


@train.command("same-event")
def train_same_event(
    files: Annotated[list[Path], typer.Argument(help="标注“同一事件”的文件 · files labelled by the event")],
    *,
    topic: Annotated[
        list[Path], typer.Option("--topic", help="标注“同一话题”的文件 · labelled by the topic")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="模型文件夹 · folder of the models")],
    seed: Annotated[int, typer.Option(help="随机种子，同种子同结果 · same seed, same model")] = 20261123,
    as_json: Json = False,
) -> None:
    """训练同一事件模型 · Train the same-event and same-topic models from tuning rows."""
    from guanlan.analysis.errors import AnalysisError
    from guanlan.analysis.same_event.training import train_files

    try:
        thresholds = train_files(files, topic, output, seed=seed)
    except (AnalysisError, OSError) as error:
        raise fail(str(error), str(error)) from error
    out_json(thresholds) if as_json else out(say(f"已写入 {output}", f"Wrote {output}"))
