"""The tables of the database journal. `chat.journal.database` alone reads and writes them."""

from django.db import models


class JournalTopic(models.Model):
    """The head of a topic. Cursors below `floor` can no longer be served."""

    topic = models.CharField(max_length=64, primary_key=True)
    epoch = models.CharField(max_length=16)
    offset = models.BigIntegerField(default=0)
    floor = models.BigIntegerField(default=0)
    touched = models.FloatField(default=0, help_text="Unix time of the last append.")

    class Meta:
        db_table = "chat_journal_topic"
        # Those that have anything to trim: a head stays of each conversation there ever was.
        indexes = [
            models.Index(
                fields=["touched"],
                condition=models.Q(floor__lt=models.F("offset")),
                name="journal_topic_untrimmed",
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.epoch}:{self.offset}"


class JournalFence(models.Model):
    """The highest token, and the highest append of that token, that a writer has shown."""

    key = models.CharField(max_length=64, primary_key=True)
    token = models.BigIntegerField()
    seq = models.BigIntegerField()
    touched = models.FloatField(default=0, db_index=True)

    class Meta:
        db_table = "chat_journal_fence"

    def __str__(self) -> str:
        return f"{self.key} {self.token}.{self.seq}"


class JournalEntry(models.Model):
    topic = models.CharField(max_length=64)
    offset = models.BigIntegerField()
    payload = models.TextField()
    created = models.FloatField(help_text="Unix time.")

    class Meta:
        db_table = "chat_journal_entry"
        constraints = [models.UniqueConstraint(fields=["topic", "offset"], name="journal_entry_place")]

    def __str__(self) -> str:
        return f"{self.topic} {self.offset}"
