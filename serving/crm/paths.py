"""Which members of a CRM's records the rules of a webhook read, so that a pull asks for these."""

from collections.abc import Iterable, Iterator

from serving.settings.message_paths import Step, parse
from serving.settings.webhooks import MESSAGE, WebhookSettings


def paths_of(webhook: WebhookSettings) -> Iterator[str]:
    """Yield every path at which the rules look."""
    for rule in webhook.rules:
        for path in (*rule.when, *rule.columns.values(), *rule.fields.values(), *rule.hints.values()):
            if path != MESSAGE:
                yield path


def members_of(paths: Iterable[str], under: str = "") -> list[str]:
    """Return the names of the members of an object that paths lead through, of the whole message or of what stands under a name.

    Examples
    --------
    >>> members_of(["properties.budget.value", "objectId", 'properties."a.b"'], "properties")
    ['a.b', 'budget']
    >>> members_of(["statecode", "statuscode@OData.Community.Display.V1.FormattedValue"])
    ['statecode', 'statuscode']
    """
    names = set()
    for path in paths:
        steps = [step for step in parse(path) if isinstance(step, Step)]
        if under:
            steps = steps[1:] if steps and steps[0].name == under else []
        if steps:
            names.add(steps[0].name.partition("@")[0])
    return sorted(names)
