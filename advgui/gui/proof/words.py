"""What a vote over noisy copies proves, in sentences."""

from collections.abc import Sequence

from advgui.gui.threads.live_proof import Proof


def vote_words(proof: Proof, class_names: Sequence[str], label: int | None = None) -> str:
    """Return how the vote stands, such as "cat in 968 of 1,000 copies, share ≥ 94.7 %".

    Args:
        proof: Perhaps incomplete.
        class_names: Of the classifier.
        label: The true class, or None where nobody knows it.
    """
    if proof.problem:
        return f"No vote: {proof.problem}"
    if not proof.counted:
        return f"choosing the class: {proof.chosen:,} of {proof.smoothing.choosing:,} copies …"
    leading = int(proof.choosing.argmax())
    found = proof.certificate
    assert found is not None
    share = f"{int(proof.estimating[leading]):,} of {proof.counted:,} copies"
    wrong = "" if label is None or leading == label else " (wrong)"
    return f"{class_names[leading]}{wrong} in {share}, share ≥ {100 * found.share:.1f} %"


def proof_words(proof: Proof, length: float | None) -> str:
    """Return what is proven, and whether that covers an attack.

    Args:
        proof: Perhaps incomplete; what it proves then is said to be provisional.
        length: L2 length of the attack's change, or None where there is none.
    """
    found = proof.certificate
    if proof.problem or found is None:
        return ""
    if found.predicted is None:
        said = "the vote abstains: no class has more than half for certain, nothing is proven"
        return said if proof.is_complete else f"so far {said}"
    provisional = "" if proof.is_complete else f" (provisional until {proof.smoothing.estimating:,} copies)"
    said = f"proven for every change up to L2 {found.radius:.2f}{provisional}"
    if length is None:
        return said
    if length <= found.radius:
        return f"{said}; this attack is {length:.2f}: it cannot change the vote"
    return f"{said}; this attack is {length:.2f}: outside, nothing is proven"
