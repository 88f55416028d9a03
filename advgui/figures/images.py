"""The columns of one image in a row, with their predictions: the paper's figures 2 and 3, and the window's panels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from advgui import paper
from advgui.attacks import ATTACKS
from advgui.defenses import DEFENSES
from advgui.figures import drawing
from advgui.figures.drawing import GAP, LINE, NEUTRAL, RIGHT, SMALL, TITLE, WRONG, Sheet
from advgui.images import to_uint8
from advgui.outcomes import Outcome
from advgui.scenarios import (
    attack_label,
    attacker,
    averaged_draws,
    familiarity,
    goal,
    has_goal,
    heading,
    scenario_text,
    strength_phrase,
    upper_bounds,
)
from advgui.types import ATTACKED, CLEAN, Column, Scenario, VoteRule

_PANEL = 240  # side of the largest image, about, in 1/100 inch
_BAR, _BAR_ROW = 0.72, 19  # a bar's share of its row, and the row's height
_BAR_COLOR, _TRACK = "#7a8390", "#e9ebee"


def paper_figure(outcome: Outcome, class_names: Sequence[str], name: str, *, label_is_true: bool = True) -> Sheet:
    """Draw the columns of one scenario as the paper's figures 2 and 3 do, for any attack and chain.

    Args:
        outcome: Of a batch with one image.
        class_names: One for each class.
        name: Of the image, for the title.
        label_is_true: As in `panels`.

    Raises:
        ValueError: There is not exactly one image.
    """
    number = paper.FIGURES.get(outcome.scenario.attack.name)
    title = name if number is None else f"Figure {number}. {name}"
    return panels([outcome], class_names, title, label_is_true=label_is_true)


@drawing.style()
def panels(
    outcomes: Sequence[Outcome],
    class_names: Sequence[str],
    title: str,
    *,
    label_is_true: bool = True,
    bars: int = 0,
) -> Sheet:
    """Draw a row of images for each outcome, and above each row what was done, and what the attacker knows and wants.

    All images are enlarged alike, without smoothing, so that the canvas of the randomization layer shows its true size.
    Beneath each stands whether the attacker knows what it shows, what the classifier says, and whether that is right.

    Args:
        outcomes: At least one, each of a batch with one image.
        class_names: One for each class.
        title: Which image it is.
        label_is_true: Whether the outcomes' label is the true class; otherwise it is what the classifier says of (a).
        bars: Of how many classes at most the probabilities are drawn.

    Raises:
        ValueError: There is not exactly one image.
    """
    for outcome in outcomes:
        if len(outcome.labels) != 1:
            raise ValueError(f"The outcome holds {len(outcome.labels)} images, expected one.")
    largest = max(max(batch.shape[1:3]) for outcome in outcomes for batch in outcome.images.values())
    scale = max(1, round(_PANEL / largest))
    side = largest * scale
    rows = [_Row(outcome, class_names, label_is_true, scale, side, bars) for outcome in outcomes]
    left = GAP + max(row.names_width for row in rows)
    width = left + max(len(outcome.images) for outcome in outcomes) * (side + GAP)
    lines = drawing.wrapped(title, width - 2 * GAP, TITLE, bold=True)
    for row in rows:
        row.wrap(width - 2 * GAP)
    height = GAP + len(lines) * LINE + sum(row.height for row in rows) + GAP
    sheet = Sheet(f"{title}: {'; '.join(row.headline for row in rows)}", width, height)
    top = GAP
    for line in lines:
        sheet.text(GAP, top + 14, line, size=TITLE, bold=True)
        top += LINE
    for row in rows:
        row.draw(sheet, left, top)
        top += row.height
    return sheet


def caption(column: Column, scenario: Scenario) -> str:
    """Return what a column shows, such as "(b) FGSM, ε = 8/255" or "(d) randomization, seed 0"."""
    return ", ".join(filter(None, (title(column, scenario.attack.name), *details(column, scenario))))


def title(column: Column, attack: str) -> str:
    """Return what a column is called, such as "(b) FGSM" or "(c) autoencoder"."""
    return f"({column.letter}) {attack_label(attack) if column.key == ATTACKED else heading(column)}"


def details(column: Column, scenario: Scenario) -> tuple[str, str]:
    """Return the strength of what attacks here, and the seed of what is drawn here; "" where there is none."""
    name = scenario.attack.name
    is_attacked = column.key == ATTACKED
    strength = strength_phrase(name, scenario.strength) if is_attacked else ""
    attack = ATTACKS.get(name) if is_attacked else None
    random = attack is not None and (attack.is_random or averaged_draws(scenario) > 1)
    random |= any(link in DEFENSES and DEFENSES[link].is_random for link in column.links)
    return strength, f"seed {scenario.seed}" if random else ""


def classes_that_matter(outcome: Outcome, most: int) -> tuple[int, ...]:
    """Return the classes to show: every one, or of many those that matter for the first image.

    They are the label, the attacker's target, each column's prediction, and then the likeliest in any column.
    """
    probabilities = np.stack([column[0] for column in outcome.probabilities.values()])
    weights = probabilities.max(axis=0)
    weights[[int(outcome.labels[0]), int(outcome.goal_labels[0]), *probabilities.argmax(axis=1)]] += 1
    return tuple(np.sort(np.argsort(-weights, kind="stable")[:most]).tolist())


def votes_text(outcome: Outcome, column: str, label_is_true: bool = True) -> str:
    """Return how many single draws of a column are right for the first image, such as "right in 13 of 20".

    Args:
        outcome: What the draws belong to.
        column: Key of a computed column.
        label_is_true: Whether the outcome's label is the true class; otherwise it is what the classifier says of (a).

    Returns:
        Words; "" where there is one draw, or where single draws were not kept.
    """
    if column not in outcome.draws:
        return ""
    classes = [int(answers[0].argmax()) for answers in outcome.draws[column].probabilities]
    words = "right" if label_is_true else "same as (a)"
    so_far = " so far" if outcome.draws_left else ""
    return f"{words} in {classes.count(int(outcome.labels[0]))} of {len(classes)}{so_far}"


@dataclass(frozen=True)
class _Said:
    """What stands beneath an image; `votes` where single draws can be counted."""

    caption: list[str]
    prediction: list[str]
    verdict: str
    votes: str
    color: str


class _Row:
    """The images of one outcome; how much room they need is known before they are drawn."""

    def __init__(
        self, outcome: Outcome, class_names: Sequence[str], label_is_true: bool, scale: int, side: int, bars: int
    ) -> None:
        self.outcome, self.class_names, self.scale, self.side = outcome, class_names, scale, side
        self.headline = scenario_text(outcome.scenario, class_names=class_names)
        wants = f"; goal: {goal(outcome.scenario, class_names)}" if has_goal(outcome.scenario) else ""
        bounds = f"; upper bound: {upper_bounds(outcome.scenario)}" if upper_bounds(outcome.scenario) else ""
        self.attacker = attacker(outcome.scenario) + wants + bounds
        self.lines = [self.headline, self.attacker]
        self.said = {column.key: self._say(column, label_is_true) for column in outcome.scenario.columns}
        self.caption_lines = max(len(said.caption) for said in self.said.values())
        self.prediction_lines = max(len(said.prediction) for said in self.said.values())
        self.vote_lines = max(bool(said.votes) for said in self.said.values())
        self.bars = classes_that_matter(outcome, bars) if bars else ()
        widths = [drawing.width_of(self._name(number), SMALL, bold=True) for number in self.bars]
        self.names_width = round(max(widths) + GAP / 2) if widths else 0

    def wrap(self, width: float) -> None:
        """Break what stands above the images into lines of at most some width; the row's height follows."""
        self.lines = [line for text in (self.headline, self.attacker) for line in drawing.wrapped(text, width)]

    @property
    def height(self) -> int:
        words = LINE * (1 + len(self.lines) + self.caption_lines + self.prediction_lines + self.vote_lines)
        return words + self.side + _BAR_ROW * len(self.bars) + (LINE if self.bars else 0) + GAP

    def _name(self, number: int) -> str:
        """Return the name of a class, with an arrow that leads to the attacker's target."""
        return f"{'→ ' if number == self.outcome.scenario.target else ''}{self.class_names[number]}"

    def _say(self, column: Column, label_is_true: bool) -> _Said:
        probabilities = self.outcome.probabilities[column.key][0]
        predicted, label = int(probabilities.argmax()), int(self.outcome.labels[0])
        if label_is_true:
            verdict, color = ("right", RIGHT) if predicted == label else ("wrong", WRONG)
        else:
            color = NEUTRAL
            verdict = "" if column.key == CLEAN else "as in (a)" if predicted == label else "not as in (a)"
        scenario = self.outcome.scenario
        of_votes = " of votes" if column.key in self.outcome.draws and scenario.rule is VoteRule.MAJORITY else ""
        said = f"{self.class_names[predicted]} {100 * probabilities[predicted]:.1f} %{of_votes}"
        if scenario.target is not None and column.key != CLEAN:
            reached = f"target {'' if predicted == scenario.target else 'not '}reached"
            verdict = f"{verdict}, {reached}"
        note = familiarity(scenario, column).words
        return _Said(
            caption=drawing.wrapped(caption(column, scenario), self.side) + ([note] if note else []),
            prediction=drawing.wrapped(said, self.side, bold=True),
            verdict=verdict,
            votes=votes_text(self.outcome, column.key, label_is_true),
            color=color,
        )

    def draw(self, sheet: Sheet, left: int, top: int) -> None:
        """Draw the row with the first image's frame at `left` and the headline at `top`."""
        for text in self.lines:
            sheet.text(GAP, top + 14, text)
            top += LINE
        for place, (column, said) in enumerate(self.said.items()):
            pixels = to_uint8(self.outcome.images[column][0])
            height, width = (length * self.scale for length in pixels.shape[:2])
            edge = left + place * (self.side + GAP)
            sheet.image(edge + (self.side - width) // 2, top + (self.side - height) // 2, pixels, self.scale)
            middle, line = edge + self.side / 2, top + self.side
            for number, text in enumerate(said.caption, start=1):
                sheet.text(middle, line + number * LINE, text, anchor="center")
            line += self.caption_lines * LINE
            for number, text in enumerate(said.prediction, start=1):
                sheet.text(middle, line + number * LINE, text, color=said.color, bold=True, anchor="center")
            line += (self.prediction_lines + 1) * LINE
            sheet.text(middle, line, said.verdict, color=said.color, anchor="center")
            line += self.vote_lines * LINE
            if said.votes:
                sheet.text(middle, line, said.votes, anchor="center")
            if self.bars:
                self._draw_bars(sheet, edge, line + 10, column, with_names=place == 0)

    def _draw_bars(self, sheet: Sheet, left: float, top: float, column: str, with_names: bool) -> None:
        """Draw the probabilities in per cent; the names of the classes stand once, at the left of the row."""
        shares = [100 * float(self.outcome.probabilities[column][0, number]) for number in self.bars]
        room = 44  # for the numbers
        axes = sheet.axes(left, top, self.side - room, _BAR_ROW * len(self.bars))
        axes.set_axis_off()
        axes.set_xlim(0, 100)
        axes.set_ylim(len(self.bars) - 0.5, -0.5)
        rows = range(len(self.bars))
        axes.barh(rows, [100] * len(rows), height=_BAR, color=_TRACK)
        axes.barh(rows, shares, height=_BAR, color=_BAR_COLOR)
        for row, number in enumerate(self.bars):
            base = top + _BAR_ROW * (row + 0.5) + 5
            bold = number == int(self.outcome.labels[0])
            sheet.text(left + self.side, base, f"{shares[row]:.1f}", size=SMALL, bold=bold, anchor="right")
            if with_names:
                sheet.text(left - 8, base, self._name(number), size=SMALL, bold=bold, anchor="right")
