"""How one person wants the chat to look and behave."""

from django.conf import settings
from django.db import models


class Preferences(models.Model):
    class Theme(models.TextChoices):
        SYSTEM = "", "As the system"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    class SendKey(models.TextChoices):
        ENTER = "enter", "Enter"
        CTRL_ENTER = "ctrl-enter", "Ctrl+Enter"

    class Density(models.TextChoices):
        COMFORTABLE = "comfortable", "Comfortable"
        COMPACT = "compact", "Compact"

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
