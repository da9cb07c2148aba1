from django.apps import AppConfig
from django.contrib.admin import apps as admin


class ChatConfig(AppConfig):
    default = True
    name = "chat"
    verbose_name = "Rivulet"

    def ready(self) -> None:
        from . import checks  # noqa: F401  (registers them)


class AdminConfig(admin.AdminConfig):
    """Django's admin with our site in it."""

    default = False
    default_site = "chat.admin.site.AdminSite"

    def ready(self) -> None:
        super().ready()
        from .admin import (  # noqa: F401
            conversations,
            costs,
            feedback,
            models,
            providers,
            readings,
            servers,
            signins,
            tools,
            traces,
            turns,
            uses,
        )
