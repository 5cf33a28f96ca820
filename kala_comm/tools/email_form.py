"""Reading fields out of form e-mails: by label, by pattern, by table cell (MX2)."""

import bisect
import re
import time
from typing import NamedTuple

import regex
from lxml import html as lxml_html

#: Characters of an e-mail that are looked at, and of a value.
TEXT_LIMIT = 50_000
HTML_LIMIT = 1_000_000
VALUE_LIMIT = 500
#: Cells of an e-mail that are looked at, and characters of each: more than a label or a value has.
CELL_LIMIT = 20_000
CELL_TEXT_LIMIT = 2 * VALUE_LIMIT
#: Seconds that the fields of one e-mail may take together.
READ_TIME = 10
#: Characters of a pattern.
PATTERN_LIMIT = 300
#: Seconds of computing that a pattern may take; on a busy machine they last longer.
SEARCH_TIME = 1
#: Characters of the texts on which a new pattern is tried.
TRIAL_LENGTH = 10_000

_DIRECTION_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_BLANKS = re.compile(r"\s+")
#: A line that tells another field; a time of day or a web address is none.
_LABELLED = re.compile(r"[^:：]{1,40}[:：](\s|$)")


class TooSlow(Exception):
    """A pattern takes for ever on a text that almost fits."""


