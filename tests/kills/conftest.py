"""One cluster for all tests here, and replies that are long enough to be killed amid."""

from collections.abc import Iterator

import pytest

from tests.cluster import Cluster
from tests.faults.model_server import ModelServer
from tests.faults.world import World, open_world
from tests.kills.__main__ import ENVIRONMENT, SCRIPTS
from tests.product import Template
from tests.servers import PostgresServer


@pytest.fixture(scope="session")
def world(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("cluster")
    with PostgresServer() as postgres:
        template = Template(template.data.parent, postgres)
        with open_world(template, directory, ENVIRONMENT, ModelServer(dict(SCRIPTS)), Cluster) as world:
            yield world
