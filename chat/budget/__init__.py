"""How much of a model's context something takes, and what is left out where not all of it fits."""

from .estimate import MESSAGE_TOKENS, tokens_of, tokens_of_prompt
from .fit import Fitted, fit, half, reserve_of

__all__ = ["MESSAGE_TOKENS", "Fitted", "fit", "half", "reserve_of", "tokens_of", "tokens_of_prompt"]
