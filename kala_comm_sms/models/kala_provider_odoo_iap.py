from odoo import api, models

from odoo.addons.iap.tools.iap_tools import iap_get_endpoint
from odoo.addons.kala_comm.tools.guide import GuideStep
from odoo.addons.kala_comm.tools.messages import SendRequest, SendResult, Unusable

from .. import const
from ..tools import iap


class KalaProviderOdooIap(models.AbstractModel):
    """Odoo's own SMS service, paid by Odoo's credits (SM1). It has no numbers of ours:
    the line's address is only a name, and nothing comes in but delivery reports."""

    _name = "kala.provider.odoo_iap"
    _inherit = "kala.sms.gateway"
    _description = "Odoo SMS Provider"

    _label = "Odoo SMS"
    _help_page = "channels/sms"
    _api_url = const.IAP_URL
    _tells_news = True

    # ------------------------------------------------------------------ incoming

    @api.model
    def _acknowledge(self, connection, inbound):
        return '{"jsonrpc": "2.0", "id": null, "result": "OK"}', "application/json"

    @api.model
    def _parse(self, connection, inbound):
        reports = iap.read_event(inbound.json)
        return reports or [
            Unusable(
                key=inbound.digest,
                reason=self.env._("The request holds no delivery reports."),
                raw={"body": inbound.json},
            )
        ]

    # ------------------------------------------------------------------ outgoing

    @api.model
    def _guide(self):
        return [
            GuideStep(
                self.env._(
                    "Messages are paid with the credits of this database's SMS account at Odoo; "
                    "register it and buy credits under Settings, SMS. Nothing comes in through it."
                ),
                link="https://iap.odoo.com",
                link_words="Odoo",
            ),
            GuideStep(
                self.env._("Enter the sender's name as your customers know you."), asks_line=True
            ),
        ]

    @api.model
    def _prepare_send(self, communication):
        connection = communication.connection_id
        account = self._account(connection)
        if not account:
            return SendResult.refused("connection", self._no_account())
        params = iap.send_params(
            communication.body or "",
            communication.contact_value,
            communication._echo_key(),
            connection.webhook_url,
        )
        return self._request(
            f"{self._base_url(connection)}{iap.SEND_PATH}",
            {**params, "account_token": account.account_token},
        )

    @staticmethod
    def _read_send(answer):
        return iap.read_send(answer)

    # ------------------------------------------------------------------ connection

    @api.model
    def _secrets(self, connection):
        return [*super()._secrets(connection), self._account(connection).account_token]

    @api.model
    def _base_url(self, connection):
        """Odoo has a system parameter of its own for the address of the service."""
        parameters = self.env["ir.config_parameter"].sudo()
        default = parameters.get_param("sms.endpoint", self._api_url)
        return (connection.api_url or default).rstrip("/")

    @api.model
    def _prepare_health(self, connection):
        account = self._account(connection, create=True)
        endpoint = connection.api_url or iap_get_endpoint(self.env)
        asked = {"token": account.account_token, "service": "sms"}
        return self._request(f"{endpoint.rstrip('/')}{iap.ACCOUNT_PATH}", {"iap_accounts": [asked]})

    @staticmethod
    def _read_health(answer):
        return iap.read_health(answer)

    @api.model
    def _prepare_balance(self, connection):
        return self._prepare_health(connection)

    @staticmethod
    def _read_balance(answer):
        return iap.read_health(answer).get("balance")

    @api.model
    def _account(self, connection, create=False):
        """:return: ``iap.account`` of the connection's company, perhaps empty"""
        company = connection.company_id
        accounts = self.env["iap.account"].sudo().with_company(company)
        accounts = accounts.with_context(allowed_company_ids=company.ids)
        return accounts.get("sms", force_create=create).sudo()

    @api.model
    def _no_account(self):
        return self.env._(
            "This database has no account of Odoo's SMS service. Open Settings → "
            "Communication → SMS, register, and connect again."
        )

    @api.model
    def _request(self, url, params):
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        body = iap.call({**params, "dbuuid": uuid})
        return SendRequest(url=url, json=body)
