"""Money as people read it."""

from decimal import Decimal

from django import template
from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _

register = template.Library()
# Of less than a hundredth the first digits that say something, down to what is stored at all.
DIGITS, STORED = 2, 6


@register.filter
def money(amount: Decimal | None) -> str:
    """In the currency of the settings; a dash where nothing is known."""
    if amount is None:
        return "–"
    number = number_format(amount, decimal_pos=_decimals(amount), force_grouping=True)
    return _("%(number)s %(currency)s") % {"number": number, "currency": settings.CURRENCY}


def _decimals(amount: Decimal) -> int:
    if not amount or abs(amount) >= Decimal("0.01"):
        return 2
    return min(DIGITS - 1 - amount.adjusted(), STORED)
