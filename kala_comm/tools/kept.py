"""Sentences that are kept before anybody knows who reads them: what a job, a thread or a webhook
found out. They are kept in English, and read in the reader's language."""

import functools
import re

from odoo.tools.translate import code_translations

#: What may stand around a sentence: codes, such as "(100/33) " and " (-2)".
_AROUND = re.compile(r"(\([^()]*\) )?(.*?)( \([^()]*\))?", re.S)
_PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[-+ #0]*[\d.]*[a-zA-Z]|%%")
_WORD = re.compile(r"[A-Za-z]{2,}")


def kept(sentence):
    """:param LazyGettext sentence: ``_lt("…", name=value)``
    :return: the sentence in English, to be kept"""
    return sentence._translate("en_US")


@functools.lru_cache(maxsize=1024)
def read_kept(text, modules, lang):
    """Say a sentence that was kept in the language of who reads it now. A list shows the same few
    sentences again and again, so what was looked up last is remembered; catalogues do not change
    while a server runs.

    :param str text: what :func:`kept` made; codes in brackets may stand before and behind it
    :param tuple modules: names of the addons in whose catalogues it may stand
    :param str lang: code of the reader's language
    :return: the sentence; the text itself where no catalogue has it, such as a provider's own words
    """
    catalogues = [code_translations.get_python_translations(name, lang) for name in modules]
    before, inner, after = _AROUND.fullmatch(text).groups("")
    for start, sentence, end in (("", text, ""), (before, inner, after)):
        for catalogue in catalogues:
            if found := catalogue.get(sentence) or _filled(sentence, catalogue):
                return f"{start}{found}{end}"
    return text


def _filled(sentence, catalogue):
    """:return: the translation of a sentence into which values were put; None where it is none"""
    for term, pattern in _patterns(tuple(catalogue)):
        if match := pattern.fullmatch(sentence):
            return _put(catalogue[term], _names(term), match.groups())
    return None


def _names(term):
    """:return: list of the placeholders' names, None for those that have a place only"""
    return [found[1] for found in _PLACEHOLDER.finditer(term) if found[0] != "%%"]


def _put(translation, names, values):
    by_name = dict(zip(names, values, strict=True))
    by_place = iter(values)

    def value(match):
        if match[0] == "%%":
            return "%"
        return by_name.get(match[1], "") if match[1] else next(by_place, "")

    return _PLACEHOLDER.sub(value, translation)


@functools.lru_cache(maxsize=64)
def _patterns(terms):
    """:return: list of (term, its pattern), those first that say most themselves. A term of less
    than two words, such as "%s: %s", would match anything."""
    made = []
    for term in terms:
        fixed = _PLACEHOLDER.sub("\0", term)
        if "\0" in fixed and len(_WORD.findall(fixed)) > 1:
            made.append((len(fixed), term, re.compile(_pattern(term), re.S)))
    return [(term, pattern) for _length, term, pattern in sorted(made, reverse=True)]


def _pattern(term):
    parts, end = [], 0
    for found in _PLACEHOLDER.finditer(term):
        parts.append(re.escape(term[end : found.start()]))
        parts.append("%" if found[0] == "%%" else "(.*)")
        end = found.end()
    return "".join(parts) + re.escape(term[end:])
