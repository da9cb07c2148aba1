"""What a person thinks of a reply."""

from django.db import models, transaction

from .messages import Message


class FeedbackQuerySet(models.QuerySet["Feedback"]):
    @transaction.atomic
    def give(self, message: Message, value: int, comment: str | None = None) -> None:
        """Without a comment, the same thumb once more takes it back."""
        given = self.select_for_update().filter(message=message).first()
        if given is None:
            self.create(message=message, value=value, comment=comment or "")
        elif comment is None and given.value == value:
            given.delete()
        else:
            given.value = value
            given.comment = given.comment if comment is None else comment
            given.save(update_fields=["value", "comment"])


class Feedback(models.Model):
    class Value(models.IntegerChoices):
        DOWN = -1
        UP = 1

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="feedback")
    value = models.SmallIntegerField(choices=Value.choices)
    comment = models.CharField(max_length=2000, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    objects = FeedbackQuerySet.as_manager()

    class Meta:
        ordering = ["-created"]
        indexes = [models.Index(fields=["value", "-created"], name="feedback_by_value")]
        constraints = [models.CheckConstraint(condition=models.Q(value__in=[-1, 1]), name="feedback_value")]

    def __str__(self) -> str:
        return f"{self.get_value_display()} {self.message_id}"
