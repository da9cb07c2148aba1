"""How one person wants the chat to look and behave."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Preferences(models.Model):
    class Theme(models.TextChoices):
        SYSTEM = "", _("As the system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class SendKey(models.TextChoices):
        ENTER = "enter", _("Enter")
        CTRL_ENTER = "ctrl-enter", _("Ctrl+Enter")

    class Density(models.TextChoices):
        COMFORTABLE = "comfortable", _("Comfortable")
        COMPACT = "compact", _("Compact")

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="preferences"
    )
    theme = models.CharField(max_length=10, choices=Theme.choices, default=Theme.SYSTEM, blank=True)
    language = models.CharField(max_length=10, blank=True, help_text="Empty: as the browser asks.")
    send_key = models.CharField(max_length=12, choices=SendKey.choices, default=SendKey.ENTER)
    density = models.CharField(max_length=12, choices=Density.choices, default=Density.COMFORTABLE)
    notifications = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"preferences of {self.user_id}"

    @classmethod
    def of(cls, user: Any) -> Self:
        """What `user` chose, or what is so for everybody; `user` may be nobody."""
        return getattr(user, "preferences", None) or cls(user_id=user.pk)
