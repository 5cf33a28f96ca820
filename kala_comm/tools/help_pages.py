"""Where the pages for people are (AD1)."""

import re

#: System parameter that names another place; "{page}" stands for the page.
PARAMETER = "kala_comm.help_url"
#: A page is a file of ``docs/user``.
DEFAULT = "https://github.com/kala-communication/kala-communication/blob/main/docs/user/{page}.md"
PAGE = re.compile(r"[a-z]+(/[a-z]+)?")


def address(base, page):
    """Where a page for people is.

    :param str base: of the system parameter; empty: the project's own pages
    :param str page: such as ``manager``, or one in a folder of them
    :return: the address, or None where it is no name of a page"""
    if not PAGE.fullmatch(page):
        return None
    return (base or DEFAULT).replace("{page}", page)
