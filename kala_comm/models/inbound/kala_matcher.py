from odoo import api, fields, models

from .values import Match

#: Candidates that are kept with a communication (MA9).
KEPT_CANDIDATES = 10
#: Of an address that more records of a model share (a switchboard, the e-mail of a form), only
#: so many are looked at: the newest, those it wrote to or from last, and pinned ones.
CROWD = 500

#: Verdicts on customers whom a new lead may be linked to.
FITTING = ("ok", "old")

#: The record models, the preferred one first.
MODELS = ("sale.order", "crm.lead", "res.partner")


class KalaMatcher(models.AbstractModel):
    """Finds the order, lead or customer that an incoming communication belongs to (MA)."""

    _name = "kala.matcher"
    _description = "Matcher"

    @api.model
    def _match(self, company, senders):
        """Match the senders of a batch in one query, whatever their number.

        :param company: ``res.company`` of the lines they wrote to
        :param list senders: of Sender
        :return: list of Match, in the order of the senders
        """
        rows_by_n = self._find_candidates(company, senders)
        return [
            self._choose(company, sender, rows_by_n.get(n, [])) for n, sender in enumerate(senders)
        ]

    @api.model
    def _find_candidates(self, company, senders):
        """:return: dict place of a sender → rows of its candidates, the best one first"""
        self.env["kala.recency"].env.flush_all()
        query = self._candidates_query(company, senders, CROWD, KEPT_CANDIDATES)
        self.env.cr.execute(query.code, query.params)
        rows_by_n = {}
        for n, *row in self.env.cr.fetchall():
            rows_by_n.setdefault(n, []).append(row)
        return rows_by_n

    # ------------------------------------------------------------------ words

    @api.model
    def _words(self):
        """:return: dict rule → how it reads on the communication (MA9)"""
        return {
            "reply": self.env._("it answers a message of ours that belongs there"),
            "target": self.env._("the message it is about belongs there"),
            "nowhere": self.env._("a reaction or the like of somebody of whom no record is known"),
            "pinned": self.env._("a user attached this contact there before"),
            "order": self.env._("the contact's order with the most recent communication"),
            "lead": self.env._("the contact's lead with the most recent communication"),
            "customer": self.env._("the contact's customer; no open order or lead was found"),
            "new": self.env._("no record of this contact fitted: a new lead was made"),
            "new_for_customer": self.env._("a new lead for a known customer, by setting"),
            "always_new": self.env._("this channel always makes a new lead, by setting"),
            "internal": self.env._("a call between colleagues belongs to no record"),
            "automatic": self.env._("an automatic answer that belongs to no record"),
            "thread": self.env._("it continues an e-mail thread of that record"),
            "group": self.env._("it was written in a group, which belongs to no record"),
            "user": self.env._("a user attached it there"),
            "deleted": self.env._("the record it was attached to was deleted"),
        }

    @api.model
    def _verdict_words(self, company):
        """:return: dict verdict on a candidate → how it reads (MA9)"""
        return {
            "ok": self.env._("fitted too, but the chosen one came first"),
            "old": self.env._(
                "its last communication was older than %s days", company.kala_match_days
            ),
            "status": self.env._("its status type is excluded in the settings"),
            "archived": self.env._("it is archived"),
        }

    # ------------------------------------------------------------------ choice

    @api.model
    def _choose(self, company, sender, rows):
        """Choose among the ranked candidates of one sender (MA1, MA3, MA4, MA5, MA7)."""
        candidates = [
            {"model": m, "id": i, "verdict": v, "recency": fields.Datetime.to_string(r)}
            for m, i, _s, v, r, _p, _o in rows
        ]
        partner_id = self._customer_of(rows)
        best = next((row for row in rows if row[3] == "ok"), None)
        rule = self._rule_of(best)
        if not sender.is_news:
            return self._choose_aside(best, rule, partner_id, candidates)
        if rule != "reply" and self._always_new(company, sender):
            return Match.nowhere("always_new", candidates, partner_id)
        if best is None:
            return Match.nowhere("new", candidates, partner_id)
        model, res_id = best[:2]
        if rule == "customer" and self._new_for_customer(company, sender):
            return Match.nowhere("new_for_customer", candidates, res_id)
        customer_id = res_id if model == "res.partner" else best[5]
        return Match(model, res_id, customer_id or False, rule, candidates)

    @api.model
    def _choose_aside(self, best, rule, partner_id, candidates):
        """A reaction, an edit or the like goes to the record of its message, else where a text
        would go, else to the customer; it never makes a lead."""
        if best:
            rule = "target" if rule == "reply" else rule
            return Match(best[0], best[1], best[5] or False, rule, candidates)
        if partner_id:
            return Match("res.partner", partner_id, partner_id, "customer", candidates)
        return Match.nowhere("nowhere", candidates)

    @api.model
    def _customer_of(self, rows):
        """Whom a new lead is linked to (MA3): the customer who has the address, else the one of
        the contact's former lead.

        :return: id or False
        """
        known = [i for m, i, _s, v, _r, _p, _o in rows if m == "res.partner" and v in FITTING]
        # A quoted message does not tell to whom the address belongs.
        former = [o for _m, _i, s, v, _r, _p, o in rows if o and s and v in (*FITTING, "status")]
        return next(iter(known + former), False)

    @api.model
    def _rule_of(self, row):
        if row is None:
            return "new"
        model, _id, source = row[:3]
        if source < 2:
            return ("reply", "pinned")[source]
        return ("order", "lead", "customer")[MODELS.index(model)]

    @api.model
    def _always_new(self, company, sender):
        """MA5: some channels always make a new lead."""
        if sender.ours:
            return False
        if sender.family == "text":
            return company.kala_text_always_new_lead
        if sender.family == "call":
            return company.kala_call_always_new_lead or (
                sender.missed and company.kala_missed_call_always_new_lead
            )
        return False

    @api.model
    def _new_for_customer(self, company, sender):
        """MA4: a customer was found, but the company wants a lead for each matter."""
        return not sender.ours and company[f"kala_new_lead_on_partner_{sender.family}"]
