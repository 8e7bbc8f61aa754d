"""Why work on a cluster ends: each error says what is the matter, and what to do."""


class ClusterError(OSError):
    """Work on a cluster that cannot be done or finished."""


class PartError(ClusterError):
    """A part on which the work fails wherever it is tried."""

    def __init__(self, part: int, cause: BaseException) -> None:
        super().__init__(
            f"Part {part} cannot be worked on: {str(cause).rstrip('.')}. Correct that and run the command again."
        )
