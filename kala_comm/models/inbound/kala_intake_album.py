from odoo import api, models


class KalaIntake(models.AbstractModel):
    """Albums: what a contact sent as one comes as several messages, each with one file."""

    _inherit = "kala.intake"

    @api.model
    def _split_albums(self, entries):
        """:return: (list of Entry, list of Entry that only bring a file more for one of these, or
        for a message that is in the log)"""
        firsts, followers, known = [], [], self._known_albums(entries)
        for entry in entries:
            album = self._album_of(entry)
            (followers if album in known else firsts).append(entry)
            if album:
                known[album] = known.get(album)
        return firsts, followers

    @api.model
    def _album_of(self, entry):
        message = entry.message
        return (entry.connection.id, message.album) if message.album else None

    @api.model
    def _known_albums(self, entries):
        """:return: dict (connection id, album) → the message of the log that it began with.
        Index: ``kala_communication_album_idx``."""
        wanted = {self._album_of(entry) for entry in entries} - {None}
        if not wanted:
            return {}
        found = self.env["kala.communication"].search(
            [
                ("album", "in", [album for _connection, album in wanted]),
                ("connection_id", "in", [connection for connection, _album in wanted]),
                ("direction", "=", "in"),
            ],
            order="id desc",
        )
        return {(message.connection_id.id, message.album): message for message in found}

    @api.model
    def _join_albums(self, followers):
        """Add the files to the messages that the albums began with."""
        known = self._known_albums(followers)
        for entry in followers:
            message = known.get(self._album_of(entry))
            if message is None:
                entry.item._bury(self.env._("The message that it belongs to is not in the log."))
                continue
            files = self._prepare_communication_vals(message.company_id, entry)["extra"] or {}
            message._add_files(files.get("files") or [], entry.message.body)
            self._finish([entry], message)
