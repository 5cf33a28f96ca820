"""What a device is told while Odoo is closed (NO4), and how it gets there: by Odoo's own web push,
without the ORM, so that many devices are told at the same time."""

import binascii
import dataclasses
import logging
from concurrent import futures

import requests

from odoo.addons.mail.tools.web_push import DeviceUnreachableError, push_to_end_point

from . import deadline

_logger = logging.getLogger(__name__)

#: What became of one notification: the device's service took it; it will perhaps take it later; the
#: device has gone, or has keys that are not ours any more; it never takes this one.
SENT, LATER, GONE, REFUSED = "sent", "later", "gone", "refused"
#: Answers that say that the device was registered with other keys than ours (RFC 8292).
OTHER_KEYS = (401, 403)
TOO_MANY = 429
#: An address that nothing can be sent to.
NO_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)
#: Seconds for the whole exchange with a service, however slowly it speaks.
PATIENCE = 10
#: Services that are spoken to at the same time.
AT_ONCE = 8


@dataclasses.dataclass(frozen=True)
class Parcel:
    """One notification for one device.

    :ivar int id: of its row in the queue
    :ivar int device_id: of ``mail.push.device``
    :ivar str endpoint: address at the service of the device's browser
    :ivar str keys: JSON, as the browser gave them
    :ivar str payload: JSON
    """

    id: int
    device_id: int
    endpoint: str
    keys: str
    payload: str


@dataclasses.dataclass(frozen=True)
class Stamp:
    """Who sends: what a service asks for (RFC 8292)."""

    base_url: str
    private_key: str
    public_key: str


def deliver_all(parcels, stamp):
    """:param list parcels: of Parcel
    :param Stamp stamp:
    :return: list of (Parcel, outcome) in their order"""
    if not parcels:
        return []
    with futures.ThreadPoolExecutor(max_workers=min(AT_ONCE, len(parcels))) as pool:
        outcomes = pool.map(lambda parcel: deliver(parcel, stamp), parcels)
        return list(zip(parcels, outcomes, strict=True))


def deliver(parcel, stamp):
    """:return: SENT, LATER, GONE or REFUSED"""
    answers = []
    session = deadline.new_session()
    session.hooks["response"].append(lambda answer, *_args, **_kw: answers.append(answer))
    device = {"id": parcel.device_id, "endpoint": parcel.endpoint, "keys": parcel.keys}
    try:
        with session, deadline.within(PATIENCE):
            push_to_end_point(
                stamp.base_url,
                device,
                parcel.payload,
                stamp.private_key,
                stamp.public_key,
                session,
            )
    except DeviceUnreachableError:
        return GONE
    except NO_ADDRESS as error:
        return _unusable(parcel, error)
    except (requests.exceptions.RequestException, OSError) as error:
        _logger.info("no answer for device %s: %s", parcel.device_id, type(error).__name__)
        return LATER
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error) as error:
        # Nothing can be encrypted for keys that are none.
        return _unusable(parcel, error)
    return outcome_of(answers[-1].status_code)


def _unusable(parcel, error):
    _logger.info("device %s cannot be told anything: %s", parcel.device_id, error)
    return GONE


def outcome_of(status):
    """:param int status: of the service's answer"""
    if status < 300:
        return SENT
    if status in OTHER_KEYS:
        return GONE
    return LATER if status == TOO_MANY or status >= 500 else REFUSED
