"""Texts of e-mails in the encodings that mail programs really use, named right or wrong."""

import codecs
import re
from email.charset import BASE64, Charset

#: Names that Python does not know, without their blanks, signs and beginnings → the encoding.
#: ``-i`` and ``-e`` only say in which order Hebrew and Arabic are stored (RFC 1556); mail programs
#: store them as they are spoken. Facts: https://encoding.spec.whatwg.org/#names-and-labels
_PATTERNS = (
    (re.compile(r"(?:hebrew)?iso8859(1[0-6]|[1-9])[ie]?"), "iso-8859-{}"),
    (re.compile(r"(?:windows|win|ms|ansi|cp|dos|ibm)(\d{3,5})"), "cp{}"),
    (re.compile(r"(?:unicode\d*)?utf(7|8)(?:mb\d)?"), "utf-{}"),
)
_NAMES = {
    "visual": "iso-8859-8",
    "logical": "iso-8859-8",
    "hebr": "windows-1255",
    "mshebr": "windows-1255",
    "msansi": "windows-1252",
    "suneugreek": "iso-8859-7",
    "isolatin9": "iso-8859-15",
    "koi": "koi8-r",
    "koi8": "koi8-r",
    "koi8ru": "koi8-u",
    "mac": "mac-roman",
    "macintosh": "mac-roman",
    "macroman": "mac-roman",
    "maccyrillic": "mac-cyrillic",
    "macukrainian": "mac-cyrillic",
    "gb2312": "gb18030",
    "gb231280": "gb18030",
    "gbk": "gb18030",
    "cnbig5": "big5",
    "big5": "big5",
    "sjis": "cp932",
    "windows31j": "cp932",
    "eucjp": "euc-jp",
    "eucpkdfmtjapanese": "euc-jp",
    "euckr": "cp949",
    "isoir149": "cp949",
    "ksc5601": "cp949",
    "ksc56011987": "cp949",
    "ksc56011989": "cp949",
    "ucs2": "utf-16",
    "iso10646ucs2": "utf-16",
    "unicode": "utf-16",
}
#: Two Hebrew letters of windows-1255 in a row, none of which touches a Latin letter: French and
#: Polish words have single such bytes among Latin letters.
_HEBREW = re.compile(rb"[\xe0-\xfa]{2}")
_MIXED = re.compile(rb"[A-Za-z][\xe0-\xfa]|[\xe0-\xfa][A-Za-z]")
#: Encoded words of a header (RFC 2047) of one charset, one after the other: programs cut them in
#: the middle of a letter.
_WORD = r"=\?{charset}(?:\*[^?]*)?\?[bBqQ]\?[^?]*\?="
_WORDS = re.compile(
    _WORD.format(charset=r"(?P<charset>[^?*\s]+)")
    + rf"(?:\s+{_WORD.format(charset='(?P=charset)')})*",
    re.IGNORECASE,
)
_ONE_WORD = re.compile(r"\?([bBqQ])\?([^?]*)\?=")
_UTF_8 = Charset("utf-8")
_UTF_8.header_encoding = BASE64


def known_name(name):
    """:param str name: of an encoding, as a message says it
    :return: a name that Python knows, empty where it is no encoding's
    """
    name = (name or "").strip("\"'; \t\r\n")
    return name if _is_known(name) else _known_alias(name)


def _known_alias(name):
    bare = re.sub(r"^(?:x[-_])+", "", name.lower())
    bare = re.sub(r"[^a-z0-9]", "", bare)
    for spelling in (bare, bare.removeprefix("cs")):
        found = _NAMES.get(spelling) or next(
            (
                encoding.format(match[1])
                for pattern, encoding in _PATTERNS
                if (match := pattern.fullmatch(spelling))
            ),
            "",
        )
        # An encoding that nobody has is none; no name may ask for itself again.
        if found and found.replace("-", "_") != name and _is_known(found):
            return found
    return ""


def _is_known(name):
    """:return: whether texts can be read with it; Python calls other things an encoding, too:
    base64, zip"""
    try:
        b" ".decode(name, "replace")
    except (LookupError, ValueError):
        return False
    return True


def _find(name):
    known = _known_alias(name)
    return codecs.lookup(known) if known else None


def register():
    """Teach this process these names, for headers and bodies alike: of a name that nobody knows
    Odoo loses the message."""
    codecs.register(_find)


def guess(raw):
    """:param bytes raw: a text whose encoding nobody knows
    :return: name of an encoding that can read it
    """
    try:
        raw.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        hebrew = _HEBREW.search(raw) and not _MIXED.search(raw)
        return "windows-1255" if hebrew else "windows-1252"


def fitting(raw, declared):
    """:param bytes raw: a text
    :param str declared: the encoding that its message names, perhaps none or a wrong one
    :return: name of the encoding to read it with: the declared one, unless most of what is not
        plain ASCII cannot be read with it; some damaged bytes do not make it wrong
    """
    known = known_name(declared or "ascii")
    if not known:
        return guess(raw)
    try:
        # What is cut off in the middle of a letter is no reason.
        codecs.getincrementaldecoder(known)().decode(raw)
        return known
    except UnicodeError:
        return known if _is_mostly_read(raw, known) else guess(raw)


def _is_mostly_read(raw, known):
    try:
        text = raw.decode(known, "replace")
    except UnicodeError:
        # Of names of hosts nothing can be left out.
        return False
    lost = text.count("\ufffd")
    return sum(char > "\x7f" for char in text) - lost > lost


def read(raw, declared):
    """:param bytes raw: a text
    :param str declared: the encoding that its message names
    :return: (its text, whether its message says how to read all of it)
    """
    encoding = fitting(raw, declared)
    is_right = _python_name(encoding) == _python_name(declared or "ascii")
    try:
        return raw.decode(encoding), is_right
    except UnicodeDecodeError:
        return raw.decode(encoding, "replace"), False


def _python_name(name):
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""


def mended_header(value):
    """:param str value: of a header as it came, its raw bytes as surrogates
    :return: the same, such that Python's e-mail library can read all of it: encoded words in
        encodings that nobody has or that are cut in the middle of a letter, raw bytes
    """
    value = re.sub(r"\r?\n(?=[ \t])", "", value)
    raw = value.encode("utf-8", "surrogateescape")
    if re.search(r"[\udc80-\udcff]", value):
        value = raw.decode(guess(raw), "replace")
    return _WORDS.sub(_mended_words, value)


def _mended_words(match):
    declared = match["charset"]
    parts = [_word_bytes(*word) for word in _ONE_WORD.findall(match[0])]
    if not all(part is not None for part in parts):
        return match[0]
    if all(_is_readable(part, declared) for part in parts):
        return match[0]
    text, _is_right = read(b"".join(parts), declared)
    return _UTF_8.header_encode(" ".join(text.split()))


def _is_readable(raw, encoding):
    try:
        raw.decode(encoding)
    except (LookupError, UnicodeError):
        return False
    return True


def _word_bytes(kind, text):
    """:return: bytes of an encoded word, None where it is none"""
    try:
        raw = text.encode("ascii")
        if kind in "bB":
            return codecs.decode(raw + b"=" * (-len(raw) % 4), "base64")
        return codecs.decode(raw.replace(b"_", b"=20"), "quopri")
    except (ValueError, UnicodeError):
        return None


register()
