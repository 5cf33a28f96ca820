"""Designed e-mails (EM3): a text with a few marks becomes tables with inline styles, as mail
clients need them, and a plain text for those who read no HTML.

The marks, each at the beginning of a line:

- ``# Title`` and ``## Smaller title``
- ``* item`` of a list, ``> note`` in a box, ``---`` a line across
- ``| name | value |`` a row of details; it is left out where the value is empty
- ``[Words](https://…)`` alone in its line: a button; it is left out where there is no link
- ``![words](https://…)`` an image
- everywhere: ``**bold**`` and ``[words](https://…)``

What stands for a placeholder is text and nothing else: :func:`quote` takes the meaning off its
marks, so that no customer writes links into our e-mails by his name (TE2).
"""

import re
import unicodedata
from typing import NamedTuple

from markupsafe import Markup, escape

#: Characters that mean something in a text, and what stands for them where they mean nothing.
_MARKS = "#*>-|[]()!:\n"
_QUOTED = {ord(mark): chr(0xE010 + n) for n, mark in enumerate(_MARKS)}
_QUOTED[ord("\r")] = None
_UNQUOTED = {0xE010 + n: mark.replace("\n", " ") for n, mark in enumerate(_MARKS)}

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_LINK = r"\[([^\[\]\n]*)\]\(([^()\s]*)\)"
_BUTTON = re.compile(rf"^{_LINK}$")
_IMAGE = re.compile(rf"^!{_LINK}$")
_INLINE = re.compile(rf"\*\*([^*\n]+)\*\*|{_LINK}|(https?://[^\s<>\"]+[^\s<>\".,;:!?)\]])")
_PHONE = re.compile(r"(?<![\w/.-])(\+?\d[\d ()-]{6,}\d)(?![\w/-])")
#: Where a link may lead: anything else, such as javascript:, is no link.
_SAFE = re.compile(r"(?:https?://[^\s\"<>]+|mailto:[^\s\"<>]+|tel:[+\d][\d\s-]*)", re.IGNORECASE)

#: Languages that are written from right to left.
RIGHT_TO_LEFT = ("he", "ar", "fa", "ur", "yi")
WHITE, INK, MUTED, LINE = "#ffffff", "#26262b", "#6b6b76", "#e3e3e8"
FONTS = {
    "sans": "Arial,Helvetica,sans-serif",
    "serif": "Georgia,'Times New Roman',serif",
}


class Block(NamedTuple):
    """One part of an e-mail.

    :ivar str kind: ``title``, ``subtitle``, ``text``, ``item``, ``note``, ``line``, ``row``,
        ``button``, ``image``
    :ivar str text: words, marks within the line included
    :ivar str more: value of a row; link of a button or image
    """

    kind: str
    text: str
    more: str = ""


class Look(NamedTuple):
    """How an e-mail looks.

    :ivar str design: one of :data:`DESIGNS`
    :ivar str color: of bands and buttons, such as #875A7B
    :ivar str on_color: of words on it
    :ivar str font: key of :data:`FONTS`
    """

    design: str
    color: str
    on_color: str
    font: str = "sans"


class Frame(NamedTuple):
    """What stands around the text.

    :ivar str title: the subject
    :ivar str lang: language code, such as he_IL
    :ivar str company: its name
    :ivar str logo: address of its logo; empty: its name stands there
    :ivar list footer: lines with the details of the company
    """

    title: str
    lang: str
    company: str
    logo: str = ""
    footer: tuple = ()


# ---------------------------------------------------------------------- text


def quote(text):
    """:return: the text, none of whose characters is a mark"""
    return text.translate(_QUOTED)


def _unquote(text):
    return text.translate(_UNQUOTED)


def parse(source):
    """:param str source: a text with marks
    :return: list of Blocks"""
    blocks, paragraph = [], []
    for line in [*(source or "").split("\n"), ""]:
        line = line.strip()
        block = _marked(line) if line else None
        if block is None and line:
            paragraph.append(line)
            continue
        if paragraph:
            blocks.append(Block("text", "\n".join(paragraph)))
            paragraph = []
        if block and not _is_empty(block):
            blocks.append(block)
    return blocks


