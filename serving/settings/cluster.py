"""Where work past one machine is done: an own cluster of this machine's processes, or a scheduler of Dask's."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from features.settings.frozen import Frozen, Whole

LOCAL = "local"
SCHEDULER = rf"^({LOCAL}|(tcp|tls)://[^\s:]+:\d+)$"


class ClusterSettings(Frozen):
    """How commands with `--cluster` find their workers.

    Attributes
    ----------
    scheduler
        The address of Dask's scheduler, "tcp://host:8786" or "tls://...", or "local" for processes of this machine.
    workers, memory
        Of "local": how many processes, and how much memory each may take, such as "2GB".
    parts
        The folder of the parts, which every worker must see under this path; "parts" in the folder `output` if it is empty.
    retries
        How often a part is given to another worker after one was lost.
    patience_seconds
        So long nothing may come from any worker, and no worker be there, before the work is given up.
    """

    scheduler: Annotated[str, Field(pattern=SCHEDULER)] = LOCAL
    workers: Annotated[Whole, Field(ge=1, le=1024)] = 2
    memory: Annotated[str, Field(pattern=r"^\d+(\.\d+)?(MB|GB|MiB|GiB)$")] = "2GB"
    parts: Path = Path()
    retries: Annotated[Whole, Field(ge=0, le=10)] = 2
    patience_seconds: Annotated[float, Field(gt=0, le=3600)] = 60.0
