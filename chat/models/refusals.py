"""The word with which a verb of a model says no."""


class Refused(Exception):
    """A request that cannot be carried out. Its message is fit for the person who made it; `status` is HTTP's."""

    def __init__(self, message: str, status: int = 409) -> None:
        super().__init__(message)
        self.status = status
