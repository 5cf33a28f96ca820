"""Words of the log as PostgreSQL's full text index keeps them, and questions to it (LO11).

Words are cut and folded here, not by the database: what its own parser takes for a word, for a
small letter or for an accent depends on the locale with which the database was made, and its
extensions may not be there. So each language is found in each database, without any extension.
"""

import unicodedata
from functools import lru_cache

import phonenumbers
import regex

#: Characters and words of one text that are found; longer ones are e-mails with all they quote.
LONGEST, MOST = 20_000, 1000
#: Letters of a word that are kept: nobody types more of one.
WORD = 60
#: Characters before and after the first found word that are shown.
BEFORE, AROUND = 50, 160

#: A word. Hebrew abbreviations have their marks inside; of scripts that write no spaces each
#: sign stands for itself.
_SCRIPTS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = regex.compile(
    r"(?V1)[\u05d0-\u05ea]+(?:[\"'\u05f3\u05f4\u201d\u2019][\u05d0-\u05ea]+)+"
    rf"|[{_SCRIPTS}]\p{{M}}*|[[\p{{L}}\p{{N}}\p{{M}}]--[{_SCRIPTS}]]{{1,500}}"
)
#: Digits that may be a phone number in any spelling.
_NUMBER = regex.compile(
    r"(?<![\p{L}\p{N}])\+?\(?\d(?:[\s().\-/\u2010-\u2015]{0,2}\d){6,19}(?!\p{N})"
)
#: A question that is one number and nothing else.
_ONLY_NUMBER = regex.compile(r"[\s().\-/+\u2010-\u2015\d\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
#: Letters that no decomposition makes plain.
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe"}
)
#: Hebrew writes "and", "in", "from" … at the beginning of the word itself.
_HEBREW = regex.compile(r"[\u05d0-\u05ea]{4,}")
_GLUED, _MOST_GLUED, _SHORTEST = "ובהכלמש", 3, 3
#: A phrase: its marks stand at the edges of words, unlike those inside of Hebrew abbreviations.
_PHRASE = regex.compile(r'(?<!\S)["“„”«]([^"“„”«»]+)["”“»](?!\S)')


@lru_cache(maxsize=50_000)
def fold(word):
    """:return: the word without case, accents, points and cantillation"""
    plain = unicodedata.normalize("NFKD", word.casefold()).translate(_PLAIN)
    return "".join(c for c in plain if unicodedata.category(c)[0] in "LN")[:WORD]


@lru_cache(maxsize=50_000)
def _forms(word):
    """:return: tuple of a folded word and what is left of it without glued Hebrew letters"""
    forms = [word]
    if _HEBREW.fullmatch(word):
        for cut in range(1, _MOST_GLUED + 1):
            if word[cut - 1] not in _GLUED or len(word) - cut < _SHORTEST:
                break
            forms.append(word[cut:])
    return tuple(forms)


@lru_cache(maxsize=10_000)
def number_words(number):
    """:param str number: as it is written, in any spelling
    :return: tuple of digits by which it is found: all, without its country, its end"""
    digits = _digits(number)
    found = {digits, national(number), digits[-7:], digits[-4:]}
    return tuple(sorted(word for word in found if len(word) >= 4))


def national(number):
    """:return: digits of an international number without its country; of another one all"""
    try:
        return str(phonenumbers.parse(number).national_number)
    except phonenumbers.NumberParseException:
        return _digits(number)


def _digits(text):
    """:return: digits of a number, as they are kept: whatever is dialled before them"""
    return "".join(str(unicodedata.digit(c)) for c in text if c.isdigit()).lstrip("0")


