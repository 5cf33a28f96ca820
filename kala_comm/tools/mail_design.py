"""The four designs of e-mails (EM3): tables with inline styles. Outlook knows no other widths than
those of tables, Gmail takes off what stands in ``<style>`` where the mail is clipped, and dark
clients turn colours round unless the mail says its own."""

from markupsafe import Markup

from .mail_layout import (
    FONTS,
    INK,
    LINE,
    MUTED,
    WHITE,
    direction,
    inline,
    mixed,
    parse,
    plain,
    readable,
)

#: Pixels that the text has at most.
WIDTH = 600
#: Characters that the list of a mailbox shows beside the subject.
TEASER = 110

#: What inline styles cannot say: narrow and dark screens. ``data-ogsc`` is Outlook's dark mode.
_STYLE = """
body{margin:0;padding:0;-webkit-text-size-adjust:100%;-ms-text-size-adjust:100%}
table{border-collapse:separate;mso-table-lspace:0;mso-table-rspace:0}
img{border:0;max-width:100%}
@media (max-width:480px){
.k-page{padding:0!important}.k-pad{padding-left:20px!important;padding-right:20px!important}
.k-title{font-size:23px!important;line-height:30px!important}
.k-button{width:100%!important}.k-button a{display:block!important}
.k-flat{border-radius:0!important}
.k-card{border-radius:0!important;border-left:0!important;border-right:0!important}}
@media (prefers-color-scheme:dark){
.k-bg{background-color:#18181b!important}.k-card{background-color:#26262b!important}
.k-ink{color:#f1f1f4!important}.k-muted{color:#b9b9c3!important}
.k-edge{border-color:#4a4a54!important}.k-box{background-color:#33333a!important}
.k-link{color:#9cc7ff!important}}
[data-ogsc] .k-ink{color:#f1f1f4!important}[data-ogsc] .k-muted{color:#b9b9c3!important}
[data-ogsc] .k-link{color:#9cc7ff!important}
"""

_DOCUMENT = Markup(
    '<!DOCTYPE html><html lang="%(lang)s" dir="%(dir)s"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width,initial-scale=1">'
    '<meta name="color-scheme" content="light dark">'
    '<meta name="supported-color-schemes" content="light dark">'
    "<title>%(title)s</title><style>%(style)s</style></head>"
    '<body class="k-bg" dir="%(dir)s" style="margin:0;padding:0;background-color:%(ground)s">'
    '<div style="display:none;font-size:1px;line-height:1px;max-height:0;max-width:0;opacity:0;'
    'overflow:hidden">%(teaser)s</div>'
    '<table role="presentation" class="k-bg" width="100%%" cellpadding="0" cellspacing="0" '
    'border="0" style="width:100%%;background-color:%(ground)s"><tr>'
    '<td class="k-page" align="center" style="padding:%(around)s">'
    '<!--[if mso]><table role="presentation" width="600" align="center"><tr><td><![endif]-->'
    '<table role="presentation" class="k-card k-edge" dir="%(dir)s" width="100%%" cellpadding="0" '
    'cellspacing="0" border="0" style="width:100%%;max-width:600px;margin:0 auto;'
    'background-color:#ffffff;font-family:%(font)s;text-align:%(side)s;%(card)s">'
    "%(head)s%(rows)s%(foot)s</table>"
    "<!--[if mso]></td></tr></table><![endif]-->"
    "</td></tr></table></body></html>"
)
_ROW = Markup('<tr><td class="k-pad %s" align="%s" style="padding:%s;%s">%s</td></tr>')


