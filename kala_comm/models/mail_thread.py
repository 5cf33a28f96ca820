from odoo import api, models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        """Send an e-mail to a mailbox of ours to the order, lead or customer it belongs to (MX1);
        replies and other mailboxes go where Odoo sends them."""
        routes = super().message_route(message, message_dict, model, thread_id, custom_values)
        intake = self.env["kala.intake"].sudo()
        found = [intake._route_email(message, message_dict, route) for route in routes]
        return [route for route in found if route]

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        context = {"kala_email": message_dict.pop("kala_email", None)}
        return super(MailThread, self.with_context(**context))._message_route_process(
            message, message_dict, routes
        )

    def _message_post_after_hook(self, message, msg_values):
        if message.message_type == "email":
            self.env["kala.intake"].sudo()._log_email(self, message)
        return super()._message_post_after_hook(message, msg_values)
