from . import kala_composer, kala_reattach, kala_simulate
