"""Which providers are installed, and what each of them can do."""

BASE = "kala.provider"
PREFIX = f"{BASE}."


def providers(env):
    """:return: dict code → provider's model, of all installed addons"""
    return {
        name.removeprefix(PREFIX): env[name]
        for name in sorted(env.registry)
        if name.startswith(PREFIX)
    }


def provider(env, code):
    """:return: the provider's model, or None when its addon is not installed"""
    return env.get(f"{PREFIX}{code}") if code else None


def does(model, name):
    """Say what a provider can do without a second statement of it.

    :param model: the provider's model
    :param str name: of a method that a provider may have
    :return: whether this provider has one of its own
    """
    return getattr(type(model), name) is not getattr(type(model.env[BASE]), name)


def sends(model):
    """:return: whether a line of this provider may be chosen for sending"""
    return not model._is_dispatched or does(model, "_prepare_send")
