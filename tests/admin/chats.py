"""Conversations by the row, for lists and transcripts. Nothing here asks a model."""

from datetime import timedelta

from django.utils import timezone

from chat.models import Conversation, Message, Model, Provider, Turn


def model(name="tiny"):
    provider, _ = Provider.objects.get_or_create(name="Lab", defaults={"base_url": "http://lab/v1"})
    return Model.objects.get_or_create(provider=provider, name=name)[0]


def conversation(user, title="Sourdough", exchanges=1, **turn):
    """Questions and answers by turns; keyword arguments go into the last turn."""
    chat = Conversation.objects.create(user=user, title=title, model=model())
    for number in range(exchanges):
        question = chat.messages.create(parent_id=chat.leaf_id, role="user", text=f"question {number}")
        answered(chat, question, f"answer {number}", **(turn if number == exchanges - 1 else {}))
    return chat


def answered(chat, question, text, status="complete", **fields):
    now = timezone.now()
    answer = chat.messages.create(parent=question, role="assistant", text=text)
    times = {
        "requested": now,
        "first_token": now + timedelta(seconds=0.25),
        "finished": now + timedelta(seconds=1),
    }
    figures = {"prompt_tokens": 12, "completion_tokens": 1500}
    made = {
        "status": status,
        "key": str(answer.pk),
        "user": chat.user,
        "model": chat.model,
        "model_name": "tiny",
    }
    turn = Turn.objects.create(message=answer, **{**made, **times, **figures, **fields})
    chat.leaf = answer
    chat.save()
    return turn


def many(user, count, exchanges=1):
    """Rows by the thousand. Each conversation has its leaf, its messages and its turns."""
    start, chosen = timezone.now() - timedelta(days=30), model()
    step = timedelta(days=30) / count
    chats = [
        Conversation(
            user=user,
            title=f"Chat number {n}",
            model=chosen,
            created=start + n * step,
            updated=start + n * step,
        )
        for n in range(count)
    ]
    Conversation.objects.bulk_create(chats, batch_size=2000)
    for _ in range(exchanges):
        questions = [
            Message(conversation=c, parent_id=c.leaf_id, role="user", text="question") for c in chats
        ]
        answers = [
            Message(conversation=c, parent=q, role="assistant", text="answer " * 40)
            for c, q in zip(chats, questions, strict=True)
        ]
        Message.objects.bulk_create(questions, batch_size=2000)
        Message.objects.bulk_create(answers, batch_size=2000)
        Turn.objects.bulk_create([_turn(c, a) for c, a in zip(chats, answers, strict=True)], batch_size=2000)
        for chat, answer in zip(chats, answers, strict=True):
            chat.leaf = answer
    Conversation.objects.bulk_update(chats, ["leaf"], batch_size=500)
    return chats


def _turn(chat, answer):
    asked = chat.updated
    return Turn(
        message=answer,
        user_id=chat.user_id,
        key=str(answer.pk),
        model=chat.model,
        model_name="tiny",
        status="complete",
        requested=asked,
        first_token=asked + timedelta(seconds=0.4),
        finished=asked + timedelta(seconds=2),
        completion_tokens=80,
    )
