from . import const, models, tools
