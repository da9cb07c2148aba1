"""The list of what a cluster is spared names what there is."""

import importlib

import pytest

from tests.faults.left_out import NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_what_is_left_out_on_a_cluster_is_a_test_that_runs_elsewhere(name):
    module, _, function = name.partition(".")
    found = importlib.import_module(f"tests.faults.{module}")
    assert not function or callable(getattr(found, function))
