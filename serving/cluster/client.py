"""Dask's client, opened and watched so that a cluster that is gone ends in an error and never in a wait without end."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from serving.cluster.errors import ClusterError, PartError
from serving.cluster.versions import check_versions, versions_here
from serving.settings.cluster import LOCAL, ClusterSettings

T = TypeVar("T")
POLL_SECONDS = 0.5
"""So often it is looked whether the cluster is still there."""


class Cluster:
    """Workers that do the same for many parts."""

    def __init__(self, client: Any, settings: ClusterSettings) -> None:
        self.client, self.settings = client, settings

    @property
    def is_remote(self) -> bool:
        """Whether its workers are reached by a connection that is not encrypted."""
        return self.settings.scheduler.startswith("tcp:")

    def map(self, stage: Callable[..., T], parts: Sequence[int], *given: object) -> Iterator[tuple[int, T]]:
        """Yield each part with what a stage makes of it, `stage(part, *given)`, as they get done.

        Raises
        ------
        ClusterError
            If a part fails, its workers are lost again and again, or the cluster is gone.
        """
        waiting = {self._submit(stage, part, *given): part for part in parts}
        try:
            while waiting:
                for future in self._done(list(waiting)):
                    part = waiting.pop(future)
                    yield part, self._result(future, part)
        finally:
            self._cancel(list(waiting))

    def run(self, work: Callable[..., T], *given: object) -> T:
        """Return what one worker makes of something.

        Raises
        ------
        ClusterError
            As `map` does.
        """
        done: list[tuple[int, T]] = list(self.map(_without_part, [0], work, *given))
        return done[0][1]

    def _submit(self, stage: Callable[..., T], part: int, *given: object) -> Any:
        return self.client.submit(stage, part, *given, pure=False)

    def _done(self, futures: list[Any]) -> list[Any]:
        """Wait until a part is done; give up where nobody can do one."""
        from concurrent.futures import CancelledError

        from distributed import TimeoutError as DaskTimeout
        from distributed import wait

        last = time.monotonic()
        while True:
            try:
                with self.client.as_current():
                    ended = wait(futures, timeout=POLL_SECONDS, return_when="FIRST_COMPLETED")  # type: ignore[no-untyped-call]
                    return list(ended.done)
            except CancelledError as error:  # so Dask tells that it lost the scheduler
                raise self._gone() from error
            except (DaskTimeout, TimeoutError):
                if self._is_there():
                    last = time.monotonic()
                elif time.monotonic() - last > self.settings.patience_seconds:
                    raise self._gone() from None

    def _is_there(self) -> bool:
        """Return whether the scheduler answers and has a worker."""
        if self.client.status != "running":
            return False
        try:
            return bool(self.client.sync(self.client.scheduler.identity, callback_timeout=10 * POLL_SECONDS)["workers"])
        except (OSError, TimeoutError):
            return False

    def _result(self, future: Any, part: int) -> Any:
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        try:
            return future.result(timeout=self.settings.patience_seconds)
        except KilledWorker as error:
            raise ClusterError(
                f"Part {part} was given up: every worker that took it was lost. Most likely it takes more memory than a worker "
                f"has: raise cluster.memory, or make more parts."
            ) from error
        except (CancelledError, TimeoutError) as error:
            raise self._gone() from error
        except ClusterError:
            raise
        except Exception as error:
            raise PartError(part, error) from error

    def _gone(self) -> ClusterError:
        return ClusterError(
            f"The cluster at {self.settings.scheduler} is gone, or has no worker: start it again and run the command again; "
            f"parts that are done stay done."
        )

    def _cancel(self, futures: list[Any]) -> None:
        if futures and self.client.status == "running":
            self.client.cancel(futures, force=True)


def _without_part(_part: int, work: Callable[..., T], *given: object) -> T:
    return work(*given)


@contextmanager
def open_cluster(settings: ClusterSettings) -> Iterator[Cluster]:
    """Find the workers, or start them; those that were started end with the work.

    Raises
    ------
    ClusterError
        If Dask is not installed, the scheduler does not answer, there are no workers, or they run other versions.
    """
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise ClusterError(
            "--cluster needs Dask, which is not installed: install it with `pip install 'glengarry[cluster]'`."
        ) from error
    told = {
        "distributed.scheduler.worker-ttl": f"{settings.patience_seconds}s",
        "distributed.scheduler.allowed-failures": settings.retries,
        "distributed.admin.tick.limit": "60s",
    }
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(told))
        stack.enter_context(_quiet())
        address: Any = settings.scheduler
        if settings.scheduler == LOCAL:
            address = stack.enter_context(
                LocalCluster(  # type: ignore[no-untyped-call]
                    n_workers=settings.workers,
                    threads_per_worker=1,
                    memory_limit=settings.memory,
                    dashboard_address="127.0.0.1:0",
                    silence_logs=logging.CRITICAL,
                )
            )
        try:
            connection = Client(  # type: ignore[no-untyped-call]
                address, timeout=settings.patience_seconds, set_as_default=False
            )
            client = stack.enter_context(connection)
        except (OSError, TimeoutError) as error:
            raise ClusterError(
                f"cluster.scheduler must be the address of a Dask scheduler that answers, got {settings.scheduler}: "
                f"start it with `dask scheduler`, or correct the address."
            ) from error
        cluster = Cluster(client, settings)
        _check_workers(cluster)
        yield cluster


def _check_workers(cluster: Cluster) -> None:
    try:
        cluster.client.wait_for_workers(1, timeout=cluster.settings.patience_seconds)
    except TimeoutError as error:
        raise ClusterError(
            f"The scheduler at {cluster.settings.scheduler} must have a worker, got none: start them with `dask worker`."
        ) from error
    told = cluster.client.run(versions_here, on_error="return")
    workers = {name: there if isinstance(there, dict) else str(there) for name, there in told.items()}
    check_versions(versions_here(), workers)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask's loggers to what is critical: what is the matter is told by our errors."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client", "distributed.comm", "asyncio")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
