"""A mail client among providers that behave well, badly, and not at all."""

from .run import Gauntlet, Outcome, Row, run_gauntlet

__all__ = ["Gauntlet", "Outcome", "Row", "run_gauntlet"]
