"""Accounts for the load: prints a session and an empty conversation each for as many people as asked for."""

import json
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import transaction  # noqa: E402

from chat.models import Conversation  # noqa: E402


def person(name: str) -> tuple[str, str]:
    user, _ = get_user_model().objects.get_or_create(username=name, defaults={"password": "!"})
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    conversation = Conversation.objects.create(user=user, title=name)
    return str(session.session_key), str(conversation.pk)


if __name__ == "__main__":
    with transaction.atomic():
        print(json.dumps([person(f"reader-{n}") for n in range(int(sys.argv[1]))]))
