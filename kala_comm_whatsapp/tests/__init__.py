from . import test_files_out
from . import test_flow
from . import test_meta_failures
from . import test_meta_parse
from . import test_meta_provider
from . import test_templates
from . import test_waboxapp_parse
from . import test_waboxapp_provider
