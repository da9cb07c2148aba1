"""Who signed in, and who tried to: the lists that come with Axes count and sort all of it for one page."""

from axes.models import AccessFailureLog, AccessLog
from django.contrib import admin

from .lists import DayFilter, LookOnly


class AttemptedOn(DayFilter):
    title = "day"
    field = "attempt_time"


class SignInAdmin(LookOnly):
    list_display = ("attempt_time", "username", "ip_address", "user_agent", "logout_time")
    list_display_links = ("attempt_time",)
    list_filter = (AttemptedOn,)
    search_fields = ("username", "ip_address")
    search_help_text = "By name or address"
    sortable_by = ()
    # As they came; nothing else of them has an index.
    ordering = ("-pk",)


class FailureAdmin(SignInAdmin):
    list_display = ("attempt_time", "username", "ip_address", "user_agent", "locked_out")


for model, options in ((AccessLog, SignInAdmin), (AccessFailureLog, FailureAdmin)):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
    admin.site.register(model, options)
