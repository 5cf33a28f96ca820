from datetime import timedelta

from odoo import api, fields, models

from ...tools import const, spoken

ICON = "/kala_comm/static/description/icon.png"
#: Seconds after which a test has failed.
TEST = 60
#: Where several records are shown that have no place of their own.
LISTS = {
    "crm.lead": "crm.crm_lead_action_pipeline",
    "sale.order": "sale.action_orders",
    "mail.activity": "kala_comm.action_inbox",
}


class KalaNotifier(models.AbstractModel):
    """What a notification says on a device on which Odoo is closed (NO2, NO4)."""

    _inherit = "kala.notifier"

    # ------------------------------------------------------------------ for whom

    @api.model
    def _payloads(self, user, rows):
        """What the devices of a user are told: what he may read and wants to be told now.

        :param rows: ``kala.push`` of that user
        :return: dict id of a row → what Odoo's service worker shows. A row that is left out is not
            to be told any more.
        """
        if not user.active or user.share:
            return {}
        tests = rows.filtered("token")
        payloads = {row.id: self._test_payload(user, row.token) for row in tests}
        told = {}
        for row in (rows - tests).filtered(lambda row: self._is_to_be_told(user, row.kind)):
            told.setdefault((row.res_model, tuple(row.res_ids or ())), []).append(row)
        messages = self._payloads_of_messages(
            user, [ids for (model, ids) in told if model == "kala.communication"]
        )
        for (model, ids), of_news in told.items():
            payload = (
                messages.get(ids)
                if model == "kala.communication"
                else self._payload_of_records(user, of_news[0].kind, model, ids)
            )
            payloads |= {row.id: payload for row in of_news if payload}
        return payloads

    @api.model
    def _is_to_be_told(self, user, kind):
        """:return: whether the user wants it on his devices now, and has no tab that tells him"""
        return (
            user._kala_notify_choice(kind) == "push"
            and not user._kala_is_quiet(kind)
            and user.sudo().presence_ids.status not in ("online", "away")
        )

    # ------------------------------------------------------------------ messages

    @api.model
    def _payloads_of_messages(self, user, ids_list):
        """:return: dict ids → payload, of the communications that the user may still read"""
        wanted = {ids[0] for ids in ids_list}
        communications = self.env["kala.communication"].sudo().browse(wanted).exists()
        communications = self._still_readable(user, communications).with_context(lang=user.lang)
        if not communications:
            return {}
        facts = self._facts(list(communications))
        latest = self._latest_leads(communications)
        hidden = self._hidden_leads([(c, user) for c in communications], latest).get(user, ())
        payloads = {}
        for communication in communications:
            lead = latest.get(communication.id)
            subject = lead.name if lead and lead.id not in hidden else ""
            said = dict(facts[communication.id], subject=subject or "")
            if not communication.company_id.kala_push_text:
                said = self._without_text(said, communication, lead)
            payloads[(communication.id,)] = self._payload(said, user)
        return payloads

    @api.model
    def _still_readable(self, user, communications):
        """:return: those whose record the user may read; what has none was told to its
        responsible user"""
        readable = communications.filtered(lambda c: not c.res_id)
        for model, of_model in communications.filtered("res_id").grouped("res_model").items():
            records = self.env[model].browse(set(of_model.mapped("res_id"))).exists()
            ids = set(records.with_user(user).sudo(False)._filtered_access("read").ids)
            readable |= of_model.filtered(lambda c, ids=ids: c.res_id in ids)
        return readable & communications

    @api.model
    def _without_text(self, facts, communication, lead):
        """The text stays in Odoo, and with it the titles of leads that a message has made: they
        begin with what the customer wrote."""
        record = communication._record()
        is_written = record._name == "crm.lead" and record.kala_origin
        return dict(
            facts,
            text="",
            record="" if is_written else facts["record"],
            subject="" if lead and lead.kala_origin else facts["subject"],
        )

    # ------------------------------------------------------------------ leads, orders, tasks

    @api.model
    def _payload_of_records(self, user, kind, model, ids):
        """:return: payload about the records that the user may still read; None without any"""
        records = self.env[model].sudo().browse(ids).exists().with_user(user).sudo(False)
        records = records._filtered_access("read")
        if not records:
            return None
        facts = self._news_facts(user, kind, records.sudo())
        about = self._about(records.sudo())
        company = about[:1].company_id if "company_id" in about._fields else user.company_id
        if not (company or user.company_id).sudo().kala_push_text:
            facts = self._without_titles(facts, user, records.sudo(), about)
        return self._payload(facts, user)

    @api.model
    def _about(self, records):
        """:return: what the news is about: of one task its record; of several what they are"""
        if records._name != "mail.activity" or len(records) > 1:
            return records
        return self.env[records.res_model].sudo().browse(records.res_id)

    @api.model
    def _without_titles(self, facts, user, records, about):
        """The text stays in Odoo: the titles of leads that a message has made begin with it, and
        so do the summaries of tasks."""
        is_written = len(about) == 1 and about._name == "crm.lead" and about.kala_origin
        if records._name == "mail.activity" and len(records) == 1:
            words = self.with_context(lang=user.lang)._news_words("task", records)
            facts = dict(facts, text=words)
        return dict(
            facts,
            subject="",
            record="" if is_written else facts["record"],
        )

    # ------------------------------------------------------------------ for the service worker

    @api.model
    def _payload(self, facts, user):
        """:return: dict that Odoo's service worker shows, no longer than a service takes"""
        title, body = spoken.said(facts, self.with_context(lang=user.lang)._event_words(facts))
        place = {"model": facts["model"] or "", "res_id": facts["res_id"] or 0}
        opens = {**place, "ids": facts.get("ids") or [], "record": facts["record"]}
        options = {
            "body": body,
            "icon": ICON,
            "dir": "auto",
            "tag": self._tag(facts),
            "renotify": True,
            "requireInteraction": facts["call_status"] == "ringing",
            "data": {**place, "kala_comm": {"url": self._url(facts), "facts": opens}},
        }
        return self.env["mail.thread"]._web_push_truncate_payload(
            {"title": title, "options": options}
        )

    @api.model
    def _tag(self, facts):
        """:return: what one notification replaces: the one before of the same contact; a call and
        a record have one of their own"""
        if facts["family"] in ("text", "email"):
            return f"kala_comm-{facts['contact'] or facts['id']}"
        return f"kala_comm-{facts['id']}"

    @api.model
    def _url(self, facts):
        if facts.get("ids"):
            return f"/odoo/action-{LISTS[facts['model']]}"
        if not facts["model"] or not facts["res_id"]:
            return "/odoo/action-kala_comm.action_inbox"
        return f"/odoo/{facts['model']}/{facts['res_id']}"

    @api.model
    def _event_words(self, facts):
        """:return: what happened"""
        status = facts["call_status"]
        if status == "ringing":
            return self.env._("Incoming call")
        if status == "voicemail":
            return self.env._("Left a voicemail")
        if status in const.UNANSWERED:
            return self.env._("Missed call")
        return facts["text"] or self.env._("New message: %s", facts["channel_name"])

    # ------------------------------------------------------------------ test

    @api.model
    def test_push(self, endpoint, token):
        """Have one device of the user told something made up, the way that real notifications take
        (NO3, NO4): by the job, and by the service of the device's browser. What the service
        answers comes as a bus message ``kala_comm/push_tested``.

        :param str endpoint: of the browser's own subscription
        :param str token: comes back with it, so that the page that asked knows it
        :return: whether that device is registered for this user
        """
        device = self._device_of(endpoint)
        if not device:
            return False
        pushes = self.env["kala.push"].sudo()
        pushes.create(
            {
                "user_id": self.env.uid,
                "device": device.id,
                "kind": "text",
                "token": str(token)[:64],
                "expires": fields.Datetime.now() + timedelta(seconds=TEST),
            }
        )
        pushes._wake()
        return True

    @api.model
    @api.readonly
    def has_device(self, endpoint):
        """:param str endpoint: of a browser's own subscription
        :return: whether that device is registered for this user"""
        return bool(self._device_of(endpoint))

    @api.model
    def _device_of(self, endpoint):
        """:return: ``mail.push.device`` of the user, sudo. Index:
        ``mail_push_device_endpoint_unique``."""
        devices = self.env["mail.push.device"].sudo()
        if not isinstance(endpoint, str) or not endpoint:
            return devices
        own = [("endpoint", "=", endpoint), ("partner_id", "=", self.env.user.partner_id.id)]
        return devices.search(own, limit=1)

    @api.model
    def _test_payload(self, user, token):
        words = self.with_context(lang=user.lang)
        return {
            "title": words.env._("Test notification"),
            "options": {
                "body": words.env._("This is what you see while Odoo is closed."),
                "icon": ICON,
                "dir": "auto",
                "tag": "kala_comm-test",
                "renotify": True,
                "data": {
                    "model": "",
                    "res_id": 0,
                    "kala_comm": {
                        "url": "/odoo/test-my-notifications",
                        "facts": {},
                        "test": token,
                    },
                },
            },
        }
