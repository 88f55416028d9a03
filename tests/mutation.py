"""Values that are almost right: what a damaged, a hostile or a newer file may hold."""

import copy
import random
from typing import Any

HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, -(2**63), 2**64, 10**30, 0.5, -0.0, 1e308, float("nan"), float("inf"), "", "x",
    "0", "nan", "relu", "float16", "\0", "ü\u202e<b>", "../../x", "x" * 10_000, [], [None], [[]], [1, 2], [-1, -1],
    [10**9, 10**9], {}, {"": None}, {"class_name": "Lambda", "module": "keras.layers", "config": {}},
)  # fmt: skip


def changed(value: Any, generator: random.Random) -> Any:
    """Return a copy of a JSON value with one to three of its parts replaced, removed, repeated or swapped."""
    root = [copy.deepcopy(value)]
    for _ in range(generator.choice((1, 1, 1, 2, 3))):
        holder, key = generator.choice(list(_places(root)))
        action = generator.randrange(8)
        if action == 0 and holder is not root:
            del holder[key]
        elif action == 1 and isinstance(holder, list) and holder is not root:
            holder.insert(key, copy.deepcopy(holder[key]))
        elif action == 2 and isinstance(holder[key], int | float) and not isinstance(holder[key], bool):
            holder[key] = generator.choice((-holder[key], holder[key] * 1000, holder[key] + 1))
        elif action == 3:
            holder[key] = [holder[key]]
        elif action == 4:
            other, place = generator.choice(list(_places(root)))
            holder[key] = copy.deepcopy(other[place])
        else:
            holder[key] = copy.deepcopy(generator.choice(HOSTILE))
    return root[0]


def _places(holder: Any) -> Any:
    """Yield every list or object inside with each of its keys."""
    for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
        yield holder, key
        if isinstance(holder[key], dict | list) and holder[key]:
            yield from _places(holder[key])
