import hashlib

from odoo import api, models

PARAMETER = "kala_comm.fingerprint"


class KalaFingerprint(models.AbstractModel):
    """Knows whether this database is the one that was connected: a copy must never write to a
    customer, even if nobody neutralised it (AD5)."""

    _name = "kala.fingerprint"
    _description = "Database Fingerprint"

    @api.model
    def _parts(self):
        """What a copy does not share with its original, and what daily work does not change (the
        web address follows the last administrator's login)."""
        return {
            "uuid": self.env["ir.config_parameter"].sudo().get_param("database.uuid") or "",
            "name": self.env.cr.dbname,
            "place": self._place(),
        }

    @api.model
    def _place(self):
        """Where the database is: no dump and no template carries this. Read each time: a process
        may outlive the database that it was started for.

        :return: PostgreSQL's own id of the server's data, as far as the role may read it, and of
            the database in it
        """
        self.env.cr.execute(
            """SELECT oid, has_function_privilege('pg_control_system()', 'execute')
                 FROM pg_database WHERE datname = current_database()"""
        )
        database, may_read = self.env.cr.fetchone()
        if not may_read:
            return f"{database}"
        self.env.cr.execute("SELECT system_identifier FROM pg_control_system()")
        return f"{self.env.cr.fetchone()[0]}/{database}"

    @api.model
    def _encode(self, parts):
        return " ".join(
            f"{name}:{hashlib.sha256(value.encode()).hexdigest()[:16]}"
            for name, value in sorted(parts.items())
        )

    @api.model
    def _remember(self):
        """This is the database that sends: an administrator has just said so."""
        self.env["ir.config_parameter"].sudo().set_param(PARAMETER, self._encode(self._parts()))

    @api.model
    def _is_known(self):
        """:return: whether anybody has said yet which database sends"""
        return bool(self.env["ir.config_parameter"].sudo().get_param(PARAMETER))

    @api.model
    def _fits(self):
        return not self._differences()

    @api.model
    def _differences(self):
        """:return: names of the parts that are not as they were: uuid, name, place"""
        known = self.env["ir.config_parameter"].sudo().get_param(PARAMETER)
        if not known:
            return []
        kept = dict(part.split(":", 1) for part in known.split())
        now = dict(part.split(":", 1) for part in self._encode(self._parts()).split())
        return [name for name in now if kept.get(name) != now[name]]

    @api.model
    def _warning(self):
        """:return: a sentence why nothing is sent, or an empty string"""
        words = {
            "uuid": self.env._("it is a copy"),
            "name": self.env._("its name changed"),
            "place": self.env._("it was restored, copied or moved to another database server"),
        }
        differences = self._differences()
        if not differences:
            return ""
        return self.env._(
            "Sending is paused: this is not the database that was connected (%s). If it is the "
            "one that should write to customers, an administrator confirms it in the settings of "
            "Communication; messages then leave.",
            ", ".join(words[name] for name in differences),
        )
