"""One cluster for all tests here, and replies that are long enough to be killed amid."""

from collections.abc import Iterator

import pytest

from tests.cluster import Cluster
from tests.faults.model_server import ModelServer
from tests.faults.world import World
from tests.kills.__main__ import ENVIRONMENT, SCRIPTS
from tests.product import Template


@pytest.fixture(scope="session")
def world(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    models = ModelServer(dict(SCRIPTS))
    with models.serving(), Cluster(template, tmp_path_factory.mktemp("cluster"), **ENVIRONMENT) as cluster:
        world = World(cluster, models)
        world.connect("scripted", models.url, list(models.scripts))
        yield world