def check_broken(pattern):
    """:raise ValueError: with what is wrong with a pattern, as far as it can be seen"""
    if len(pattern) > PATTERN_LIMIT:
        raise ValueError(f"longer than {PATTERN_LIMIT} characters")
    try:
        compiled = regex.compile(pattern)
    except (regex.error, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from error
    if compiled.groups != 1:
        raise ValueError("it needs exactly one group in round brackets: what it should find")


def check_pattern(pattern):
    """:raise ValueError: with what is wrong with a pattern, also that it takes too long"""
    check_broken(pattern)
    if re.search(r"\([^()]*[+*][^()]*\)[+*{]", pattern):
        raise ValueError("a repeated group must not contain another repetition")
    try:
        search(pattern, _trials(pattern))
    except TooSlow as error:
        raise ValueError(
            "it takes too long on some texts; say more exactly what to find"
        ) from error


def _trials(pattern):
    """:return: texts of the kind on which a pattern that repeats in two ways takes for ever"""
    own = "".join(re.findall(r"\w", re.sub(r"\\.", "", pattern))) or "a"
    letters = sorted(set(own))[:6]
    pairs = [first + second for first in letters for second in letters]
    units = ("a", "1", " ", "\n", "a1 ", "-", "a@a.", own, *pairs)
    # What a pattern ends with may have to stand in the text before it is looked for at all.
    ends = ("!\x00", f"!\x00{own}", f"!\x00{own}!")
    return [(unit * TRIAL_LENGTH)[:TRIAL_LENGTH] + end for unit in units for end in ends]


def search(pattern, texts):
    """Look for a pattern in some texts. Python's own ``re`` cannot stop a pattern that takes for
    ever, and a customer could hold up all e-mails with it (MX2); ``regex`` can.

    :return: list of the first group in each text, None where the pattern does not fit
    :raise TooSlow: if all the texts together took longer than :data:`SEARCH_TIME`
    """
    compiled, found = regex.compile(pattern), []
    # The clock of this process, as ``regex`` counts: what others compute is no fault of a pattern.
    end = time.process_time() + SEARCH_TIME
    for text in texts:
        left = end - time.process_time()
        if left <= 0:
            raise TooSlow(pattern)
        try:
            match = compiled.search(text, timeout=left)
        except TimeoutError as error:
            raise TooSlow(pattern) from error
        found.append(match and (match.group(1) or ""))
    return found


def by_label(text, label, others=(), is_free=False):
    """Find what follows a label: on its line, else on the next line that is not empty, unless
    that one tells another field: this one was left empty.

    :param others: the labels that are known beside this one
    :param bool is_free: what people write there may begin like a label of its own
    """
    wanted = _label(label)
    if not wanted:
        return ""
    lines = [_plain(line) for line in text[:TEXT_LIMIT].splitlines()]
    for n, line in enumerate(lines):
        plain = line.strip("*_ ")
        if not plain.casefold().startswith(wanted):
            continue
        rest = plain[len(wanted) :].lstrip("*_ ")
        if rest and rest[0] not in ":：=-–":
            continue
        value = rest.lstrip(":：=-–*_ ").strip()
        following = next((line for line in lines[n + 1 :] if line), "")
        named = _LABELLED.match(following.replace("*", ""))
        if named and (not is_free or _label(re.split("[:：]", named[0])[0]) in _labels(others)):
            following = ""
        return _value(value or following)
    return ""


def by_pattern(text, pattern):
    """:return: the first group of the first place where the pattern fits
    :raise ValueError: if the pattern is broken
    :raise TooSlow: if it takes too long on this text
    """
    check_broken(pattern)
    [found] = search(pattern, [text[:TEXT_LIMIT]])
    return _value(found or "")


def by_cell(html, label, others=()):
    """Find the cell after the one that says the label, or below it in a table with a head.

    :param html: text, or the tables of :func:`read_tables`
    :param others: the labels that are known beside this one: where one follows, it is a head
    """
    wanted = _label(label)
    if not wanted:
        return ""
    labels = _labels(others)
    for rows in read_tables(html) if isinstance(html, str) else html:
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                told = _told_by(rows, r, c, labels) if cell.label == wanted else None
                if told is not None:
                    return told.value
    return ""


class Cell(NamedTuple):
    """A cell of a table, as it is compared and as it is told."""

    tag: str
    label: str
    value: str


def read_tables(html):
    """Read the tables of an e-mail, in one walk through it: a cell belongs to its innermost table,
    and its text is all that stands in it.

    :return: list of tables, in the order of their beginnings, of rows, of :class:`Cell`
    """
    if not html or "<t" not in html.lower():
        return []
    try:
        # The encoding that it names has been dealt with.
        tree = lxml_html.fromstring(re.sub(r"^\s*<\?xml[^>]*>", "", html[:HTML_LIMIT]))
    except (ValueError, lxml_html.etree.ParserError):
        return []
    reading = _Reading()
    for event, node in lxml_html.etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
        reading.step(event, node)
        if reading.count >= CELL_LIMIT:
            break
    # Cells that the walk did not come to the end of.
    return [[[cell for cell in row if cell] for row in rows] for rows in reading.tables]


class _Reading:
    """The walk through the tables of an e-mail.

    :ivar list tables: what was read
    :ivar int count: cells that were read
    """

    def __init__(self):
        self.tables, self.count = [], 0
        #: All its text, in pieces, and how long it is up to each of them.
        self._pieces, self._ends = [], [0]
        self._open_tables, self._open_cells = [], []

    def step(self, event, node):
        if event == "start":
            self._begin(node)
            self._add(node.text)
            return
        if event == "end":
            self._end(node)
        self._add(node.tail)

    def _add(self, text):
        if text:
            piece = _BLANKS.sub(" ", text)[:CELL_TEXT_LIMIT]
            self._pieces.append(piece)
            self._ends.append(self._ends[-1] + len(piece))

    def _begin(self, node):
        if node.tag == "table":
            self._open_tables.append([])
            self.tables.append(self._open_tables[-1])
        elif node.tag == "tr" and self._open_tables:
            self._open_tables[-1].append([])
        elif node.tag in ("td", "th") and self._open_tables:
            table = self._open_tables[-1]
            if not table:
                table.append([])
            # Its place is kept: cells inside it end before.
            table[-1].append(None)
            self._open_cells.append((node, table[-1], len(table[-1]) - 1, len(self._pieces)))

    def _end(self, node):
        if node.tag == "table" and self._open_tables:
            self._open_tables.pop()
        elif self._open_cells and self._open_cells[-1][0] is node:
            _node, row, place, first = self._open_cells.pop()
            row[place] = self._cell(node.tag, first)
            self.count += 1

    def _cell(self, tag, first):
        """Only as much of it is read as can be of use: the cells of a layout hold whole e-mails."""
        last = bisect.bisect_left(self._ends, self._ends[first] + CELL_TEXT_LIMIT, first)
        text = _plain("".join(self._pieces[first:last]))
        is_whole = last >= len(self._pieces)
        return Cell(tag, _label(text) if is_whole else "", text[:VALUE_LIMIT])


def _told_by(rows, r, c, labels):
    """:return: the cell that a label tells of: the one after it, perhaps left empty; below it in
    a head, where another of the labels follows, or where the row ends; None where there is none"""
    after = rows[r][c + 1 : c + 2]
    below = rows[r + 1][c : c + 1] if r + 1 < len(rows) else []
    is_head = below and below[0].tag == "td" and all(cell.tag == "th" for cell in rows[r])
    if after and after[0].label in labels:
        is_head, after = True, []
    return next(iter(below + after if is_head else after + below), None)


def _label(text):
    """:return: a label as it is compared: without colon, in any case"""
    return _plain(text).strip("*_ ").rstrip(":： ").casefold()


def _labels(texts):
    return {label for label in map(_label, texts) if label}


def _plain(text):
    """:return: text without direction marks, with plain single blanks"""
    return " ".join(_DIRECTION_MARKS.sub("", text).split())


def _value(text):
    return _plain(text)[:VALUE_LIMIT]
