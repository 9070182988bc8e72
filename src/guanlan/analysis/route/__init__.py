"""Which unit answers for a text: learned from closed files and duty lists, cold from duty lists alone."""

from guanlan.analysis.route.duties import Duty, default_duties
from guanlan.analysis.route.model import ClosedFile, RouteModel, RouteOptions

__all__ = ["ClosedFile", "Duty", "RouteModel", "RouteOptions", "default_duties"]
