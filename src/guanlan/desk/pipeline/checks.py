"""Wrong settings of a larger tone model (GUANLAN_TONE_…), with an id and a hint. The desk judges with the
compact model meanwhile.

E021 a value cannot be read            E022 texts would leave the network in the clear
W023 the folder or its program part is missing
W024 texts leave the machine           W025 a host inside is not named, so it will not be called
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register

from guanlan.analysis.tone.onnx import folder
from guanlan.desk.common.env import Env, SettingError
from guanlan.desk.pipeline.tone_choice import read_choice
from guanlan.judges import Choice, ChoiceError
from guanlan.judges.choice import ENDPOINT, ONNX


@register()
def check_tone(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Every check of this module."""
    try:
        choice = read_choice(Env.load())
    except (ChoiceError, SettingError) as error:
        hint = "Set GUANLAN_TONE_MODEL to nothing, encoder, a folder, or openai+https://host/v1#model-name, and GUANLAN_TONE_ASK to unsure or all."
        return [Error(f"The larger tone model cannot be read: {error}.", hint=hint, id="guanlan.E021")]
    if choice.kind == ONNX:
        return list(_folder(choice))
    return list(_endpoint(choice)) if choice.kind == ENDPOINT else []


def _folder(choice: Choice) -> Iterator[CheckMessage]:
    if not (choice.folder / folder.MODEL).is_file():
        yield Warning(
            f"There is no {folder.MODEL} in {choice.folder}; the compact model judges alone.",
            hint="Put the model there (docs/models/larger.md), or unset GUANLAN_TONE_MODEL.",
            id="guanlan.W023",
        )
    if not (find_spec("onnxruntime") and find_spec("tokenizers")):
        yield Warning(
            "What runs an ONNX model is not installed; the compact model judges alone.",
            hint="pip install 'guanlan[onnx]'",
            id="guanlan.W023",
        )


def _endpoint(choice: Choice) -> Iterator[CheckMessage]:
    if choice.named_inside:
        return
    if choice.is_inside:
        yield Warning(
            f"{choice.host} is a machine inside and is not named, so it will not be called.",
            hint=f"Add {choice.host} to GUANLAN_COLLECT_INNER_HOSTS.",
            id="guanlan.W025",
        )
        return
    if not choice.encrypted:
        yield Error(
            f"Texts and the key would travel to {choice.host} in the clear.",
            hint="Use openai+https://, or name the host in GUANLAN_COLLECT_INNER_HOSTS if it is your own.",
            id="guanlan.E022",
        )
    yield Warning(
        f"Texts leave this machine: {choice.host} reads what people wrote, with names, handles and numbers masked as far as they are recognised.",
        hint="Use it only if your body may hand these texts over. If the host is your own, name it in GUANLAN_COLLECT_INNER_HOSTS.",
        id="guanlan.W024",
    )
