"""Lessons: steps that show something, and questions that are answered before anything is revealed. Qt-free."""

from advgui.lessons.lesson import Claim, Lesson, Question, Step
from advgui.lessons.storage import SUFFIX, load, save, shipped

__all__ = ["SUFFIX", "Claim", "Lesson", "Question", "Step", "load", "save", "shipped"]
