from . import kala_composer, kala_explain, kala_reattach, kala_simulate
