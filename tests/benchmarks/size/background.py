"""What a serving process does beside answering, as far as it asks the database."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from chat import runtime
from chat.access import Claim, judge
from chat.journal.database import DatabaseJournal
from chat.models import Conversation, Device, Trace, catching_up
from chat.models.files import sweep_lost, sweep_unsent
from chat.turns import recovery


def work() -> dict[str, Callable[[], Any]]:
    settings.TRACE_DAYS = 30
    # The sweep as it usually is: with nothing to sweep.
    settings.TEMPORARY_KEEP_SECONDS = 1e8
    newest = Conversation.objects.order_by("-updated").values_list("user_id", "pk")[:100]
    session = Device.objects.filter(session__expire_date__gt=timezone.now()).values_list(
        "session_id", flat=True
    )
    claims = [Claim(key, pk) for key, (_, pk) in zip(session[:100], newest, strict=True)]
    idle = time.time() - timedelta(minutes=10).total_seconds()
    journal = DatabaseJournal()
    return {
        "turns whose runner died (2 s)": lambda: recovery._expired(set()),
        "ends not yet announced (2 s)": lambda: recovery._unannounced(0),
        "100 viewers, looked at again (2 s)": lambda: judge(claims),
        "conversations under way (60 s)": runtime._active_topics,
        "trimming the log (60 s)": lambda: journal._trim(time.time() - idle, set()),
        "temporary chats (30 s)": lambda: runtime._sweep_temporary(set()),
        "500 texts, whether they are in the index (0.1 s, once a day)": catching_up.look_at_messages,
        "500 titles, whether they are in the index (0.1 s, once a day)": catching_up.look_at_titles,
        "sessions that are over (1 h)": SessionStore.clear_expired,
        "old traces (1 h)": Trace.objects.sweep,
        "files never sent (1 h)": sweep_unsent,
        "files without a row (1 d)": sweep_lost,
    }
