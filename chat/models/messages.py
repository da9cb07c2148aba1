"""What somebody said."""

import uuid
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from chat import markdown
from chat.parts import Part

from . import steps

if TYPE_CHECKING:
    from .turns import Turn
    from .windows import Branch


class MessageQuerySet(models.QuerySet["Message"]):
    def visible_to(self, user: Any) -> "MessageQuerySet":
        return self.filter(conversation__user_id=user.pk)


class Message(models.Model):
    """`parts`, in order, as chat/parts.py describes them; `text` is what those of text say as one string."""

    class Role(models.TextChoices):
        USER = "user"
        ASSISTANT = "assistant"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey("chat.Conversation", on_delete=models.CASCADE, related_name="messages")
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="children")
    role = models.CharField(max_length=10, choices=Role.choices)
    parts = models.JSONField(default=list)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    created = models.DateTimeField(default=timezone.now)

    # Where it stands, as far as `windows.place` has told it.
    branch: "Branch | None" = None
    column = 0
    is_last = False
    is_first_sent = False

    objects = MessageQuerySet.as_manager()

    if TYPE_CHECKING:
        turn: Turn

    class Meta:
        ordering = ["created"]
        indexes = [
            models.Index(fields=["conversation", "created"], name="message_in_conversation"),
            # Without it SQLite looks for the roots of one conversation among those of all.
            models.Index(
                fields=["conversation", "created"], condition=models.Q(parent=None), name="message_root"
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=["user", "assistant"]), name="message_role")
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.pk}"

    def untie(self) -> "Message":
        """Until its turn and feedback are asked for their message, they do not know it. As the database gives them, each
        knows the other, and all would stay, with megabytes of text, until the collector comes by."""
        read = self._state.fields_cache
        turn: Turn | None = read.get("turn")
        # A running one is completed from the log, with its message.
        if turn is not None and not turn.is_active:
            for each in (turn, read.get("feedback")):
                if each is not None:
                    each._state.fields_cache.pop("message", None)
        return self

    @property
    def files(self) -> list[Part]:
        return [part for part in self.parts if "attachment" in part]

    @property
    def text_and_files(self) -> str:
        """With a line that names the files, for where there is nothing but words."""
        names = ", ".join(part["name"] for part in self.files)
        named = _("Attached: %(names)s") % {"names": names} if names else ""
        return "\n\n".join(filter(None, (self.text, named)))

    @property
    def rendered(self) -> SafeString:
        """The words of a reply as HTML: made once when its turn ended, and of what there is so far while it runs."""
        return markdown.rendered(self.html) if self.html else markdown.render(self.text)

    @property
    def has_steps(self) -> bool:
        return steps.has_steps(self.parts)

    @property
    def segments(self) -> list[steps.Segment]:
        """A reply with all that led to it. What came of its calls stands in their rows while it runs."""
        turn: Turn | None = getattr(self, "turn", None)
        is_active = turn is not None and turn.is_active
        uses = turn.uses.select_related("tool") if turn is not None and is_active else ()
        return steps.segments(self.parts, self.html, is_active, uses)

    @property
    def last_words(self) -> str:
        """Of a reply that goes on, the text to which more is added."""
        return steps.last_source(self.parts) if self.has_steps else self.text