class Page:
    """One e-mail while it is written.

    :param str source: text with marks, see :mod:`.mail_layout`
    :param Look look:
    :param Frame frame:
    """

    def __init__(self, source, look, frame):
        self.look, self.frame = look, frame
        self.blocks = parse(source)
        self.text = plain(source)
        self.dir = direction(self.text, frame.lang)
        self.is_centered = look.design == "soft"
        start = "right" if self.dir == "rtl" else "left"
        self.side = "center" if self.is_centered else start
        self.start = start
        #: Words in the colour of the company must be legible on white.
        self.word_color = readable(look.color, WHITE)
        self.on_color = readable(look.on_color, look.color, 3)

    def html(self):
        """:return: str: the whole document"""
        look = self.look
        ground = {
            "card": "#f2f2f5",
            "band": "#f2f2f5",
            "soft": mixed(look.color, 0.86),
        }.get(look.design, WHITE)
        head = self._head()
        return str(
            _DOCUMENT
            % {
                "lang": (self.frame.lang or "en").replace("_", "-"),
                "dir": self.dir,
                "title": self.frame.title or "",
                "style": Markup(_STYLE),
                "ground": ground,
                "teaser": " ".join(self.text.split())[:TEASER],
                "around": "0" if look.design == "letter" else "28px 12px",
                "font": Markup(FONTS.get(look.font) or FONTS["sans"]),
                "side": self.side,
                "card": self._card_style(),
                "head": head,
                "rows": Markup("").join(self._rows()),
                "foot": self._foot(),
            }
        )

    def _card_style(self):
        return {
            "card": f"border:1px solid {LINE};border-top:4px solid {self.look.color};"
            "border-radius:8px",
            "band": "border-radius:8px;overflow:hidden",
            "soft": "border-radius:16px",
        }.get(self.look.design, "")

    # ------------------------------------------------------------------ head and foot

    def _head(self):
        """The company, and in a band the title as well."""
        if self.look.design != "band":
            space = "28px 36px 4px" if self.look.design != "letter" else "24px 24px 4px"
            return _ROW % ("", self.side, space, "", self._brand(self.word_color, "k-link"))
        title = Markup("")
        if self.blocks and self.blocks[0].kind == "title":
            title = self._title(self.blocks.pop(0), self.on_color, "")
        color = self.look.color
        style = f"background-color:{color};border-radius:8px 8px 0 0;text-align:{self.side}"
        brand = self._brand(self.on_color, "")
        band = _ROW % ("k-flat", self.side, "26px 36px 26px", style, brand + title)
        return band + _ROW % ("", self.side, "0 0 12px", "font-size:0;line-height:0", "")

    def _brand(self, color, css):
        if self.frame.logo:
            return Markup(
                '<img src="%s" alt="%s" height="44" style="display:inline-block;height:44px;'
                'width:auto;max-width:220px;font-size:18px;font-weight:bold;color:%s">'
            ) % (self.frame.logo, self.frame.company, color)
        return Markup(
            '<span class="%s" style="font-size:18px;line-height:24px;font-weight:bold;color:%s">'
            "%s</span>"
        ) % (css, color, self.frame.company)

    def _foot(self):
        shown = [line for line in self.frame.footer if (line or "").strip()]
        lines = [Markup('<span dir="auto">%s</span>') % line for line in shown]
        if not lines:
            return _ROW % ("", self.side, "0 0 28px", "font-size:0;line-height:0", "")
        style = f"font-size:12px;line-height:18px;color:{MUTED};text-align:{self.side}"
        rule = Markup(
            '<div class="k-edge" style="border-top:1px solid %s;padding-top:14px">%s</div>'
        ) % (LINE, Markup("<br>").join(lines))
        space = "20px 36px 28px" if self.look.design != "letter" else "20px 24px 28px"
        return _ROW % ("k-muted", self.side, space, style, rule)

    # ------------------------------------------------------------------ blocks

    def _rows(self):
        """Rows of details that follow each other are one table, items one list."""
        place = 0
        while place < len(self.blocks):
            block = self.blocks[place]
            end = place + 1
            if block.kind in ("row", "item"):
                while end < len(self.blocks) and self.blocks[end].kind == block.kind:
                    end += 1
                yield self._group(block.kind, self.blocks[place:end])
            else:
                yield getattr(self, f"_row_{block.kind}")(block)
            place = end

    def _row(self, content, css="k-ink", style="", space="6px"):
        side = "36px" if self.look.design != "letter" else "24px"
        base = f"font-size:16px;line-height:25px;color:{INK};text-align:{self.side};"
        return _ROW % (css, self.side, f"{space} {side}", base + style, content)

    def _title(self, block, color, css):
        return Markup(
            '<h1 class="k-title %s" style="margin:14px 0 0;font-size:28px;line-height:36px;'
            'font-weight:bold;color:%s">%s</h1>'
        ) % (css, color, inline(block.text, color))

    def _row_title(self, block):
        return self._row(self._title(block, INK, "k-ink"), space="4px")

    def _row_subtitle(self, block):
        words = Markup(
            '<h2 class="k-ink" style="margin:10px 0 0;font-size:19px;line-height:26px;color:%s">'
            "%s</h2>"
        )
        return self._row(words % (INK, inline(block.text, self.word_color)), space="4px")

    def _row_text(self, block):
        return self._row(inline(block.text, self.word_color), space="8px")

    def _row_line(self, _block):
        line = Markup(
            '<div class="k-edge" style="border-top:1px solid %s;font-size:0">&nbsp;</div>'
        )
        return self._row(line % LINE, space="12px")

    def _row_note(self, block):
        ground = mixed(self.look.color, 0.9)
        box = Markup(
            '<table role="presentation" width="100%%" cellpadding="0" cellspacing="0" border="0">'
            '<tr><td class="k-box k-ink" style="padding:14px 18px;border-radius:6px;'
            "background-color:%s;color:%s;font-size:16px;line-height:24px;text-align:%s;"
            'border-%s:4px solid %s">%s</td></tr></table>'
        )
        words = inline(block.text, self.word_color)
        return self._row(
            box % (ground, INK, self.side, self.start, self.look.color, words), space="10px"
        )

    def _row_button(self, block):
        button = Markup(
            '<table role="presentation" class="k-button" cellpadding="0" cellspacing="0" border="0"'
            '%s><tr><td align="center" bgcolor="%s" style="border-radius:6px;background-color:%s">'
            '<a href="%s" style="display:inline-block;padding:13px 30px;font-size:16px;'
            "line-height:22px;font-weight:bold;color:%s;text-decoration:none;border-radius:6px;"
            'font-family:%s">%s</a></td></tr></table>'
        )
        align = Markup(' align="center"') if self.is_centered else Markup("")
        font = Markup(FONTS.get(self.look.font) or FONTS["sans"])
        color = self.look.color
        words = inline(block.text, self.on_color)
        return self._row(
            button % (align, color, color, block.more, self.on_color, font, words), space="14px"
        )

    def _row_image(self, block):
        image = Markup(
            '<img src="%s" alt="%s" width="528" style="display:block;width:100%%;max-width:528px;'
            'height:auto;border-radius:6px;margin:0 auto">'
        )
        words = str(inline(block.text, INK).striptags())
        return self._row(image % (block.more, words), space="10px")

    def _group(self, kind, blocks):
        one = self._detail if kind == "row" else self._item
        table = Markup(
            '<table role="presentation" width="100%%" cellpadding="0" cellspacing="0" border="0" '
            'dir="%s" style="width:100%%">%s</table>'
        )
        return self._row(table % (self.dir, Markup("").join(map(one, blocks))), space="10px")

    def _detail(self, block):
        cell = "padding:10px 0;font-size:15px;line-height:22px;vertical-align:top"
        end = "left" if self.start == "right" else "right"
        return Markup(
            '<tr><td class="k-muted k-edge" width="42%%" align="%s" style="%s;color:%s;'
            'border-bottom:1px solid %s">%s</td><td class="k-ink k-edge" align="%s" style="%s;'
            'color:%s;font-weight:bold;border-bottom:1px solid %s"><span dir="auto">%s</span>'
            "</td></tr>"
        ) % (
            *(self.start, cell, MUTED, LINE, inline(block.text, self.word_color)),
            *(end, cell, INK, LINE, inline(block.more, self.word_color)),
        )

    def _item(self, block):
        cell = "padding:4px 0;font-size:16px;line-height:24px;vertical-align:top"
        return Markup(
            '<tr><td class="k-link" width="22" align="%s" style="%s;color:%s">•</td>'
            '<td class="k-ink" align="%s" style="%s;color:%s">%s</td></tr>'
        ) % (
            *(self.start, cell, self.word_color),
            *(self.start, cell, INK, inline(block.text, self.word_color)),
        )


def html(source, look, frame):
    """:return: str: the e-mail as a whole document"""
    return Page(source, look, frame).html()
