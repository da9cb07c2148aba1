"""Reloading in the middle of a reply."""

import random

from tests.browser.chat import LONG
from tests.ledger import Ledger
from tests.reading import letters, read


def test_c2_reloading_at_random_moments_loses_and_doubles_nothing(start_product, enter, rounds):
    """Each time: what is there at once goes on where it was, and no character comes twice or not at all."""
    product = start_product(DEMO_TOKENS_PER_SECOND="60")
    dice = random.Random(20_261_121)
    alice = enter(product, "alice").begin(LONG)
    seen = [alice.text]
    for _ in range(rounds(50, 200)):
        alice.page.wait_for_timeout(dice.uniform(0, 120))
        seen.append(alice.sees()[-1]["text"])
        alice.page.reload(wait_until="commit")
        alice.page.wait_for_selector('article[data-role="assistant"] .message-text', state="attached")
        seen.append(alice.text)
    alice.wait_for_text(len(seen[-1]) + 500)
    alice.stop.click()
    alice.wait_for("stopped")
    whole = Ledger(product.address).turn(alice.turn).text
    assert alice.text == read(whole)
    lengths = [len(letters(text)) for text in seen]
    assert lengths == sorted(lengths), "a reload took text back"
    assert all(letters(read(whole)).startswith(letters(text)) for text in seen)
