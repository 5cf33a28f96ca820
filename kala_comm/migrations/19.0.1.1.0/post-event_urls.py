def migrate(cr, version):
    """The addresses of events that are kept have no query any more: some gateways bring their
    password along in it (SC2)."""
    cr.execute("UPDATE kala_inbound_event SET url = split_part(url, '?', 1) WHERE url LIKE '%?%'")
