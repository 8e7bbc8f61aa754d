"""Every route: what it is for, what it takes, and every status that it may answer."""

from serving.api.openapi import lists, posts
from serving.api.openapi.elements import get, of_lead
from serving.api.openapi.report_paths import report_operations
from serving.api.openapi.shapes import Json, example_told, ref
from serving.champion.champion import Champion


def paths(champion: Champion) -> Json:
    """Describe every path."""
    told, limits = example_told(champion), champion.limits
    limit = f"and {limits.most_bytes:,} bytes. Times without a zone are taken in {champion.intake.time_zone}."
    most = {
        name: f"At most {limits.most_leads:,} {name} {limit}"
        for name in ("leads", "events", "outcomes", "deletions", "merges")
    }
    many = {
        name: f"{said} A record that comes twice is one row, and is answered the same." for name, said in most.items()
    }
    return {
        "/": {"get": get("index", "What the service answers to.", {"type": "object"})},
        "/openapi.json": {"get": get("openapi", "This description.", {"type": "object"})},
        "/score": {"post": posts.score(champion, most["leads"])},
        "/leads": {
            "post": posts.post_leads(champion, many["leads"], told["lead"]),
            "get": lists.list_leads(),
        },
        "/leads/{lead_id}": {
            "get": of_lead("lead", "Everything that is known of a lead.", "KnownLead"),
            "delete": posts.erase(),
        },
        "/leads/{lead_id}/scores": {
            "get": of_lead("scores", "Every score of a lead, the earliest first.", "LeadScores")
        },
        "/leads/{lead_id}/why": {"get": of_lead("why", "The latest score of a lead, with its reasons.", "Score")},
        "/model": {"get": get("get_model", "The model that answers, and its record.", ref("ModelAccount"))},
        "/leads/{lead_id}/what-if": {"get": lists.what_if(champion)},
        "/plan": {"get": lists.plan()},
        "/queue": {"get": lists.queue()},
        "/leads/{lead_id}/similar": {
            "get": of_lead("similar", "Past leads whose scores were driven by the same, and their end.", "SimilarLeads")
        },
        "/leads/{lead_id}/card": {
            "get": of_lead("card", "A signed link to the card of a lead, for a frame in a CRM.", "CardLink")
        },
        "/leads/{lead_id}/letter": {"post": posts.letter()},
        "/events": {
            "post": posts.tell(
                "events", "Keep what happened, and score the leads.", many["events"], told["event"], ["StoredEvent"]
            )
        },
        "/outcomes": {
            "post": posts.tell(
                "outcomes", "Keep how leads ended.", many["outcomes"], told["outcome"], ["OutcomeReceipt"]
            )
        },
        "/deletions": {
            "post": posts.remove("deletions", "Take leads out that a CRM has deleted.", many, told["deletion"])
        },
        "/merges": {"post": posts.remove("merges", "Let leads be one that a CRM has merged.", many, told["merge"])},
        "/webhooks/{name}": {"post": posts.webhook(limits.most_bytes, limits.most_leads)},
        "/feedback": {"post": posts.feedback(told["feedback"]), "get": lists.list_feedback()},
        "/metrics": {"get": lists.metrics()},
        **{f"/{kind}": {"get": operation} for kind, operation in report_operations(champion).items()},
    }
