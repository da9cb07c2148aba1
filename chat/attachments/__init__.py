"""Files that people give along with a question: what they are, what is kept of them, and what a model is told of them."""

from .prompting import for_prompt, notes_of
from .types import Taken, Unfit, take

__all__ = ["Taken", "Unfit", "for_prompt", "notes_of", "take"]
