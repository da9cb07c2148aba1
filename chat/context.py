"""What the page around a conversation needs, for every template."""

import uuid
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from .models import Conversation, Model, Turn
from .models.providers import Provider

SIDEBAR_ROWS = 100


def shell(request: HttpRequest) -> dict[str, Any]:
    """Nothing here asks the database before a template uses it."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    models = SimpleLazyObject(lambda: list(Model.objects.usable()))
    return {
        "sidebar": SimpleLazyObject(lambda: list(_conversations(user))),
        "models": models,
        "demo_only": SimpleLazyObject(lambda: _demo_only(list(models))),
        "new_key": lambda: uuid.uuid4().hex,
    }


def _conversations(user: Any) -> Any:
    """The newest first, each with `is_writing`: a reply of it is being made."""
    writing = Turn.objects.active().filter(message__conversation=OuterRef("pk"))
    mine = Conversation.objects.visible_to(user).filter(archived=False).order_by("-updated")
    return mine.only("pk", "title").annotate(is_writing=Exists(writing))[:SIDEBAR_ROWS]


def _demo_only(models: list[Model]) -> bool:
    return all(model.provider.kind == Provider.Kind.DEMO for model in models)
