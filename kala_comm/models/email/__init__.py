"""In: e-mails that Odoo's gateway fetched, and those that leave through Odoo's mail.
Out: the same log, state and tasks as of every other channel (MX)."""

from . import kala_provider_smtp
from . import kala_sender
from . import kala_sender_code
from . import kala_sender_verify
from . import sender_refused
from . import sender_domain
from . import kala_email_handover
from . import kala_email_outbox
from . import form_parser
from . import kala_email_sender
from . import kala_intake_email_mailbox
from . import kala_intake_email_route
from . import kala_intake_email_log
from . import kala_intake_email_writer
from . import outgoing_email
from . import kala_outgoing_email_failure
from . import mail_mail
from . import mail_message
from . import mail_thread
from . import new_lead
from . import senders
