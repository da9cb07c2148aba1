"""How static files are stored."""

import re
from collections.abc import Callable
from typing import Any

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Hashed names also inside `import` statements, never older than their importer.

    Of our own modules alone: a package's scripts may import names that only its own set-up can resolve.
    """

    support_js_module_import_aggregation = True
    # Each pass settles one level of modules that import modules.
    max_post_process_passes = 20
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        HashedFilesMixin._js_module_import_aggregation_patterns[1],  # type: ignore[attr-defined]
    )

    def url_converter(
        self, name: str, hashed_files: dict[str, str], template: str | None = None
    ) -> Callable[[re.Match[str]], Any]:
        """A package's style also names its fonts in old formats, which no browser asks for and which we do not keep."""
        convert = super().url_converter(name, hashed_files, template)

        def converted(found: re.Match[str]) -> Any:
            try:
                return convert(found)
            except ValueError:
                if not name.startswith("vendor/"):
                    raise
                return found["matched"]

        return converted
