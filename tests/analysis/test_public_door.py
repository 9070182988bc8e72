"""What ``guanlan.analysis`` names is all there, and nothing else comes through the door."""

import types

import guanlan.analysis as door


def test_the_door_names_exactly_what_it_opens_to() -> None:
    open_to = {
        name
        for name, value in vars(door).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert sorted(open_to) == sorted(door.__all__)


def test_names_are_sorted_and_said_once() -> None:
    assert door.__all__ == sorted(set(door.__all__))


def test_everything_named_is_ours_and_described() -> None:
    for name in door.__all__:
        value = getattr(door, name)
        if isinstance(value, type | types.FunctionType):
            assert value.__module__.startswith("guanlan.analysis."), name
            assert value.__doc__, name
