from odoo import api, models

from ...tools.guide import GuideStep


class KalaProvider(models.AbstractModel):
    """What a provider may tell of a connection and of its contacts: the login, what is left to send
    with, our address, names and pictures. The table of all is in ``kala_provider.py``."""

    _inherit = "kala.provider"

    @api.model
    def _prepare_health(self, connection):
        """:return: SendRequest that tells whether the login works, or None"""
        return None

    @api.model
    def _prepare_line_healths(self, connection):
        """:return: list of (line, SendRequest that tells whether its number works), for providers
        at which each number is a login of its own (WA5)"""
        return []

    @staticmethod
    def _read_health(answer):
        """:return: dict: ``ok``, ``reason``, ``balance`` (float or None), ``lines`` (list of
        dicts ``external_id``, ``address``, ``name`` found at the provider), ``hook_url`` (where
        its news go, if it says so)"""
        return {"ok": answer.status == 200, "reason": answer.text}

    @api.model
    def _prepare_hook_look(self, connection):
        """Ask where the provider sends its news: another system may have taken them away (WA5).

        :param connection: ``kala.connection``, sudo
        :return: SendRequest
        """
        raise NotImplementedError()

    @staticmethod
    def _read_hook_look(answer):
        """:return: dict: ``hook_url`` as in :meth:`_read_health`, or ``is_subscribed``, whether the
        news of the account come at all; {} where the answer does not tell"""
        raise NotImplementedError()

    @api.model
    def _prepare_balance(self, connection):
        """:return: SendRequest that asks how much is left to send with (SM4), or None"""
        return None

    @staticmethod
    def _read_balance(answer):
        """:return: float in the provider's unit, or None where the answer does not tell"""
        return None

    @api.model
    def _prepare_webhook(self, connection, step, known):
        """Ask the provider to call our webhook address from now on; "Connect" does so.

        :param connection: ``kala.connection``, sudo
        :param int step: 0, 1, … until nothing is asked any more
        :param dict known: what the answers to the steps before have told
        :return: list of SendRequest; empty where there is nothing to ask, or no more
        :raise UserError: with what a person has to do at the provider
        """
        return []

    @staticmethod
    def _read_webhook(answer):
        """:return: dict: ``error`` ("" where the provider did what we asked), ``known`` (dict for
        the next step)"""
        raise NotImplementedError()

    @api.model
    def _prepare_profile(self, connection, contact):
        """Ask for the name of a contact whose messages bring none; a job does so.

        :param connection: ``kala.connection``, sudo
        :param str contact: his id on the connection
        :return: SendRequest
        """
        raise NotImplementedError()

    @staticmethod
    def _read_profile(answer):
        """:return: the name; "" where the answer does not tell it"""
        raise NotImplementedError()

    @api.model
    def _fetch_picture(self, connection, contact, said, fetcher):
        """Fetch the picture that a contact shows. Runs in a job, once for each contact whom the
        provider knows by an id; what is no JPEG, PNG, WebP or GIF is dropped.

        :param connection: ``kala.connection``, sudo
        :param str contact: his id on the connection
        :param dict said: ``extra`` of his last message
        :param Fetcher fetcher: as for :meth:`_fetch_file`
        :return: bytes; b"" where he shows none
        :raise FileRefused, FileLater: of ``tools/fetch.py``
        """
        raise NotImplementedError()

    @api.model
    def _invitation_url(self, connection, token):
        """Make a link that a contact follows to us; the message that comes of it brings the token
        along (``IncomingMessage.invitation``). For channels that know people by ids alone (MA8).

        :param connection: ``kala.connection``, sudo
        :param str token: letters, digits, ``-`` and ``_``
        :return: the link; "" where the provider has not told our name yet
        """
        raise NotImplementedError()

    @api.model
    def _mend_hints(self):
        """:return: dict ``send``, ``receive`` → list of sentences: what to look at first at this
        provider when a connection does not (WA5)"""
        return {}

    @api.model
    def _guide(self):
        """:return: list of GuideStep: how it is connected, in order (AD1); "Connect" and a test
        message each way follow by themselves"""
        steps = []
        if self._required_fields:
            steps.append(
                GuideStep(
                    self.env._("Copy these from your account at %s.", self._label),
                    fields=self._required_fields,
                )
            )
        steps.append(
            GuideStep(
                self.env._(
                    "Enter this address at %s, where it asks for a webhook or callback address.",
                    self._label,
                ),
                shows=("webhook_url",),
            )
        )
        steps.append(
            GuideStep(
                self.env._("Enter the number or the sender's name that you have there."),
                asks_line=True,
            )
        )
        return steps

    @api.model
    def _missing_fields(self, connection):
        """:return: names of required fields of the connection that are empty"""
        return [name for name in self._required_fields if not connection[name]]

    @api.model
    def _secrets(self, connection):
        """:param connection: ``kala.connection``, sudo
        :return: list of texts that nobody may repeat: reasons and logs are cleaned of them (SC2)
        """
        return [connection[name] for name in self._secret_fields]

    @api.model
    def _base_url(self, connection):
        """:return: where the provider is reached, without a slash at the end"""
        return (connection.api_url or self._api_url).rstrip("/")
