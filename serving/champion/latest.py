"""The champion of now, for what works beside the service's own workers."""

from collections.abc import Callable

from serving.champion.cache import CachedModel, ModelCache
from serving.champion.champion import Champion
from serving.champion.finding import from_copies


class LatestChampion:
    """The champion among the copies, read again when another serves, or the same under other settings.

    Parameters
    ----------
    change
        What is done with one that was read.
    """

    def __init__(self, copies: ModelCache, change: Callable[[Champion], Champion] = lambda champion: champion) -> None:
        self._copies, self._change = copies, change
        self._read: tuple[CachedModel | None, Champion] | None = None

    def __call__(self) -> Champion:
        """Return it.

        Raises
        ------
        NoChampionError
            If there is none that can be read.
        """
        there, read = self._copies.serving(), self._read
        if read is None or read[0] != there:
            self._read = read = (there, self._change(from_copies(self._copies)))
        return read[1]
