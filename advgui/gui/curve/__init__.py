"""The strength of an attack: one axis that is a slider and carries the course of every column."""
