import dataclasses

from odoo import api, models

from ...tools import talk
from ...tools.fetch import Fetcher
from ...tools.masking import mask_secrets, spellings


class KalaConnection(models.Model):
    """The one way to talk to a provider (docs/architecture.md, 3.14). Who asks one thing calls
    :meth:`_ask`. Who asks much at a time prepares :meth:`_questions`, commits, has ``talk.ask_all``
    ask them in threads, and writes down what was told (docs/architecture.md, 3.6). Who fetches a
    file takes a :meth:`_fetcher`."""

    _inherit = "kala.connection"

    def _ask(self, request, read):
        """Ask the provider one thing, and wait for the answer.

        :param SendRequest request:
        :param read: reader of an HttpAnswer
        :return: Heard: ``fault`` says why there is nothing to read
        """
        self.ensure_one()
        [question] = self._questions([(self, request, read)])
        return talk.ask(question)

    @api.model
    def _questions(self, asked):
        """Seal secrets (SC2), set time-outs, and refuse in a copy of the database: it must reach
        nobody whom its original reaches (AD5).

        :param list asked: of (``kala.connection``, SendRequest, reader of an HttpAnswer)
        :return: list of Question, in the same order
        """
        connections = self.union(*(connection for connection, _request, _read in asked))
        copy = connections._copy_warning()
        secrets = {connection: connection._spellings() for connection in connections}
        return [
            talk.Question(
                dataclasses.replace(
                    request,
                    secrets=secrets[connection],
                    timeout=request.timeout or connection._provider()._timeout,
                ),
                read,
                "" if connection.provider == "sandbox" else copy,
            )
            for connection, request, read in asked
        ]

    def _fetcher(self, seconds):
        """Seal secrets and refuse in a copy, as :meth:`_questions` does, for a file: it is read in
        pieces, from the provider's hosts only, within limits of size, type and time (SC2).

        :param float seconds: that all it fetches may take together
        :return: Fetcher
        """
        self.ensure_one()
        provider = self._provider()
        return Fetcher(
            provider._file_hosts,
            provider._base_url(self),
            seconds=seconds,
            secrets=self._spellings(),
            refusal=self._copy_warning(),
        )

    def _copy_warning(self):
        """:return: a sentence why nobody is asked from this database; "" where the providers of
        these connections are, and for the sandbox, which reaches nobody"""
        if all(connection.provider == "sandbox" for connection in self):
            return ""
        return self.env["kala.fingerprint"]._warning()

    def _sealed(self, result):
        """Make what is said instead of asking free of this connection's secrets (SC2).

        :param SendResult result:
        :return: SendResult
        """
        reason = mask_secrets(result.failure_reason, self._spellings())
        return dataclasses.replace(result, failure_reason=reason)

    def _spellings(self):
        """:return: tuple of all that nobody may repeat of this connection"""
        provider = self._provider()
        secrets_of = [] if provider is None else provider._secrets(self.sudo())
        return spellings([self.sudo().webhook_token, *secrets_of])
