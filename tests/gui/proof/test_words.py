from dataclasses import replace

import numpy as np
import pytest

from advgui.certification.bounds import certificate
from advgui.certification.smoothing import Smoothing
from advgui.gui.proof.words import proof_words, vote_words
from advgui.gui.threads.live_proof import Proof
from tests.gui.conftest import selection
from tests.gui.gated import CLASS_NAMES

CAT, DOG = 3, 5


def proof(counted: int, cats: int, chosen: int = 100, leading: int = CAT) -> Proof:
    choosing, estimating = np.zeros(10, np.int64), np.zeros(10, np.int64)
    choosing[leading] = chosen
    estimating[CAT], estimating[DOG] = cats, counted - cats
    return Proof(1, selection(), "standard", Smoothing(0.18, estimating=1_000), choosing, estimating)


def test_the_vote_is_told_with_the_bound_of_its_share() -> None:
    assert vote_words(proof(0, 0, chosen=40), CLASS_NAMES) == "choosing the class: 40 of 100 copies …"
    shown = proof(1_000, 968)
    share = 100 * certificate(shown.choosing, shown.estimating, 0.18).share
    assert vote_words(shown, CLASS_NAMES, CAT) == f"cat in 968 of 1,000 copies, share ≥ {share:.1f} %"
    assert "dog (wrong) in 900 of 1,000" in vote_words(proof(1_000, 100, leading=DOG), CLASS_NAMES, CAT)
    assert "the denoiser is not there" in vote_words(replace(proof(0, 0), problem="the denoiser is not there"), ())


@pytest.mark.parametrize(
    ("length", "said"), [(0.05, "it cannot change the vote"), (1.74, "outside, nothing is proven")]
)
def test_what_is_proven_is_held_against_the_length_of_the_attack(length: float, said: str) -> None:
    shown = proof(1_000, 990)
    found = certificate(shown.choosing, shown.estimating, 0.18)
    words = proof_words(shown, length)
    assert words == (f"proven for every change up to L2 {found.radius:.2f}; this attack is {length:.2f}: {said}")
    assert proof_words(shown, None) == f"proven for every change up to L2 {found.radius:.2f}"


def test_before_the_last_copy_everything_is_provisional() -> None:
    assert "(provisional until 1,000 copies)" in proof_words(proof(400, 399), 0.1)
    assert "provisional" not in proof_words(proof(1_000, 999), 0.1)
    assert proof_words(proof(400, 150), 0.1).startswith("so far the vote abstains")
    assert proof_words(proof(1_000, 400), 0.1).startswith("the vote abstains")
    assert proof_words(proof(0, 0), 0.1) == ""
