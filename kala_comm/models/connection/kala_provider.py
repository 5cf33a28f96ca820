"""What the core asks of a provider.

A provider must say what it is, prove that a request is its own, and read an event; one that sends
must also build the request and read the answer. All else it may do; what it does not do, the core
does without.

| must | |
|---|---|
| ``_label``, ``_channels`` | what people call it; channels of its lines |
| ``_verify`` | whether a request is the provider's |
| ``_parse`` | what an event says |
| ``_prepare_send``, ``_read_send`` | sends one message; without them a line of it only receives |

| may | |
|---|---|
| ``_answer_challenge`` | answers the GET that verifies the webhook |
| ``_acknowledge``, ``_answer_headers`` | says that we have an event |
| ``_tell_back`` | answers what an event asks |
| ``_writes_international`` | says how its numbers are written |
| ``_prepare_polls``, ``_read_poll`` | can be asked for news |
| ``_fetch_file`` | fetches a file that a customer sent |
| ``_check``, ``_check_files``, ``_file_refusal`` … | refuses what the provider would refuse |
| ``_text_length_of`` | says how long a text may be on a channel |
| ``_free_text_hours_of``, ``_person_hours_of`` | says for how long free text is allowed |
| ``_prepare_upload``, ``_read_upload`` | hands files over before the message |
| ``_prepare_lookup``, ``_read_lookup`` | asks what became of a message |
| ``_failure_words`` | says in the reader's language why a message failed |
| ``_prepare_read_mark`` | tells which messages we read |
| ``_prepare_templates``, ``_read_templates`` | fetches the templates that it keeps |
| ``_prepare_health``, ``_prepare_line_healths``, ``_read_health`` | says whether the login works |
| ``_prepare_hook_look``, ``_read_hook_look`` | says where its news go, if its health does not |
| ``_prepare_balance``, ``_read_balance`` | says how much is left to send with |
| ``_prepare_webhook``, ``_read_webhook`` | takes our webhook address |
| ``_prepare_profile``, ``_read_profile`` | tells a contact's name |
| ``_fetch_picture`` | fetches the picture that a contact shows |
| ``_invitation_url`` | makes a link that a contact follows to us |
| ``_mend_hints`` | says what to look at first when it does not work |
| ``_guide`` | says step by step how it is connected |
| ``_missing_fields``, ``_secrets``, ``_base_url`` | where the facts of its login do not tell it |

That a provider can do something is said by having the method (``registry.does``).
"""

from odoo import api, models

from ...tools import const
from ...tools.kept import read_kept
from ...tools.messages import SendResult

MEGABYTE = 1024 * 1024


