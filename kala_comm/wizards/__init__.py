from . import (
    base_partner_merge,
    kala_change,
    kala_composer,
    kala_composer_address,
    kala_composer_preview,
    kala_composer_send,
    kala_consent_change,
    kala_explain,
    kala_reattach,
    kala_line_replace,
    kala_resend,
    kala_simulate,
)
