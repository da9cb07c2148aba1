"""What a person thinks of a reply."""

from django.db import models

from .messages import Message


class Feedback(models.Model):
    class Value(models.IntegerChoices):
        DOWN = -1
        UP = 1

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="feedback")
    value = models.SmallIntegerField(choices=Value.choices)
    comment = models.CharField(max_length=2000, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created"]
        indexes = [models.Index(fields=["value", "-created"], name="feedback_by_value")]
        constraints = [models.CheckConstraint(condition=models.Q(value__in=[-1, 1]), name="feedback_value")]

    def __str__(self) -> str:
        return f"{self.get_value_display()} {self.message_id}"
