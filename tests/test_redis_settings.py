"""A Redis that cannot serve says so before anything is served, and no password of it is ever told."""

import pytest
from django.core.checks import run_checks

from tests.ports import free_port
from tests.servers import RedisServer

pytestmark = pytest.mark.django_db


def found(settings, url: str) -> dict[str, str]:
    settings.REDIS_URL = url
    return {message.id: message.msg for message in run_checks(databases=["default"])}


@pytest.fixture(scope="module")
def redis():
    with RedisServer(appendonly="yes") as redis:
        yield redis


def test_a_redis_that_keeps_what_it_is_told_is_fine(settings, redis):
    assert found(settings, redis.url) == {}


def test_without_checks_of_the_database_nobody_waits_for_redis(settings):
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}"
    assert run_checks() == []


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-random"])
def test_s10_a_redis_that_may_drop_running_replies_is_refused(settings, redis, policy):
    with redis.client() as client:
        client.config_set("maxmemory-policy", policy)
        assert policy in found(settings, redis.url)["rivulet.E044"]
        client.config_set("maxmemory-policy", "volatile-lru")
        assert found(settings, redis.url) == {}


def test_a_redis_that_keeps_nothing_is_warned_of(settings, redis):
    with redis.client() as client:
        client.config_set("appendonly", "no")
        assert list(found(settings, redis.url)) == ["rivulet.W047"]
        client.config_set("appendonly", "yes")


def test_a_redis_that_is_away_is_warned_of(settings):
    assert list(found(settings, f"redis://:sesame@127.0.0.1:{free_port()}/0")) == ["rivulet.W045"]


def test_a_cluster_or_an_old_redis_is_refused(settings, redis, monkeypatch):
    info = {"redis_version": "6.0.16", "redis_mode": "cluster", "aof_enabled": 1}
    monkeypatch.setattr("redis.Redis.info", lambda client: info)
    assert set(found(settings, redis.url)) == {"rivulet.E043", "rivulet.E046"}


@pytest.mark.parametrize(
    "url", ["sesame@somewhere", "redis://:ses@me#x:y@host:port/0", "redis://h:6379/a:sesame"]
)
def test_what_is_no_address_is_refused_without_being_quoted(settings, url):
    said = found(settings, url)
    assert list(said) in (["rivulet.E041"], ["rivulet.W045"])
    assert not any("ses" in text for text in said.values())


def test_a_wrong_password_is_refused_and_not_told(settings, tmp_path):
    with RedisServer(tmp_path) as guarded, guarded.client() as client:
        client.config_set("requirepass", "right")
        try:
            said = found(settings, guarded.url.replace("redis://", "redis://:sesame@"))
        finally:
            client.execute_command("AUTH", "right")
    assert list(said) == ["rivulet.E042"]
    assert "sesame" not in said["rivulet.E042"]
