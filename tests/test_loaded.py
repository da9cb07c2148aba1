"""What a process alone has no use for takes none of its memory."""

import subprocess
import sys

from tests.product import ROOT

LOADED = (
    "import sys, chatsite.asgi, chat.server.daphne; print(*{name.partition('.')[0] for name in sys.modules})"
)
SELDOM = {"redis", "taskiq_redis", "boto3", "mcp", "anthropic"}


def test_a_process_alone_loads_neither_redis_nor_what_few_sites_need(tmp_path):
    environment = {"PATH": "", "DJANGO_SETTINGS_MODULE": "chatsite.settings", "DATA_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert {"django", "twisted", "chat"} <= loaded
    assert loaded & SELDOM == set()