def _marked(line):
    """:return: Block of a line that begins with a mark, None for another"""
    for mark, kind in (("## ", "subtitle"), ("# ", "title"), ("* ", "item"), ("> ", "note")):
        if line.startswith(mark):
            return Block(kind, line[len(mark) :].strip())
    if re.fullmatch(r"-{3,}", line):
        return Block("line", "")
    if len(line) > 1 and line.startswith("|") and line.endswith("|"):
        name, _bar, value = line[1:-1].partition("|")
        return Block("row", name.strip(), value.strip())
    for pattern, kind in ((_IMAGE, "image"), (_BUTTON, "button")):
        found = pattern.match(line)
        if found:
            return Block(kind, found[1].strip(), safe_link(_unquote(found[2])))
    return None


def _is_empty(block):
    if block.kind == "line":
        return False
    return not block.more if block.kind in ("row", "button", "image") else not block.text


def safe_link(link):
    """:return: the link, empty where it leads to no page, mailbox or phone"""
    link = link.strip()
    return link if _SAFE.fullmatch(link) else ""


def plain(source):
    """:return: the text as people read it without HTML"""
    parts, before = [], ""
    for block in parse(source):
        words = _plain_inline(block.text)
        shown = {
            "item": f"• {words}",
            "line": "–––",
            "row": f"{words}: {_plain_inline(block.more)}",
            "button": f"{words}: {block.more}",
            "image": words,
        }.get(block.kind, words)
        if parts and not (block.kind == before and before in ("item", "row")):
            parts.append("")
        parts.append(shown)
        before = block.kind
    return "\n".join(parts).strip()


def _plain_inline(text):
    def words(found):
        if found[1]:
            return found[1]
        if found[4]:
            return found[4]
        link = safe_link(_unquote(found[3]))
        return f"{found[2]} ({link})" if link else found[2]

    return _unquote(_INLINE.sub(words, text))


def inline(text, color):
    """:return: Markup of words: bold, links, line breaks; all else is text"""
    parts, end = [], 0
    for found in _INLINE.finditer(text):
        parts.append(_words(text[end : found.start()]))
        parts.append(_inline_mark(found, color))
        end = found.end()
    return Markup("").join([*parts, _words(text[end:])])


def _inline_mark(found, color):
    if found[1]:
        return Markup("<strong>%s</strong>") % _words(found[1])
    words, link = (found[4], found[4]) if found[4] else (found[2], found[3])
    link = safe_link(_unquote(link))
    if not link:
        return _words(words)
    style = f"color:{color};text-decoration:underline"
    return Markup('<a href="%s" class="k-link" style="%s">%s</a>') % (link, style, _words(words))


def _words(text):
    return Markup("<br>").join(map(_one_line, text.split("\n")))


def _one_line(text):
    """A phone number stays in its order also in a text that is written from right to left."""
    parts = _PHONE.split(_unquote(text))
    return Markup("").join(
        Markup('<span dir="ltr" style="white-space:nowrap">%s</span>') % part if n % 2 else part
        for n, part in enumerate(map(escape, parts))
    )


def direction(text, lang=""):
    """:param str lang: language of its reader, such as he_IL: a short Hebrew text with a long
        English name in it is Hebrew all the same
    :return: ``rtl`` where the text is written from right to left"""
    kinds = [unicodedata.bidirectional(c) for c in text or ""]
    right = sum(kind in ("R", "AL") for kind in kinds)
    least = 0.2 if re.split(r"[_-]", lang or "")[0] in RIGHT_TO_LEFT else 0.5
    return "rtl" if right > least * (right + kinds.count("L")) else "ltr"


# ---------------------------------------------------------------------- colours


def color_or(color, usual):
    """:return: a colour as #rrggbb; ``usual`` where it is none"""
    color = (color or "").strip()
    return color if _COLOR.fullmatch(color) else usual


def _light(color):
    """:return: how light a colour is, from 0 to 1 (WCAG 2, relative luminance)"""
    parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """:return: of two colours, from 1 to 21 (WCAG 2)"""
    light, dark = sorted((_light(one), _light(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(wanted, ground, least=4.5):
    """:return: the wanted colour of words where it can be read on the ground, else black or
    white"""
    if contrast(wanted, ground) >= least:
        return wanted
    return max((WHITE, INK), key=lambda color: contrast(color, ground))


def mixed(color, share):
    """:return: the colour with so much white: 0 is the colour, 1 is white"""
    parts = [int(color[n : n + 2], 16) for n in (1, 3, 5)]
    return "#" + "".join(f"{round(p + (255 - p) * share):02x}" for p in parts)
