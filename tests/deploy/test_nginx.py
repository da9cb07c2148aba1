"""What docs/deploy/nginx.conf does in front of two processes."""

import re

import pytest
from django.conf import settings

from chat.daphne import FORM_BYTES
from tests.nginx import CONFIGURATION, NginxServer

MEGABYTE = 1024 * 1024


def test_nginx_accepts_the_file(tmp_path):
    assert NginxServer(tmp_path, [1, 2]).test() == ""


@pytest.mark.parametrize(
    ("place", "least"),
    [
        ("server {", settings.BODY_MAX_BYTES),
        ("location = /import/", settings.IMPORT_MAX_BYTES + FORM_BYTES),
        ("location = /attachments/", settings.ATTACHMENT_MAX_BYTES + FORM_BYTES),
    ],
)
def test_nginx_lets_through_what_the_product_takes_and_hardly_more(place, least):
    _, _, behind = CONFIGURATION.read_text().partition(place)
    found = re.search(r"client_max_body_size (\d+)m;", behind)
    assert found
    assert least <= int(found[1]) * MEGABYTE <= least + MEGABYTE


def test_nginx_waits_longer_than_a_stream_is_silent():
    _, _, behind = CONFIGURATION.read_text().partition("conversations/[0-9a-f-]+/events)/ {")
    found = re.search(r"proxy_read_timeout (\d+)s;", behind)
    assert found
    assert int(found[1]) > max(settings.VIEWER_HEARTBEAT_SECONDS, settings.POLL_SECONDS) + 10
