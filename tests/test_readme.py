"""The figures of the networks in the README are those of their cards."""

from pathlib import Path

from advgui import resources
from advgui.models import cards
from advgui.models.cards import Card

README = Path(__file__).parents[1] / "README.md"
WORDS = {
    "test": "{} right",
    "test_clean": "clean {}",
    "test_gaussian": "Gaussian 0.1 {}",
    "test_fgsm": "FGSM {strength} {}",
    "test_pgd": "PGD-20 {strength} {}",
    "test_noise_0.15": "Gaussian 0.15 {}",
    "test_noise_0.25": "Gaussian 0.25 {}",
}


def row(card: Card) -> str:
    """A network's line in the README."""
    strength = "0.05" if card.recipe.get("attack") else "8/255"
    accuracies = [
        words.format(f"{card.accuracy(name):.2%}".replace("%", " %"), strength=strength)
        for name, words in WORDS.items()
        if f"{name}_correct" in card.metrics
    ]
    return f"| `{card.name}` | {card.parameters:,} | {', '.join(accuracies)} | `{card.commands[0]}` |"


def test_it_shows_what_the_cards_say() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    networks = sorted(resources.trained().glob("*.keras"))
    assert networks
    for path in networks:
        assert row(cards.read(path)) in lines


def test_its_picture_is_there() -> None:
    assert (README.parent / "assets/screenshots/window.png").stat().st_size > 0
    assert "(assets/screenshots/window.png)" in README.read_text(encoding="utf-8")
