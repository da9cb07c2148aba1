"""Pictures and files that people give along with a question."""

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages
from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chat.budget import tokens_of
from chat.parts import Part

from .messages import Message
from .refusals import Refused

if TYPE_CHECKING:
    from chat.attachments.taken import Taken

# The same key of the same person is the same upload.
NAMESPACE = uuid.UUID("0b8f7d8e-24a1-4d0c-8a8e-6f9b3a1d5c77")
AT_ONCE = 500
# What models make of a picture, roughly: a vendor's own rule of thumb.
PIXELS_PER_TOKEN = 750
# The small picture lies beside its file, under this name more.
THUMB = "-thumb"


def _storage() -> Storage:
    return storages["attachments"]


def _path(attachment: "Attachment", name: str) -> str:
    """By our own name alone: that of the person is text, and never a path."""
    return f"{attachment.pk.hex[:2]}/{attachment.pk.hex}"


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def visible_to(self, user: Any) -> "AttachmentQuerySet":
        return self.filter(user_id=user.pk)

    def unsent(self) -> "AttachmentQuerySet":
        return self.filter(message=None)

    def put(self, user: Any, key: str, name: str, taken: "Taken") -> "Attachment":
        """Stored for the next question. What came before under the same key is that already."""
        pk = uuid.uuid5(NAMESPACE, f"{user.pk}:{key}") if key else uuid.uuid4()
        if there := self.visible_to(user).filter(pk=pk).first():
            return there
        self._check_space(user, len(taken.data))
        made = _attachment(pk, user.pk, name, taken)
        made.file.save(name, ContentFile(taken.data), save=False)
        if taken.thumb:
            made.file.storage.save(made.thumb_name, ContentFile(taken.thumb))
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError:
            # The same upload came twice at once, and the other one was first.
            made.drop_file()
            return self.get(pk=pk)
        return made

    def _check_space(self, user: Any, size: int) -> None:
        files = self.visible_to(user).order_by().values("file", "size").distinct()
        used = files.aggregate(sum=models.Sum("size", default=0))["sum"]
        if used + size > settings.ATTACHMENTS_USER_MAX_BYTES:
            raise Refused(
                _(
                    "Your files take all the space that you have. Delete conversations with files that you no longer need."
                )
            )

    def send(
        self, ids: Sequence[uuid.UUID], question: Message, *, edited: Message | None = None
    ) -> list[Part]:
        """Make files part of a question that is being asked: those that wait to be sent, and copies of those of the question
        that it stands in for."""
        if len(set(ids)) > settings.ATTACHMENTS_PER_MESSAGE:
            most = settings.ATTACHMENTS_PER_MESSAGE
            raise Refused(_("At most %(most)d files can go with one message.") % {"most": most}, 422)
        mine = self.select_for_update().filter(user_id=question.conversation.user_id)
        found = mine.filter(models.Q(message=None) | models.Q(message=edited)).in_bulk(list(ids))
        wanted = [found[pk] for pk in dict.fromkeys(ids) if pk in found]
        if len(wanted) < len(set(ids)):
            raise Refused(_("One of the files is no longer there. Remove it, and attach it again."))
        sent = [each if each.message_id is None else each.copy() for each in wanted]
        for each in sent:
            each.message = question
        self.bulk_update([each for each in sent if not each._state.adding], ["message"])
        self.bulk_create([each for each in sent if each._state.adding])
        return [each.part for each in sent]

    def copy_to(self, copies: Mapping[uuid.UUID, Message]) -> None:
        """The files of messages for the copies that were made of these, by the ids of the originals. The copies' parts are
        those of the originals until here; they are stored with the new ids."""
        with_files = [pk for pk, copy in copies.items() if any("attachment" in part for part in copy.parts)]
        made: dict[str, Attachment] = {}
        for start in range(0, len(with_files), AT_ONCE):
            for each in self.filter(message__in=with_files[start : start + AT_ONCE]):
                made[str(each.pk)] = twin = each.copy()
                twin.message = copies[each.message_id or uuid.UUID(int=0)]
        self.bulk_create(made.values(), AT_ONCE)
        for pk in with_files:
            copies[pk].parts = [_renamed(part, made) for part in copies[pk].parts]
        Message.objects.bulk_update([copies[pk] for pk in with_files], ["parts"], AT_ONCE)


class Attachment(models.Model):
    """`message` is null until the question is sent. `text` is what a model is given of a text or PDF file, `tokens` our
    estimate of what that costs. Copies, as of a fork, share a file, which goes with the last of them."""

    class Kind(models.TextChoices):
        IMAGE = "image"
        TEXT = "text"
        PDF = "pdf"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="attachments")
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="attachments")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    file = models.FileField(storage=_storage, upload_to=_path, max_length=100)
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    text = models.TextField(blank=True)
    tokens = models.PositiveIntegerField(default=0)
    created = models.DateTimeField(default=timezone.now)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["created"]
        indexes = [
            models.Index(fields=["created"], condition=models.Q(message=None), name="attachment_unsent"),
            models.Index(fields=["file"], name="attachment_file"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        return self.kind == self.Kind.IMAGE

    @property
    def thumb_name(self) -> str:
        return thumb_of(self.file.name or "")

    def open_thumb(self) -> "File[bytes]":
        return self.file.storage.open(self.thumb_name)

    def drop_file(self) -> None:
        """Of a row that was never stored."""
        self.file.storage.delete(self.thumb_name)
        self.file.delete(save=False)

    @property
    def part(self) -> Part:
        """As it stands in its message."""
        return {
            "type": "image" if self.is_picture else "file",
            "attachment": str(self.pk),
            "name": self.name,
            "media_type": self.media_type,
            "size": self.size,
        }

    def copy(self) -> "Attachment":
        """Another row on the same file, not saved."""
        names = ("user_id", "kind", "name", "media_type", "size", "file", "width", "height", "text", "tokens")
        return Attachment(**{name: getattr(self, name) for name in names})


def _attachment(pk: uuid.UUID, user_id: int, name: str, taken: "Taken") -> Attachment:
    made = Attachment(pk=pk, user_id=user_id, kind=taken.kind, name=name, media_type=taken.media_type)
    made.size, made.text, made.width, made.height = len(taken.data), taken.text, taken.width, taken.height
    pixels = (taken.width or 0) * (taken.height or 0)
    made.tokens = -(-pixels // PIXELS_PER_TOKEN) if pixels else tokens_of(taken.text)
    return made


def _renamed(part: Part, made: Mapping[str, Attachment]) -> Part:
    twin = made.get(part.get("attachment", ""))
    return part if twin is None else part | {"attachment": str(twin.pk)}


def thumb_of(name: str) -> str:
    return name + THUMB
