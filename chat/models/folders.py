"""Where people put their conversations: each in one folder, or in none."""

from typing import Any

from django.conf import settings
from django.db import models


class FolderQuerySet(models.QuerySet["Folder"]):
    def visible_to(self, user: Any) -> "FolderQuerySet":
        return self.filter(user_id=user.pk)


class Folder(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="folders")
    name = models.CharField(max_length=80)
    created = models.DateTimeField(auto_now_add=True)

    objects = FolderQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_folder_per_name")]

    def __str__(self) -> str:
        return self.name
