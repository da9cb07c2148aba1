"""Texts that a person keeps to send again."""

from typing import Any

from django.conf import settings
from django.db import models


class SavedPromptQuerySet(models.QuerySet["SavedPrompt"]):
    def visible_to(self, user: Any) -> "SavedPromptQuerySet":
        return self.filter(user_id=user.pk)


class SavedPrompt(models.Model):
    """`name` is what is typed after the slash in the message box."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_prompts")
    name = models.SlugField(max_length=40, allow_unicode=True)
    text = models.TextField()
    created = models.DateTimeField(auto_now_add=True)

    objects = SavedPromptQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_saved_prompt_per_name")]

    def __str__(self) -> str:
        return self.name
