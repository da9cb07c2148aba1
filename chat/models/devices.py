"""The browsers in which people are signed in."""

import re
import uuid
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

# The first that fits: many a browser also says that it is another one.
_BROWSERS = (
    *(
        ("Edge", "Edg"),
        ("Opera", "OPR|Opera"),
        ("Samsung Internet", "SamsungBrowser"),
        ("Firefox", "Firefox|FxiOS"),
    ),
    *(("Chromium", "Chromium"), ("Chrome", "Chrome|CriOS"), ("Safari", "Safari")),
)
_SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("macOS", "Mac OS X|Macintosh"), ("ChromeOS", "CrOS"), ("Linux", "Linux")),
)


class DeviceQuerySet(models.QuerySet["Device"]):
    def visible_to(self, user: Any) -> "DeviceQuerySet":
        return self.filter(user_id=user.pk, session__expire_date__gt=timezone.now()).order_by("-seen")

    def saw(self, session_key: str, user: Any, agent: str) -> None:
        self.update_or_create(
            session_id=session_key,
            defaults={"user_id": user.pk, "agent": agent[:300], "seen": timezone.now()},
        )

    def sign_out(self) -> None:
        """What of theirs is open ends when access is asked about again, within seconds."""
        Session.objects.filter(device__in=self).delete()


class Device(models.Model):
    """It goes with its session. `seen` is some minutes behind."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="device")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="devices")
    agent = models.CharField(max_length=300)
    seen = models.DateTimeField()

    objects = DeviceQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """As its browser calls itself: "Firefox on Linux"."""
        names = {"browser": _named(_BROWSERS, self.agent), "system": _named(_SYSTEMS, self.agent)}
        if all(names.values()):
            return _("%(browser)s on %(system)s") % names
        return names["browser"] or names["system"] or _("Unknown browser")


def _named(names: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((name for name, pattern in names if re.search(pattern, agent)), "")
