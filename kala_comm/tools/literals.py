"""Values that come as text, read as data; nothing of them is ever run as code (SC3)."""

import ast
import json

#: The largest id that a table can have.
MAX_ID = 2**31 - 1


def literal(text):
    """:param str text: a list, number, … as Python or as JSON writes it
    :return: the value
    :raise ValueError: if it is anything else"""
    for read in (ast.literal_eval, json.loads):
        try:
            return read(text.strip())
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
    raise ValueError(text)


def ids_of(value):
    """:param value: an id, a list of ids, or the text of one of them
    :return: list of ids, each once; None if it is anything else"""
    if isinstance(value, str):
        try:
            value = literal(value)
        except ValueError:
            return None
    ids = list(value) if isinstance(value, list | tuple) else [value]
    if not all(type(i) is int and 0 < i <= MAX_ID for i in ids):
        return None
    return list(dict.fromkeys(ids))
