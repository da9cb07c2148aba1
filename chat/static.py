"""How static files are stored."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Hashed names also inside `import` statements, so that a module is never older than the one that imports it."""

    support_js_module_import_aggregation = True
