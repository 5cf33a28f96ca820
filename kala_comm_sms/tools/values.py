"""Values of providers that do not say of which type they are."""


def text(value):
    """:return: the value as text; empty for nothing, and for what is no single value"""
    if value is None or isinstance(value, (bool, dict, list, tuple)):
        return ""
    return str(value).strip()


def integer(value):
    """:return: int, or None where the value is no whole number"""
    if isinstance(value, bool):
        return None
    try:
        return int(text(value))
    except ValueError:
        return None


def first(values, names):
    """:return: text of the first of ``names`` that has a value, in any case"""
    lowered = {str(name).lower(): value for name, value in values.items()}
    for name in names:
        found = text(lowered.get(name.lower()))
        if found:
            return found
    return ""


def dicts(value):
    """:return: list of the dicts of a JSON body that is one dict or a list of them"""
    found = value if isinstance(value, list) else [value]
    return [part for part in found if isinstance(part, dict)]


def contents(inbound):
    """Read the body of a push, whatever its sender calls it.

    :param InboundRequest inbound:
    :return: (dict of a form or query, decoded JSON or None)
    """
    is_form = inbound.method == "GET" or inbound.content_type.startswith(
        ("application/x-www-form-urlencoded", "multipart/")
    )
    if not is_form and isinstance(inbound.json, (dict, list)):
        return {}, inbound.json
    return inbound.form_dict, None
