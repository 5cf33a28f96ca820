"""Where the pages for people are (AD1)."""

import re

#: System parameter that names another place; "{page}" stands for the page.
PARAMETER = "kala_comm.help_url"
#: A page is a file of ``docs/user``.
DEFAULT = "https://github.com/kala-communication/kala-communication/blob/main/docs/user/{page}.md"
PAGE = re.compile(r"[a-z]+(/[a-z]+)?")


#: Language → pages that stand in it, too, each in a folder named after the language.
TRANSLATED = {"he": ("salesperson",), "pl": ("salesperson",)}


def address(base, page, lang=""):
    """Where a page for people is, in their language where it stands in it.

    :param str base: of the system parameter; empty: the project's own pages
    :param str page: such as ``manager``, or one in a folder of them
    :param str lang: code of the reader's language, such as ``he_IL``
    :return: the address, or None where it is no name of a page"""
    if not PAGE.fullmatch(page):
        return None
    language = lang.partition("_")[0]
    if not base and page in TRANSLATED.get(language, ()):
        page = f"{language}/{page}"
    return (base or DEFAULT).replace("{page}", page)
