"""The model toolchain: from weights in registry packages to the bundles in ``models/``.

Needs the extra ``build``. Nothing that runs on a door imports this package.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow talks on standard error about nothing that matters here
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")  # and rounds differently with these on, machine by machine
