import pytest

from advgui.gui.panels.prediction import percent


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.982, "98.2 %"), (1.0, "100.0 %"), (0.99999, ">99.9 %"), (0.0, "0.0 %"), (0.0001, "<0.1 %"), (0.9994, "99.9 %")],
)
def test_per_cent(share: float, text: str) -> None:
    assert percent(share) == text
