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
        holder, key = _place(root, generator)
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
            other, place = _place(root, generator)
            holder[key] = copy.deepcopy(other[place])
        else:
            holder[key] = copy.deepcopy(generator.choice(HOSTILE))
    return root[0]


def _place(holder: Any, generator: random.Random) -> tuple[Any, Any]:
    """Return a list or object inside with one of its keys; long lists are not likelier than others."""
    while True:
        key = generator.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        inside = holder[key]
        if not (isinstance(inside, dict | list) and inside) or generator.random() < 0.15:
            return holder, key
        holder = inside
