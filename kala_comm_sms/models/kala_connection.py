import json
import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.kala_comm.tools import const as core_const

from ..tools import gateway


class KalaConnection(models.Model):
    _inherit = "kala.connection"

    inforu_username = fields.Char(string="Inforu user name", groups="base.group_system")
    inforu_token = fields.Char(string="Inforu API token", groups="base.group_system", copy=False)
    sms019_username = fields.Char(string="019 user name", groups="base.group_system")
    sms019_token = fields.Char(string="019 token", groups="base.group_system", copy=False)

    # The gateway that is described by settings (SM1; docs/providers.md, 5).
    http_method = fields.Selection(
        [("POST", "POST"), ("GET", "GET"), ("PUT", "PUT")],
        string="Method",
        default="POST",
        groups="base.group_system",
    )
    http_username = fields.Char(
        string="Gateway user name",
        groups="base.group_system",
        help="{{username}} in address, headers and body.",
    )
    http_password = fields.Char(
        string="Gateway password",
        groups="base.group_system",
        copy=False,
        help="{{password}} in address, headers and body; {{basic}} is user name and "
        "password as Basic authentication wants them.",
    )
    http_headers = fields.Text(
        string="Headers",
        groups="base.group_system",
        help="One a line: Authorization: Basic {{basic}}",
    )
    http_format = fields.Selection(
        [("form", "Form"), ("json", "JSON"), ("xml", "XML"), ("none", "None")],
        string="Body",
        default="form",
        groups="base.group_system",
    )
    http_body = fields.Text(
        string="Body template",
        groups="base.group_system",
        help="Form: one field a line, to = {{to}}. JSON or XML: the document with "
        "placeholders inside its texts.",
    )
    http_phone_format = fields.Selection(
        [
            ("e164", "+972502345678"),
            ("digits", "972502345678"),
            ("local", "0502345678 (within the company's country)"),
        ],
        string="Phone numbers",
        default="digits",
        groups="base.group_system",
    )
    http_success_path = fields.Char(
        string="Path of the result",
        groups="base.group_system",
        help="Where the answer says whether the message was taken: messages.0.status in "
        "JSON or XML, /^(OK)/ in plain text. Empty: the whole answer.",
    )
    http_success_values = fields.Char(
        string="Values of success",
        groups="base.group_system",
        help="Separated by commas. Empty: every answer with an HTTP status of success.",
    )
    http_id_path = fields.Char(string="Path of the message's id", groups="base.group_system")
    http_error_path = fields.Char(string="Path of the error", groups="base.group_system")
    http_error_kinds = fields.Text(
        string="Meaning of errors",
        groups="base.group_system",
        help="One a line: code = kind. Kinds: address, consent, credit, sender, "
        "connection, limit, temporary, rejected. Only limit and temporary are tried again "
        "by themselves.",
    )
    http_event_names = fields.Text(
        string="Names in events",
        groups="base.group_system",
        help="What the gateway calls from, to, text, id, key, status, error, media (links to "
        "files), channel (of a report: the channel on which it sent the message in the end), and "
        "items (a list of events), where the usual names do not do. One a line: from = msisdn",
    )
    http_status_words = fields.Text(
        string="Words for states",
        groups="base.group_system",
        help="One a line: delivered = DELIVRD, 2. States: sent, delivered, read, failed, "
        "delivered as sms (of a message for another channel).",
    )

    @api.constrains("http_headers", "http_body", "http_format", "api_url", "provider")
    def _check_http_templates(self):
        """A gateway that cannot be spoken to is refused when it is described, not when
        the first message fails."""
        for connection in self.filtered(lambda c: c.provider == "http"):
            for name in ("api_url", "http_headers", "http_body"):
                unknown = gateway.unknown_placeholders(connection[name])
                if unknown:
                    raise ValidationError(
                        self.env._(
                            "“%(name)s” is not a placeholder. Use one of: %(known)s.",
                            name=unknown[0],
                            known=", ".join(gateway.PLACEHOLDERS),
                        )
                    )
            connection._read_http_lines("http_headers", ":")
            if connection.http_format == "form":
                connection._read_http_lines("http_body")
            if connection.http_format == "json":
                connection._check_http_json()

    @api.constrains("http_success_path", "http_id_path", "http_error_path")
    def _check_http_paths(self):
        """A path in plain text is a regular expression; it is read in a thread, later."""
        for connection in self:
            for name in ("http_success_path", "http_id_path", "http_error_path"):
                try:
                    gateway.find("", connection[name] or "")
                except re.error as error:
                    raise ValidationError(
                        self.env._(
                            "“%(path)s” is no regular expression: %(error)s.",
                            path=connection[name],
                            error=error,
                        )
                    ) from error

    @api.constrains("http_error_kinds", "http_event_names", "http_status_words")
    def _check_http_words(self):
        """Names on the left or right that nobody knows would silently do nothing."""
        kinds = dict(core_const.FAILURE_KINDS)
        for connection in self:
            found = connection._read_http_lines("http_error_kinds")
            self._check_known(found.values(), kinds)
            found = connection._read_http_lines("http_event_names")
            self._check_known(found, gateway.EVENT_NAMES)
            found = connection._read_http_lines("http_status_words")
            self._check_known(found, {**gateway.STATE_WORDS, **gateway.STATE_WORDS_AS})

    @api.model
    def _check_known(self, words, known):
        wrong = next((word for word in words if word not in known), None)
        if wrong is not None:
            raise ValidationError(
                self.env._(
                    "“%(word)s” is not known here. Use one of: %(known)s.",
                    word=wrong,
                    known=", ".join(known),
                )
            )

    def _check_http_json(self):
        try:
            json.loads(self.http_body or "{}")
        except ValueError as error:
            raise ValidationError(
                self.env._("The body template is no JSON: %(error)s.", error=error)
            ) from error

    def _read_http_lines(self, name, separator="="):
        """:return: dict of a setting that has one ``name = value`` a line
        :raise ValidationError: naming the line that is none"""
        try:
            return gateway.read_lines(self[name], separator)
        except ValueError as error:
            raise ValidationError(
                self.env._(
                    "The line “%(line)s” in “%(field)s” should be: name %(sign)s value.",
                    line=error,
                    field=self._fields[name]._description_string(self.env),
                    sign=separator,
                )
            ) from error
