"""Texts of one event put into groups, online: see :mod:`guanlan.analysis.group.index`."""

from guanlan.analysis.group.index import GroupIndex
from guanlan.analysis.group.options import GroupMerge, GroupOptions
from guanlan.analysis.group.saving import load, save

__all__ = ["GroupIndex", "GroupMerge", "GroupOptions", "load", "save"]
