"""What the gate says: check by check, in words and figures, and all together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from training.gate.preview import Preview


@dataclass(frozen=True)
class Check:
    """One thing that a challenger must show.

    Attributes
    ----------
    passed
        Whether it was shown; what too few outcomes support is not.
    evidence
        What was found and what was asked for, in words.
    figures
        The same as numbers; None where one is not told.
    """

    name: str
    passed: bool
    evidence: str
    figures: Mapping[str, float | None] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name}: {'passed' if self.passed else 'FAILED'}. {self.evidence}"


@dataclass(frozen=True)
class Verdict:
    """What became of a challenger before the gate.

    Attributes
    ----------
    version, champion
        In the registry; no champion if there was none, and then the base rate stood in for it.
    terms
        On what the two were judged, sentence by sentence.
    preview
        Whose score would move; None without a champion.
    """

    version: str
    champion: str | None
    checks: Sequence[Check]
    terms: Sequence[str] = ()
    preview: Preview | None = None

    @property
    def passed(self) -> bool:
        """Whether every check is passed."""
        return all(check.passed for check in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that are not passed."""
        return tuple(check for check in self.checks if not check.passed)

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as plain values."""
        return {
            "version": self.version,
            "champion": self.champion,
            "passed": self.passed,
            "checks": [
                {"name": check.name, "passed": check.passed, "evidence": check.evidence, "figures": dict(check.figures)}
                for check in self.checks
            ],
            "terms": list(self.terms),
            "preview": self.preview and self.preview.to_json(),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Verdict":
        """Read what `to_json` wrote."""
        checks = tuple(Check(**check) for check in content["checks"])
        preview = content["preview"] and Preview.from_json(content["preview"])
        return cls(content["version"], content["champion"], checks, tuple(content["terms"]), preview)

    def tags(self) -> dict[str, str]:
        """Return what the registry keeps beside the whole: the verdict, and each check in words."""
        checks = {
            f"gate/{check.name.replace(' ', '_')}": f"{'passed' if check.passed else 'failed'}: {check.evidence}"
            for check in self.checks
        }
        return {
            "gate/verdict": "passed" if self.passed else "refused",
            "gate/champion": self.champion or "none",
            **checks,
        }
