"""Runs one function of a benchmark inside Odoo: ``python -m benchmarks.inside DB PATH FUNCTION``.

Values come as JSON on standard input, the result goes as the last line to standard output.
"""

import importlib
import json
import sys

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config


def main(database, addons_path, function):
    config.parse_config(
        ["-d", database, "--addons-path", addons_path, "--log-level", "error"], setup_logging=True
    )
    module, name = function.split(":")
    work = getattr(importlib.import_module(f"benchmarks.{module}"), name)
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        company = env.company
        result = work(env(context={"allowed_company_ids": company.ids}), **json.load(sys.stdin))
        cr.commit()  # pylint: disable=invalid-commit
    print(json.dumps(result))


main(*sys.argv[1:])
