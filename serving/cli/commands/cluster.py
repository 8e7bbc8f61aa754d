"""Working past one machine: making a partition, and the option by which commands read it on a cluster."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.cli.commands.console import READING, SettingsOption, err, out, read_history, steps
from serving.settings.settings import DEFAULT_FILE, Settings, load_settings

if TYPE_CHECKING:
    from serving.cluster.client import Cluster
    from serving.cluster.history import CheckedParts
    from serving.cluster.learning import PreparedHistory

ClusterOption = Annotated[
    bool, typer.Option("--cluster", help="Work on the partition, by Dask, as [cluster] in the settings says.")
]


def partition(
    settings: SettingsOption = DEFAULT_FILE,
    source: Annotated[
        str | None, typer.Option("--from", help="Another export that is written alike, such as a day's.")
    ] = None,
    parts: Annotated[int | None, typer.Option(min=1, help="How many; one for 30,000 leads if not given.")] = None,
) -> None:
    """Read the history into parts by lead, for --cluster; a later export is appended to them."""
    from features.records.clock import to_microseconds
    from features.records.parts.manifest import FILE, PartitionError
    from features.records.parts.writing import partition as run
    from features.settings.mapping import fitting
    from serving.cluster.history import parts_folder

    loaded = load_settings(settings)
    export = fitting(loaded.source, loaded.lead_schema)
    if source is not None:
        export = export.model_copy(update={"source": source})
    target = parts_folder(loaded)
    if source is None and (target / FILE).exists():
        raise PartitionError(
            f"{target} must not be there before the history is read into it, as every row would be in it twice: remove it, or "
            f"name a later export with --from."
        )
    with steps() as step:
        manifest = run(
            export,
            loaded.lead_schema,
            loaded.folder,
            target,
            parts,
            lambda name, done: step(f"{name}: {done:,}" + ("" if name == "parts" else " rows")),
            read_at=to_microseconds(datetime.now(UTC)),
        )
    times = "once" if manifest.appended == 1 else f"{manifest.appended} times"
    out.print(f"{manifest.parts:,} parts in {target}, read {times}.", highlight=False, markup=False, soft_wrap=True)


@contextmanager
def checked_parts(loaded: Settings, step: Any) -> "Iterator[tuple[CheckedParts, Cluster]]":
    """Give the parts, checked by the workers of the settings, for as long as they are needed."""
    from serving.cluster.client import open_cluster
    from serving.cluster.history import checked_parts as check
    from serving.cluster.history import partition_of

    partition_of(loaded)  # what is wrong with it is told before workers are started
    step("finding the workers")
    with open_cluster(loaded.cluster) as cluster:
        if cluster.is_remote:
            err.print(UNENCRYPTED, markup=False, highlight=False, soft_wrap=True)
        with check(loaded, cluster, lambda name, done, every: step(f"{name}: {done} of {every}")) as parts:
            yield parts, cluster


@contextmanager
def prepared(loaded: Settings, step: Any, cluster: bool, as_of: datetime | None = None) -> "Iterator[PreparedHistory]":
    """Give the history to learn from: read here, as of a time if one is given, or put together of the parts.

    The workers of a cluster are there for as long as the history is needed.
    """
    from serving.cluster.learning import PreparedHistory, gather

    if not cluster:
        step(READING)
        yield PreparedHistory(read_history(loaded, as_of))
        return
    with checked_parts(loaded, step) as (parts, workers):
        yield gather(parts, loaded.training, workers, of_parts(step))


def of_parts(step: Any) -> Callable[[str, int, int], None]:
    """Return what shows how many parts are done."""
    return lambda name, done, every: step(f"{name}: {done} of {every} parts")


def refuse_as_of(as_of: str | None) -> None:
    """Refuse a time beside --cluster.

    Raises
    ------
    typer.BadParameter
        If one is given.
    """
    if as_of is not None:
        raise typer.BadParameter(
            "--as-of must not stand beside --cluster: a partition is learned from as it is known now."
        )


UNENCRYPTED = "What goes to the workers is not encrypted: use a network of your own, or a scheduler at tls://."
