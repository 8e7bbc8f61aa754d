"""The compute step: from what a training came to, all that the page says."""

from training.report.better import better, checks, compared_by, comparisons, moved
from training.report.charts import charts
from training.report.drivers import driven, drivers
from training.report.left_out import left_out, omitted
from training.report.material import Material
from training.report.outcomes import outcome_charts, outcome_tables
from training.report.page import ReportDocument
from training.report.sources import changed, listed, sources
from training.report.tables import tables
from training.report.trust import bands, trust
from training.report.words import count, day


def compute(material: Material) -> ReportDocument:
    """Return every sentence and every figure of the page."""
    result, evaluation = material.result, material.result.grounds.evaluation
    moving, every_source, left = drivers(material), sources(material), tuple(left_out(material))
    terms = tuple(material.verdict.terms) if material.verdict else ()
    preview = moved(material)
    leads, outcomes = count(result.rows["leads"], "lead"), material.outcomes
    return ReportDocument(
        title=f"Lead scores, version {result.version}",
        subtitle=f"What it learned from {leads} until {day(result.trained_until)}, and how far to trust it.",
        better=better(material),
        compared_by=compared_by(material),
        comparisons=tuple(comparisons(material)),
        checks=tuple(checks(material)),
        trust=trust(material),
        bands=tuple(bands(material)),
        driven=driven(moving, result.abstention),
        drivers=moving,
        changed=changed(material, every_source),
        sources=listed(every_source),
        omitted=omitted(left),
        left_out=left,
        charts=(*charts(material), *(outcome_charts(outcomes) if outcomes else ())),
        tables=(*tables(material), *(outcome_tables(outcomes) if outcomes else ())),
        scorecard=tuple(evaluation.scorecard.splitlines()),
        terms=(*terms, *([preview] if preview else [])),
        footer=f"Run {result.run_id}, history {result.fingerprint}.",
    )
