"""Where people put their conversations: each in one folder, or in none."""

from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _


class NameTaken(Exception):
    """A folder of the same name is there already."""

    def __str__(self) -> str:
        return _("You have a folder of this name already.")


class FolderQuerySet(models.QuerySet["Folder"]):
    def visible_to(self, user: Any) -> "FolderQuerySet":
        return self.filter(user_id=user.pk)

    def named(self, user: Any, name: str) -> "Folder":
        """The folder of this name, which is made where there is none."""
        return self.get_or_create(user=user, name=name)[0]


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

    def rename(self, name: str) -> None:
        self.name = name
        try:
            with transaction.atomic():
                self.save(update_fields=["name"])
        except IntegrityError as error:
            raise NameTaken from error
