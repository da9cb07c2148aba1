from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"
    verbose_name = "Rivulet"

    def ready(self) -> None:
        from . import checks  # noqa: F401  (registers them)
