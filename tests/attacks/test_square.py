"""Square: what it asks, and what it makes of the answers."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from advgui.attacks.square import Square
from advgui.defenses.randomization import Randomization
from advgui.outcomes import Effort
from advgui.parameters import NO_SETTINGS
from advgui.victim import Victim
from tests.prototypes import Prototypes, examples, recognized, victim


class Listening(Victim):
    """Notes the indices of the images that each query is about."""

    def __init__(self, links=()):
        super().__init__(Prototypes(), links)
        self.asked = []

    def probabilities(self, images, examples):
        self.asked.append(examples.indices.tolist())
        return super().probabilities(images, examples)


@given(queries=st.integers(2, 60), count=st.integers(1, 4))
@settings(max_examples=20)
def test_an_image_that_is_never_fooled_takes_all_queries_and_no_gradient(queries, count):
    target = victim()
    Square()(target, recognized(count), Square().settings(1e-6, queries=queries))
    assert target.effort == Effort(queries=queries * count)


def test_an_image_at_its_goal_asks_no_more():
    target, batch = Listening(), recognized(6, seed=4)
    attack = Square()
    result = attack(target, batch, attack.settings(0.05, queries=200)).images
    assert (target.margin(result, batch) > 0).all()
    asked = [sum(index in those for those in target.asked) for index in batch.indices.tolist()]
    assert max(asked) == len(target.asked) < 200
    assert len(set(asked)) > 1
    # Once gone, it does not come back.
    for before, after in zip(target.asked, target.asked[1:], strict=False):
        assert set(after) <= set(before)


def test_an_image_that_is_wrong_already_stays_as_it_is():
    batch, attack = recognized(4), Square()
    wrong = replace(batch, labels=(batch.labels + 1) % 10)
    target = victim()
    assert np.array_equal(attack(target, wrong, attack.settings(0.1)).images, batch.images)
    assert target.effort.queries == 4


def test_every_value_that_moves_stands_at_an_end_of_its_range():
    batch, attack = examples(3, target=2), Square()
    result = attack(victim(), batch, attack.settings(0.03, queries=50)).images
    ends = [np.clip(batch.images + np.float32(move), 0, 1) for move in (-0.03, 0.03)]
    assert (np.minimum(*(np.abs(result - end) for end in ends)) < 1e-6).all()


def test_with_random_mitigations_each_query_is_one_draw_of_each_images_own():
    links = [(Randomization(), NO_SETTINGS)]
    batch, attack = recognized(4, seed=4), Square()
    chosen = attack.settings(0.02, queries=30)
    whole = attack(Victim(Prototypes(), links, draws=10), batch, chosen).images
    for place in range(4):
        alone = batch.some(np.array([place]))
        target = Listening(links)
        assert np.array_equal(attack(target, alone, chosen).images[0], whole[place])
        assert target.effort.queries == len(target.asked)
