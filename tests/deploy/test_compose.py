"""compose.yaml against what it names: settings, files, secrets, and what the tests run in its place.

There is nothing here that runs containers, nor anything that reads YAML: what is looked at is its text.
"""

import re

import pytest
from django.conf import settings

from tests.cluster import REDIS, Cluster
from tests.nginx import UPSTREAMS
from tests.product import ROOT

TEXT = (ROOT / "compose.yaml").read_text()
NGINX = (ROOT / "docs" / "deploy" / "nginx.conf").read_text()
RUNNING = (ROOT / "docs" / "running.md").read_text()
SETTINGS = (ROOT / "docs" / "settings.md").read_text()


def block(name, text=TEXT):
    """What is indented under a key."""
    found = re.search(rf"^( *){re.escape(name)}:(?: &\w+)?\n((?:(?:\1 .*)?\n)*)", text, re.MULTILINE)
    assert found, name
    return found[0]


SERVICES = re.findall(r"^  ([\w-]+):", block("services"), re.MULTILINE)


def test_it_has_what_the_cluster_of_the_tests_has_and_what_migrates():
    members = {"postgres", "redis", "web-1", "web-2", "worker-1", "worker-2", "nginx"}
    assert set(SERVICES) == members | {"migrate"}
    assert members == set(Cluster.members.fget(_Named()))


class _Named:
    webs = workers = (None, None)
    postgres = redis = nginx = None


def test_images_of_others_are_pinned_to_a_version():
    images = re.findall(r"image: (\S+)", TEXT)
    assert len(images) == 4
    for image in images:
        assert image == "rivulet:latest" or re.search(r":\d+\.\d+", image)


def test_nothing_but_nginx_has_a_port_and_that_on_this_machine_alone():
    assert re.findall(r"ports: (.*)", TEXT) == ['["${FRONT:-127.0.0.1:8080}:8080"]']
    assert "ports:" in block("nginx")
    assert "listen 8080;" in NGINX


def test_nginx_has_the_file_that_the_tests_try_and_the_addresses_that_are_in_it():
    (mounted,) = re.findall(r"\./(\S+?nginx\.conf):", TEXT)
    assert (ROOT / mounted).read_text() == NGINX
    assert [
        f"{address}:8000" for address in re.findall(r"ipv4_address: ([\d.]+)", TEXT)
    ] == UPSTREAMS.findall(NGINX)


def test_every_setting_that_it_names_exists():
    names = {name.removesuffix("_FILE") for name in re.findall(r"^ {4}([A-Z_]+): ", TEXT, re.MULTILINE)}
    assert len(names) >= 6
    assert {name for name in names if f"`{name}`" not in SETTINGS} == set()


def test_every_secret_is_a_file_which_the_manual_makes():
    made = re.findall(r"> secrets/(\w+)", RUNNING)
    declared = re.findall(r"\{file: \./secrets/(\w+)\}", TEXT)
    used = {name for names in re.findall(r"secrets: \[(.*)\]", TEXT) for name in names.split(", ")}
    assert set(declared) == set(made) == used
    assert len(declared) == 5


def test_redis_is_as_the_tests_have_it():
    said = re.sub(r"\n\s*- |[\"']", " ", block("redis"))
    for name, value in REDIS.items():
        assert f"--{name.replace('_', '-')}  {value}" in re.sub(r" +", "  ", said)


def test_postgresql_has_a_connection_for_each_that_may_want_one():
    (most,) = re.findall(r"max_connections=(\d+)", TEXT)
    assert int(most) >= settings.DATABASE_CONNECTIONS * 5 + 10


@pytest.mark.parametrize(
    ("kind", "seconds"), [("x-web", 10), ("x-worker", settings.WORKER_DRAIN_SECONDS + 5)]
)
def test_a_container_has_more_time_to_go_than_its_process_takes(kind, seconds):
    (grace,) = re.findall(r"stop_grace_period: (\d+)s", block(kind))
    assert int(grace) > seconds


@pytest.mark.parametrize("service", ["nginx", "postgres", "redis", "x-worker"])
def test_each_is_asked_whether_it_is_well_and_begun_again(service):
    assert "healthcheck:" in block(service)
    assert "HEALTHCHECK" in (ROOT / "Dockerfile").read_text()
    assert "restart: unless-stopped" in (block(service) + block("x-rivulet"))