class KalaProvider(models.AbstractModel):
    """What the core asks of a provider. A provider is ``kala.provider.<code>``: a short file of
    facts about one protocol. Queue, retry, idempotency, matching, pace and log are the core's.

    Hooks that verify, parse, build or read get plain values (``tools/inbound.py``,
    ``tools/messages.py``); those that read an answer are static, since they run in a thread
    without the ORM.
    """

    _name = "kala.provider"
    _description = "Communication Provider"

    # ------------------------------------------------------------------ must: what it is

    #: What people call it.
    _label = ""
    #: Channels of its lines.
    _channels = ()
    #: Page of ``docs/user`` that says how it is connected.
    _help_page = "administrator"

    # ------------------------------------------------------------------ may: its address and login

    #: Where it is reached; ``kala.connection.api_url`` overrides it.
    _api_url = ""
    #: Fields of ``kala.connection`` without which nothing can be sent.
    _required_fields = ()
    #: Of these, and of others, those that hold a secret (SC2).
    _secret_fields = ()
    #: Other fields of the connection that it reads to verify, store and acknowledge a request.
    _door_fields = ()
    #: Seconds that one send may take; `sending` longer than twice this becomes `unknown`.
    _timeout = 20.0
    #: Hosts that files may be fetched from; a leading dot allows subdomains (SC2).
    _file_hosts = ()

    # ------------------------------------------------------------------ may: limits of what is sent

    #: Longest text in characters; 0 = no limit.
    _max_text_length = 0
    #: Files that one message may carry.
    _max_files = 0
    #: Hours after the contact's last message in which free text is allowed; 0 = always.
    _free_text_hours = 0
    #: Messages a second over one line (WA7); 0 = as fast as the pool allows.
    _rate_per_second = 0.0
    #: Seconds between two messages of one line to one recipient; 0 = none.
    _pair_seconds = 0.0

    # ------------------------------------------------------------------ may: what else it takes

    #: Whether a message may quote another one (WA1).
    _can_quote = False
    #: Whether one may react to a contact's message (WA1): a message of kind ``reaction``, with
    #: ``reaction`` (empty: takes it back) and ``reply_to_uid``.
    _can_react = False
    #: Days for which it keeps files that we hand over before the message; 0 = it takes none, or
    #: fetches them from us.
    _upload_days = 0
    #: Seconds that handing over one file may take.
    _upload_timeout = 120.0
    #: Channel of the templates that it keeps and approves (WA1); empty = it keeps none.
    _template_channel = ""

    # ------------------------------------------------------------------ may: what comes in

    #: Whether it writes phone numbers with their country code, with or without a plus sign: they
    #: are never read as local ones (MA6).
    _international_numbers = False
    #: Seconds within which an equal event is a repeat; 0 = for ever. For providers whose events
    #: carry neither an id nor a time: "ok" twice in an hour is two messages
    #: (docs/architecture.md, 3.2).
    _repeat_seconds = 0
    #: Whether it tells us of messages and of what became of ours: silence is then a fault (WA5).
    _tells_news = False
    #: Whether it is asked for its news even where it calls us (``_prepare_polls``).
    _polls_by_itself = False
    #: Days for which the provider keeps files that customers sent (WA4).
    _file_days = 7

    # ------------------------------------------------------------------ may: who sends for it

    #: Whether the dispatcher sends for it; e-mail is sent by Odoo.
    _is_dispatched = True

    # ------------------------------------------------------------------ must

    @api.model
    def _verify(self, connection, inbound):
        """Say whether a request is from the provider (SC1). Compare in constant time; where no
        secret is configured, refuse.

        :param connection: ``kala.connection``, sudo
        :param InboundRequest inbound: the request as it came
        :return: bool
        """
        raise NotImplementedError()

    @api.model
    def _parse(self, connection, inbound):
        """Read an event that was verified and stored.

        Every part of a batch becomes one item; what cannot be understood becomes
        ``Unusable``, so that its neighbours live on.

        :return: list of IncomingMessage, DeliveryReport, CallEvent, Unusable
        """
        raise NotImplementedError()

    @api.model
    def _prepare_send(self, communication):
        """Build the request that sends one message.

        :param communication: ``kala.communication``, sudo, about to be sent
        :return: SendRequest; or a SendResult where it can be told without asking anybody
        """
        raise NotImplementedError()

    @staticmethod
    def _read_send(answer):
        """Read the answer to a send. Runs in a thread.

        :param HttpAnswer answer:
        :return: SendResult; None where the body is not what the provider documents
        """
        raise NotImplementedError()

    # ------------------------------------------------------------------ may: events

    @api.model
    def _answer_challenge(self, connection, inbound):
        """Answer a GET that verifies the webhook.

        :return: text of the answer, or None to refuse
        """
        return None

    @api.model
    def _acknowledge(self, connection, inbound):
        """:return: (body, content type) by which the provider knows that we have its event"""
        return "", "text/plain"

    @api.model
    def _tell_back(self, connection, inbound):
        """Answer what an event asks, such as who is calling. It is asked when the event is
        committed; a fault in it costs this answer only.

        :return: (body, content type) instead of the acknowledgement, or None
        """
        return None

    @api.model
    def _answer_headers(self, connection, inbound):
        """:return: dict of headers that the answer needs, for providers who ask from a browser"""
        return {}

    @api.model
    def _writes_international(self, connection):
        """:return: whether the numbers it sends have their country code; see
        ``_international_numbers``"""
        return self._international_numbers

    @api.model
    def _prepare_polls(self, connection, since, until):
        """Ask for what happened in a time, or since we last asked. What is answered is parsed as
        an event of the method ``POLL``.

        :param datetime since: naive UTC
        :param datetime until: naive UTC
        :return: list of SendRequest
        """
        raise NotImplementedError()

    @staticmethod
    def _read_poll(answer):
        """:return: PollBatch"""
        raise NotImplementedError()

    @api.model
    def _fetch_file(self, connection, file, fetcher):
        """Fetch a file that a customer sent. Runs in a job, once for each file.

        :param dict file: ``kind, name, mimetype, provider_id, url, size`` of the InboundFile
        :param Fetcher fetcher: of ``kala.connection._fetcher``: fetches from :attr:`_file_hosts`
            and the API's own host only
        :return: (bytes, mimetype)
        :raise FileRefused, FileLater: of ``tools/fetch.py``
        """
        return fetcher.content(file["url"])

    # ------------------------------------------------------------------ may: before sending

    @api.model
    def _check(self, communication):
        """Refuse what the provider would refuse, before it is asked.

        :return: SendResult of a refusal, or None
        """
        limit = self._text_length_of(communication.channel)
        if limit and len(communication.body or "") > limit:
            return SendResult.refused(
                "rejected",
                self.env._(
                    "The text has %(length)s characters, %(provider)s takes %(limit)s at most. "
                    "Shorten it and send again.",
                    length=len(communication.body),
                    provider=self._label,
                    limit=limit,
                ),
            )
        return self._check_files(communication)

    @api.model
    def _check_files(self, communication):
        files, values = communication._files(), communication.template_values
        if not files:
            return None
        if values and values["header_kind"] not in const.FILE_HEADERS:
            reason = self._template_file_refusal(communication.template_id.name or values["name"])
        else:
            # The text of a template is not the file's.
            body = "" if values else communication.body
            reason = self._file_refusal(communication.channel, files, body)
        return SendResult.refused("rejected", reason) if reason else None

    @api.model
    def _file_refusal(self, channel, files, body):
        """Say why files cannot be sent; the composer says it before sending.

        :param files: ``ir.attachment``
        :param str body: the text that goes with them
        :return: a sentence, what to do included; "" where they can
        """
        limit = self._max_files
        if len(files) <= limit:
            return ""
        if not limit:
            return self.env._("%s takes no files. Send the message without them.", self._label)
        return self.env._(
            "%(provider)s takes %(limit)s files in a message. Send several messages.",
            provider=self._label,
            limit=limit,
        )

    @api.model
    def _template_file_refusal(self, name):
        return self.env._(
            "The template “%s” takes no file along. Send the file as a message of its own.", name
        )

    @api.model
    def _size_refusal(self, file, limit):
        """:param int limit: bytes
        :return: a sentence where a file is larger than that"""
        if file.file_size <= limit:
            return ""
        return self.env._(
            "“%(file)s” has %(size).1f MB, %(provider)s takes %(limit)s MB at most for such a "
            "file. Make it smaller, or send a link to it.",
            file=file.name,
            size=file.file_size / MEGABYTE,
            provider=self._label,
            limit=limit // MEGABYTE,
        )

    @api.model
    def _text_length_of(self, channel):
        """:return: characters that a text may have on a channel; 0 = no limit. For providers of
        several channels."""
        return self._max_text_length

    @api.model
    def _free_text_hours_of(self, channel):
        """:return: hours after the contact's last message in which free text may be sent on a
        channel; 0 = always. For providers of several channels."""
        return self._free_text_hours

    @api.model
    def _person_hours_of(self, connection, channel):
        """:return: the same for what a person types, where the provider allows a person longer"""
        return self._free_text_hours_of(channel)

    @api.model
    def _prepare_upload(self, line, file):
        """Hand a file over before the message that carries it; its id is then
        ``kala.upload._external_id(line, file)``.

        :param file: ``ir.attachment``
        :return: SendRequest
        """
        raise NotImplementedError()

    @staticmethod
    def _read_upload(answer):
        """:return: SendResult, ``sent`` with the provider's id of the file; None where the body
        is not what the provider documents"""
        raise NotImplementedError()

    # ------------------------------------------------------------------ may: after sending

    @api.model
    def _prepare_lookup(self, communication):
        """:return: SendRequest that asks what became of a message, or None"""
        return None

    @staticmethod
    def _read_lookup(answer):
        """:return: DeliveryReport, or None where the answer does not tell"""
        return None

    @api.model
    def _failure_words(self, reason):
        """Say in the reader's language why a message failed, or why a connection does not work.
        What is kept has the provider's code and is English, since its reader is not known yet.

        :param str reason: what ``tools/kept.py`` kept, or the provider's own words
        :return: text
        """
        modules = tuple(dict.fromkeys((self._original_module, "kala_comm")))
        return read_kept(reason, modules, self.env.lang or "en_US")

    @api.model
    def _prepare_read_mark(self, communication):
        """:param communication: ``kala.communication`` of a contact that was read, sudo
        :return: SendRequest that tells so, or None; its answer is of no consequence"""
        return None

    # ------------------------------------------------------------------ may: templates

    @api.model
    def _prepare_templates(self, connection, cursor):
        """Ask for a page of the templates that the provider keeps (WA1).

        :param str cursor: of the page before; empty for the first one
        :return: SendRequest
        :raise UserError: if something is missing to ask
        """
        raise NotImplementedError()

    @staticmethod
    def _read_templates(answer):
        """:return: TemplatePage"""
        raise NotImplementedError()
