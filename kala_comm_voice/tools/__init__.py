from . import pbx, voicenter
