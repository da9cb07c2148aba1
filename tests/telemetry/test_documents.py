"""The dashboard and the page about it name figures that there are, and all of them."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chat import gauges
from chat.telemetry import metrics

DOCS = Path(__file__).parents[2] / "docs"
NAME = re.compile(r"\b(?:rivulet|process)_[a-z_]+")
SUFFIXES = ("_bucket", "_sum", "_count")


@pytest.fixture
def there(db):
    """The figures of a process that has answered something, and their labels."""
    gauges.install()
    metrics.answered("home", 200, 0.1)
    families = list(text_string_to_metric_families(metrics.text().decode()))
    samples = [sample for family in families for sample in family.samples]
    return {sample.name: set(sample.labels) for sample in samples}


def _queries():
    dashboard = json.loads((DOCS / "grafana.json").read_text())
    panels = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    variables = [each["query"] for each in dashboard["templating"]["list"] if each["type"] == "query"]
    return panels + variables


def _alerts():
    return re.findall(r"\| `([^`]+[<>=]=? [\d.a-z].*)` \|$", (DOCS / "observability.md").read_text(), re.M)


def _base(name):
    return next((name.removesuffix(end) for end in SUFFIXES if name.endswith(end)), name)


def test_every_query_names_figures_and_labels_that_there_are(there):
    queries = [*_queries(), *_alerts()]
    assert len(_queries()) > 20
    assert len(_alerts()) > 10
    for query in queries:
        names = NAME.findall(query)
        assert names or query.startswith("up{"), query
        for name in names:
            assert name in there, f"{name} in {query}"
        known = set.union({"le", "job", "instance"}, *(there[name] for name in names))
        inside = re.findall(r"by \(([^)]+)\)", query) + re.findall(r"\{([^}]*)\}", query.replace("{{", ""))
        for labels in inside:
            used = {re.split(r"[=!~]", each.strip())[0] for each in re.split(r",(?![^\"]*\"$)", labels)}
            assert used <= known, f"{used - known} in {query}"


def test_every_figure_is_told_of_and_is_on_the_dashboard(there):
    page = (DOCS / "observability.md").read_text()
    shown = {_base(name) for query in _queries() for name in NAME.findall(query)}
    ours = {_base(name) for name in there if not name.endswith("_created")}
    assert not {name for name in ours if name not in page}
    assert not {name for name in ours if name.startswith("rivulet_")} - shown


def test_panels_do_not_cover_each_other():
    places = [tuple(p["gridPos"].values()) for p in json.loads((DOCS / "grafana.json").read_text())["panels"]]
    assert len(set(places)) == len(places)
