"""The word with which a verb of a model says no."""


class Refused(Exception):
    """A request that cannot be carried out. Its message is fit for the person who made it; `status` is HTTP's, and
    `retry_after` the seconds after which asking again may do, 0 where they are not known."""

    def __init__(self, message: str, status: int = 409, *, retry_after: int = 0) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
