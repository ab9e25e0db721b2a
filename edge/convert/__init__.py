"""The model toolchain: from weights in registry packages to the bundles in ``models/``.

Needs the extra ``build``. Nothing that runs on a door imports this package.
"""
