"""In: leads, orders and customers with their phones, e-mails and statuses.
Out: contact points that the matcher finds, and the kinds of status that rules speak of (ST)."""

from . import kala_contact_mixin
from . import kala_communication_mixin
from . import kala_contact_point
from . import contact_picture
from . import kala_invitation
from . import kala_backfill
from . import kala_status_type
from . import kala_order_status
from . import crm_stage
from . import crm_lost_reason
from . import crm_lead
from . import sale_order
from . import res_partner
from . import candidate
