"""Writing the report: the edge, beside the registry."""

from pathlib import Path

from features.settings.folders import private_folder
from models.accountability.settings import AccountabilitySettings
from models.registry import REPORT, NoModelError, Registry
from training.gate.check import Verdict
from training.judging.backtest import Backtest
from training.judging.policy import PolicyReport
from training.judging.result import TrainingResult
from training.report.compute import compute
from training.report.material import Material
from training.report.outcomes import outcomes_of
from training.report.show import render


def write_report(
    result: TrainingResult,
    registry: Registry,
    folder: Path,
    verdict: Verdict | None = None,
    backtest: Backtest | None = None,
    policy: PolicyReport | None = None,
    accountability: AccountabilitySettings | None = None,
) -> Path:
    """Write the report of a training into a folder and keep it with the run; an earlier one of this version is replaced.

    What serves is asked of the registry: write it after the promotion, so that the page tells what came of it.

    Parameters
    ----------
    verdict
        What the gate said, if it was asked.
    backtest
        How models of earlier quarters did, if that was asked.
    policy
        What the routing of the service was worth, if anything can be said of it.
    accountability
        What sources, funnel and reps are held against; without it, nothing is said of the last two.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    RegistryError
        If MLflow cannot be reached.
    """
    try:
        champion: str | None = registry.version_of()
    except NoModelError:
        champion = None
    grounds, outcomes = result.grounds, None
    if accountability is not None:
        outcomes = outcomes_of(grounds.checked.history, accountability, grounds.settings.decision)
    html = render(compute(Material(result, champion, verdict, backtest, policy, outcomes)))
    file = folder / f"version-{result.version}.html"
    private_folder(folder)
    file.write_text(html, encoding="utf-8")
    registry.attach(result.run_id, {REPORT: html})
    return file
