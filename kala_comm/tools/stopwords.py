"""Words by which a contact opts out of texts, or back in (CO2)."""

import unicodedata

#: Hebrew, English, Arabic, Polish; the whole message must be one of them.
STOP = frozenset(
    "stop unsubscribe cancel end quit stopall optout"
    " הסר הסירו הסרה עצור הפסק די"
    " توقف الغاء إلغاء ايقاف إيقاف قف"
    " koniec wypisz rezygnuję rezygnuje usuń usun".split()
)
START = frozenset("start unstop subscribe optin הצטרף התחל اشترك ابدأ zapisz wznów wznow".split())


def _word(text):
    text = unicodedata.normalize("NFC", text or "").strip().casefold()
    return "".join(c for c in text if c.isalnum() or c.isspace()).strip()


def answer_of(text):
    """:return: False for a stop word, True for a start word, None for anything else"""
    word = _word(text)
    if word in STOP:
        return False
    return True if word in START else None
