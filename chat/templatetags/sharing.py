"""What the settings of the server let people do."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def can_share() -> bool:
    return bool(settings.SHARING)
