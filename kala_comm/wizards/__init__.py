from . import base_partner_merge, kala_composer, kala_explain, kala_reattach, kala_simulate
