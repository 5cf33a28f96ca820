"""Reading fields out of form e-mails: by label, by pattern, by table cell (MX2)."""

import re

from lxml import html as lxml_html

#: Characters of an e-mail that are looked at, and of a value.
TEXT_LIMIT = 50_000
VALUE_LIMIT = 500
#: Characters of a pattern.
PATTERN_LIMIT = 300


def check_pattern(pattern):
    """:raise ValueError: with what is wrong with it"""
    if len(pattern) > PATTERN_LIMIT:
        raise ValueError(f"longer than {PATTERN_LIMIT} characters")
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(str(error)) from error
    if compiled.groups != 1:
        raise ValueError("it needs exactly one group in round brackets: what it should find")
    # A repeated group that itself repeats takes for ever on a text that almost fits.
    if re.search(r"\([^()]*[+*][^()]*\)[+*{]", pattern):
        raise ValueError("a repeated group must not contain another repetition")


def by_label(text, label):
    """Find what follows a label: on its line, else on the next line that is not empty."""
    wanted = label.strip().rstrip(":").casefold()
    lines = [line.strip() for line in text[:TEXT_LIMIT].splitlines()]
    for n, line in enumerate(lines):
        plain = line.strip("*_ \u200e\u200f")
        if not plain.casefold().startswith(wanted):
            continue
        rest = plain[len(wanted) :].lstrip("*_ ")
        if rest and rest[0] not in ":：=-–":
            continue
        value = rest.lstrip(":：=-–*_ ").strip()
        following = (following for following in lines[n + 1 :] if following)
        return _value(value or next(following, ""))
    return ""


def by_pattern(text, pattern):
    """:return: the first group of the first place where the pattern fits"""
    found = re.search(pattern, text[:TEXT_LIMIT])
    return _value(found.group(1) or "") if found else ""


def by_cell(html, label):
    """Find the cell after the one that says the label; in a row or in the column below it."""
    if not html or "<t" not in html.lower():
        return ""
    wanted = label.strip().rstrip(":").casefold()
    try:
        tree = lxml_html.fromstring(html)
    except (ValueError, lxml_html.etree.ParserError):
        return ""
    for table in tree.iter("table"):
        rows = [
            [" ".join(cell.text_content().split()) for cell in row.iter("td", "th")]
            for row in table.iter("tr")
        ]
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if cell.rstrip(": ").casefold() != wanted:
                    continue
                if c + 1 < len(row) and row[c + 1]:
                    return _value(row[c + 1])
                if r + 1 < len(rows) and c < len(rows[r + 1]):
                    return _value(rows[r + 1][c])
    return ""


def _value(text):
    return " ".join(text.split())[:VALUE_LIMIT]
