from . import (
    base_partner_merge,
    kala_change,
    kala_composer,
    kala_consent_change,
    kala_explain,
    kala_reattach,
    kala_line_replace,
    kala_resend,
    kala_simulate,
)
