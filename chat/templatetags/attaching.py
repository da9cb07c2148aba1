"""What the message box knows of files before it sends one."""

from typing import Any

from django import template
from django.conf import settings
from django.utils.translation import gettext as _

register = template.Library()


@register.simple_tag
def attachment_limits() -> dict[str, Any]:
    megabytes, most = settings.ATTACHMENT_MAX_BYTES // 1024 // 1024, settings.ATTACHMENTS_PER_MESSAGE
    return {
        "max_bytes": settings.ATTACHMENT_MAX_BYTES,
        "per_message": most,
        "too_large": _("This file is too large: at most %(most)d MB.") % {"most": megabytes},
        "too_many": _("At most %(most)d files can go with one message.") % {"most": most},
    }
