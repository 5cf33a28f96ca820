"""What a provider says of the way to connect it (AD1)."""

from typing import NamedTuple


class GuideStep(NamedTuple):
    """One step of the guided page of a provider.

    :ivar str text: what to do, in the reader's language
    :ivar str link: where it is done
    :ivar str link_words: what the link is called
    :ivar tuple fields: names of the fields of ``kala.connection`` that are filled in at this step
    :ivar tuple shows: names of the fields that are copied from here: ``webhook_url``,
        ``webhook_token``
    :ivar bool asks_line: whether a number or sender of ours is entered at this step
    """

    text: str
    link: str = ""
    link_words: str = ""
    fields: tuple = ()
    shows: tuple = ()
    asks_line: bool = False
