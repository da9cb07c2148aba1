"""The figures of a running product, as Prometheus reads them."""

import aiohttp
from prometheus_client.parser import text_string_to_metric_families


class Figures:
    """`figures["rivulet_turns_total", "complete"]` is a sample by its name and the values of its labels; 0 where there is
    none."""

    def __init__(self, text: str) -> None:
        self.families = list(text_string_to_metric_families(text))
        self.samples = [sample for family in self.families for sample in family.samples]
        self._values = {(s.name, *s.labels.values()): s.value for s in self.samples}

    def __getitem__(self, at: str | tuple[str, ...]) -> float:
        return self._values.get((at,) if isinstance(at, str) else at, 0.0)

    @property
    def labels(self) -> dict[str, set[str]]:
        """Each label, with all values that it has."""
        found: dict[str, set[str]] = {}
        for sample in self.samples:
            for name, value in sample.labels.items():
                found.setdefault(name, set()).add(value)
        return found


async def figures(url: str) -> Figures:
    async with aiohttp.ClientSession() as web, web.get(f"{url}/metrics") as answer:
        assert answer.status == 200, await answer.text()
        return Figures(await answer.text())
