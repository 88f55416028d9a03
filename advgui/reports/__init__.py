"""What an evaluation found: the report itself, its JSON, and its tables.

`report` has the data, `storage` the JSON, `published` the paper's figures, `tables` the text for people (terminal,
Markdown, LaTeX) and CSV.
"""
