"""The paper's columns."""

from advgui.types import PAPER_CHAIN, columns_of

COLUMNS = columns_of(PAPER_CHAIN)
KEYS = tuple(column.key for column in COLUMNS)
