import subprocess
import sys

from tests.ports import free_port
from tests.product import ROOT

SOME = "from tests.ports import free_port; print(*(free_port() for _ in range(600)))"


def test_processes_that_test_at_the_same_time_have_ports_of_their_own():
    ours = {free_port() for _ in range(600)}
    said = subprocess.run([sys.executable, "-c", SOME], cwd=ROOT, capture_output=True, text=True, check=True)
    theirs = set(map(int, said.stdout.split()))
    assert min(len(ours), len(theirs)) > 400
    assert not ours & theirs
    assert max(ours | theirs) < 32_768
