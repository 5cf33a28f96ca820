from . import pbx, voicenter, yeastar
