"""What the doctor says of what an installation stands on, where that is away or not as it should be."""

import json
import os

import pytest

from chat.doctor import ground, models
from chat.models import Model, Provider
from tests.faults.model_server import ModelServer
from tests.faults.scripts import quick

PASSWORD = "hunter2-canary"
AWAY = {
    "DATABASE_URL": "sqlite:////nowhere/rivulet.sqlite3",
    "REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1:9/0",
}


def test_servers_that_are_away_are_told_of_without_their_passwords(template, tmp_path, doctor):
    done = doctor(template, tmp_path, "--json", **AWAY)
    assert done.returncode == 1, done.stderr
    bad = {f["about"] for f in json.loads(done.stdout)["findings"] if f["state"] == "failed"}
    assert bad == {"database", "redis"}
    assert PASSWORD not in done.stdout + done.stderr


@pytest.mark.django_db
def test_a_secret_that_others_can_read_is_told_of(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    (tmp_path / "secret_key").write_text("x")
    (tmp_path / "secret_key").chmod(0o644)
    (found,) = [f for f in ground.findings() if f.about == "secret"]
    assert (found.state, found.mend) == ("failed", (f"chmod 600 {tmp_path / 'secret_key'}",))


@pytest.mark.django_db
def test_a_disk_that_is_full_is_told_of(settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path
    usage = os.statvfs(tmp_path)
    monkeypatch.setattr(ground, "LEAST_BYTES", usage.f_frsize * usage.f_blocks * 2)
    (found,) = [f for f in ground.findings() if f.about == "data"]
    assert found.state == "failed"


@pytest.mark.django_db(transaction=True)
def test_each_enabled_provider_is_asked_whether_it_answers():
    with ModelServer({"quick": quick}).serving() as server:
        for name, url in (("There", server.url), ("Away", "http://127.0.0.1:9/v1")):
            provider = Provider.objects.create(name=name, kind="openai", base_url=url)
            Model.objects.create(provider=provider, name="quick")
        Provider.objects.create(name="Off", kind="openai", base_url="http://127.0.0.1:9", enabled=False)
        found = {finding.about: finding.state for finding in models.findings()}
    assert found == {"models of There": "ok", "models of Away": "failed"}
