import re

from odoo import models
from odoo.exceptions import UserError

from ...tools import placeholders

#: A variable in a text that a provider keeps.
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
#: What begins syntax of ours, with what follows too; a provider's text may have it as plain
#: characters.
_SYNTAX = re.compile(r"\{[{%#]|\{$")


class KalaTemplate(models.Model):
    """The text of a template that a provider keeps: the provider's words, and ours for its
    variables (WA1, TE4)."""

    _inherit = "kala.template"

    def _for_contact(self, record):
        """Choose the same template in the contact's language, where the provider has approved
        it in several (TE4).

        :param record: lead, order or customer
        """
        if not self.connection_id:
            return self
        wanted = _short(record._kala_customer().lang)
        if not wanted or _short(self.external_language) == wanted:
            return self
        same = self.sibling_ids.filtered(lambda t: _short(t.external_language) == wanted)
        return same[:1] or self

    def _prepare_external_vals(self, record):
        """:return: values of a message that this template makes, its body as people read it
        :raise UserError: if it cannot be rendered any more"""
        try:
            subject, body = self._render(record)
            values = self._prepare_values(record)
        except placeholders.TemplateError as error:
            raise UserError(self._explain(error)) from error
        return {
            "template_id": self.id,
            "subject": subject,
            "body": body,
            "template_values": values,
        }

    def _prepare_values(self, record):
        """:return: dict: what the provider is told, free of our placeholders"""
        names = self._named_values(record)
        return {
            "external_id": self.external_id,
            "name": self.external_name,
            "language": self.external_language,
            "header_kind": self.header_kind or "",
            "variables": [
                {
                    "part": variable.part,
                    "place": variable.place,
                    "name": variable.name,
                    "kind": variable.kind,
                    "text": variable._render(names),
                }
                for variable in self.variable_ids
            ],
        }

    def _external_texts_to_fill(self):
        """:return: list of our texts that stand for the variables of a provider's text"""
        return [variable.value for variable in self.variable_ids if variable.value]

    def _render_external(self, record):
        """:return: (subject, body) as people read them: a provider's text has no subject"""
        return "", placeholders.render(self.body or "", self._named_values(record))

    def _named_values(self, record):
        """:return: dict name → text, filled where the template names it: some, such as the link
        for the customer, are made when they are asked for"""
        known = self.env["kala.placeholder"].with_context(lang=self._lang())
        names, texts = known._names(), [self.body, *self.variable_ids.mapped("value")]
        used = frozenset().union(*(placeholders.check(text, names) for text in texts))
        return known._values(record, used)

    def _lang(self):
        """:return: the language of ours in which dates and sums of the template are written"""
        short = _short(self.external_language)
        for code, _name in self.env["res.lang"].get_installed():
            if _short(code) == short:
                return code
        return self.env.lang

    def _write_body(self):
        """Write what people read from the provider's text and our texts for its variables."""
        for template in self.filtered("connection_id"):
            parts = [
                template._source_of(part, text)
                for part, text in (
                    ("header", template.external_header),
                    ("body", template.external_body),
                    ("body", template.external_footer),
                )
                if text
            ]
            # One text for all languages: the provider's.
            template.sudo().with_context(lang=None).body = "\n".join(parts) or template.name

    def _source_of(self, part, text):
        """:return: a text of the provider in the language of our templates"""
        ours = {v.name: v.value for v in self.variable_ids if v.part == part and v.value}
        pieces, end = [], 0
        for found in _VARIABLE.finditer(text):
            pieces.append(_literal(text[end : found.start()]))
            pieces.append(ours.get(found[1]) or _literal(found[0]))
            end = found.end()
        return "".join([*pieces, _literal(text[end:])])


def _literal(text):
    """:return: a template that says exactly this text"""
    return _SYNTAX.sub(lambda found: f'{{{{ "{found[0]}" }}}}', text)


def _short(language):
    """:return: the language alone: he of he_IL, en of en-US"""
    return re.split(r"[_-]", language or "")[0].lower()