def document(texts, number=""):
    """Make what the index keeps of a message.

    :param texts: iterable of texts, or of False
    :param str number: E.164 of the other party
    :return: text that PostgreSQL reads as ``tsvector``
    """
    places, place = [], 0
    for text in texts:
        text = (text or "")[:LONGEST]
        for found in _WORD.finditer(text):
            place += 1
            if place > MOST:
                break
            places += [(form, place) for form in _forms(fold(found[0])) if form]
        for found in _NUMBER.finditer(text):
            places += [(word, place or 1) for word in number_words(found[0])]
        # A phrase does not go from one text into the next.
        place += 1
    if number:
        places += [(word, place + 1) for word in number_words(number)]
    return " ".join(f"'{word}':{min(at, 16_000)}" for word, at in places if word)


class Question:
    """What somebody typed: words in any order, "words in this order", or a number.

    :ivar str query: text that PostgreSQL reads as ``tsquery``; empty: nothing to look for
    :ivar str digits: of a question that is a number and nothing else; else empty
    :ivar set starts: beginnings of what is found: folded words, or digits
    """

    def __init__(self, text, numbers=()):
        """:param str text: what was typed
        :param numbers: iterable of digits that a number may also be written with"""
        self.text = (text or "").strip()[:500]
        self.digits = ""
        self.starts = set()
        if _ONLY_NUMBER.fullmatch(self.text) and any(c.isdigit() for c in self.text):
            self.digits = "".join(c for c in self.text if c.isdigit())
        if len(self.digits) >= 7:
            self.starts = {_digits(self.text), *numbers} - {""}
            self.query = " | ".join(f"'{start}':*" for start in sorted(self.starts))
        else:
            self.query = " & ".join(self._parts())

    def _parts(self):
        """:return: list of parts of the query, each of which must be found"""
        parts = [self._part(found[1], is_phrase=True) for found in _PHRASE.finditer(self.text)]
        loose = _PHRASE.sub(" ", self.text)
        parts += [self._part(chunk) for chunk in loose.split()]
        return [part for part in parts[:20] if part]

    def _part(self, chunk, is_phrase=False):
        """What hangs together ("INV/2026/0045") is found together; the last word of it may go on.
        A phrase is as it was written."""
        words = [word for found in _WORD.finditer(chunk) if (word := fold(found[0]))]
        self.starts.update(words)
        if not words:
            return ""
        *first, last = [f"'{word}'" for word in words]
        return f"({' <-> '.join([*first, last if is_phrase else f'{last}:*'])})"

    def words(self):
        """:return: list of the words as they were typed"""
        return [found[0] for found in _WORD.finditer(self.text)][:10]

    def marked(self, text):
        """Show where the question is found in a text.

        :return: list of dicts ``text`` and ``hit``: plain text around the first place that is
            found, one line, the found words by themselves
        """
        text = " ".join((text or "")[:LONGEST].split())
        spans = self._spans(text)
        start = self._start(text, spans)
        end = min(len(text), start + AROUND + BEFORE)
        parts, at = [], start
        for first, last in spans:
            if first < at or last > end:
                continue
            parts += [
                {"text": text[at:first], "hit": False},
                {"text": text[first:last], "hit": True},
            ]
            at = last
        parts.append({"text": text[at:end], "hit": False})
        if start:
            parts.insert(0, {"text": "… ", "hit": False})
        if end < len(text):
            parts.append({"text": " …", "hit": False})
        return [part for part in parts if part["text"]]

    def _spans(self, text):
        """:return: sorted list of (start, end) of what is found"""
        starts = tuple(self.starts)
        spans = [
            found.span()
            for found in _NUMBER.finditer(text)
            if self.digits and any(form.startswith(starts) for form in number_words(found[0]))
        ]
        spans += [
            found.span()
            for found in _WORD.finditer(text)
            if any(form.startswith(starts) for form in _forms(fold(found[0])))
        ]
        return sorted(spans)

    @staticmethod
    def _start(text, spans):
        """:return: where the shown part begins: at a word, some words before the first hit"""
        if not spans or spans[0][0] <= BEFORE:
            return 0
        space = text.rfind(" ", 0, spans[0][0] - BEFORE // 2)
        return max(space + 1, spans[0][0] - BEFORE)
