"""Words by which a contact opts out of texts, or back in (CO2)."""

import re
import unicodedata

#: Letters that are seen as nothing, though Unicode calls them letters.
_INVISIBLE = dict.fromkeys(map(ord, "\u0640\u115f\u1160\u3164\uffa0"))
#: What stands before a signature: a line of dashes or the like, or what phones and mail programs
#: write of themselves (English, Hebrew, Arabic, Polish).
_SIGNATURE = re.compile(
    r"[-–—_=~*]{2,}\s*$|[-–—~]\s*\w|(sent|get) (from|via|with|by|outlook)\b"
    r"|נשלח מ|נשלח באמצעות|(أ|ا)رسلت? من|تم الإرسال من|wys(ł|l)ano z|wys(ł|l)ane z",
    re.IGNORECASE,
)
#: A name below a text has no more words than this.
_NAME_WORDS = 3


def _fold(text):
    """:return: the words of a text as one writes them without any ornament: wide letters as plain
    ones, no tatweel, accents, vowel signs, punctuation, emoji or invisible characters"""
    text = unicodedata.normalize("NFKC", text or "").casefold()
    text = unicodedata.normalize("NFKD", text).translate(_INVISIBLE)
    return " ".join("".join(c for c in text if c.isalnum() or c.isspace()).split())


def _table(words):
    return frozenset(_fold(word) for word in words.split(","))


#: Hebrew, English, Arabic, Polish; the whole message must be one of them. The longer ones are
#: also labels of buttons by which templates let people go.
STOP = _table(
    "stop,unsubscribe,cancel,end,quit,stopall,stop all,optout,opt out,revoke,stop promotions,"
    "stop promotion,stop messages,stop marketing,remove me,"
    "stop texting,remove me from the list,"
    "הסר,הסירו,הסרה,עצור,הפסק,די,הסר אותי,הסירו אותי,הפסקת מבצעים,הפסק מבצעים,עצירת מבצעים,"
    "הפסקת פרסומות,להסיר,להסיר אותי,תסיר אותי,תסירו אותי,תפסיקו,"
    "הסר אותי מהרשימה,הסירו אותי מהרשימה,תסירו אותי מהרשימה,"
    "توقف,إلغاء,إيقاف,قف,أوقف,إلغاء الاشتراك,إيقاف العروض الترويجية,إيقاف العروض,"
    "koniec,usunąć,mnie usunąć,wypisać,wypisz,wypisz mnie,rezygnuję,usuń,usuń mnie,"
    "zatrzymaj promocje,zatrzymaj"
)
START = _table(
    "start,unstop,subscribe,optin,opt in,resume promotions,הצטרף,התחל,اشترك,ابدأ,zapisz,wznów"
)
#: What people put around such a word.
_POLITE = frozenset(map(_fold, ("please", "pls", "נא", "בבקשה", "proszę", "لطفا", "رجاء")))
#: On a button of ours these answer our question: an order is cancelled, a game ends.
_ANSWERS = _table("cancel,end,quit,די,إلغاء,قف,koniec,rezygnuję,usuń,start,התחל,ابدأ")


def answer_of(text, is_typed=True):
    """:param bool is_typed: the contact wrote it; else he picked it from what we offered
    :return: False for a stop word, True for a start word, None for anything else"""
    lines = [line.strip() for line in (text or "").splitlines()]
    said = _fold(" ".join(_without_signature(lines))).split()
    plain = [part for part in said if part not in _POLITE]
    word = " ".join(plain)
    # "Cancel, please" is about an order.
    if not word or word in _ANSWERS and (plain != said or not is_typed):
        return None
    for answer, table in ((False, STOP), (True, START)):
        # Who is angry writes it more than once.
        if word in table or set(plain) <= table:
            return answer
    return None


def _without_signature(lines):
    """:return: the lines above a signature, see :data:`_SIGNATURE`"""
    for n, line in enumerate(lines):
        is_below = any(map(_fold, lines[:n]))
        if is_below and (_SIGNATURE.match(line) or _is_name(lines, n)):
            return lines[:n]
    return lines


def _is_name(lines, n):
    """A few words at the very end: who writes, not what. Where letters have no case, they must
    stand apart from the text."""
    rest = " ".join(lines[n:]).split()
    apart, cased = not lines[n - 1], "".join(rest).lower() != "".join(rest).upper()
    return len(rest) <= _NAME_WORDS and (
        all(word[0].isupper() for word in rest) if cased else apart and bool(rest)
    )
