"""Ten exports that were written before what they found was mended: a figure of today is no first-time figure."""

from datetime import datetime, timedelta
from pathlib import Path

from bench._exports.cells import by_end, euro, french, iso, mail, only
from bench._exports.company import EXPORTED, Lead
from bench._exports.files import table, text_of, workbook, write
from bench._exports.truth import ACCOUNT, ANSWER, CHANNEL, CONTACT, FACT, LATE, OUT, OUTCOME, PROFILE, Col, Truth, truth
from bench._exports.words import BUDGETS, HURRY, INDUSTRIES, PRODUCTS, REASONS, REPS, SOURCES


def spoken(when: datetime | None) -> str | None:
    """Return a time as Notion writes it."""
    return None if when is None else f"{when:%B} {when.day}, {when.year} {when.hour % 12 or 12}:{when:%M %p}"


def capsule(folder: Path, leads: list[Lead]) -> Truth:
    """Capsule of a British firm: a milestone, pounds, a day of closing that is a plan for the open ones."""
    columns = [
        Col("ID", lambda lead: 6_000_000 + lead.n),
        Col("Opportunity Name", lambda lead: f"Opp {lead.n}", CONTACT),
        Col("Organisation", lambda lead: lead.company, ACCOUNT),
        Col("Milestone", by_end("Won", "Lost", "Proposal"), OUTCOME),
        Col("Probability", by_end(100, 0, 50), LATE),
        Col("Value", lambda lead: f"£{lead.amount:,.2f}", FACT),
        Col("Expected Close", lambda lead: f"{lead.due:%d/%m/%Y}", LATE),
        Col("Actual Close", lambda lead: lead.closed and f"{lead.closed:%d/%m/%Y}", OUTCOME),
        Col("Created", lambda lead: f"{lead.created:%d/%m/%Y %H:%M}"),
        Col("Lost Reason", only("lost", lambda lead: REASONS["en"][lead.reason]), FACT),
        Col("Heard about us via", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Service required", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Timescale", lambda lead: HURRY["en"][lead.hurry], ANSWER, "category"),
        Col("Owner", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "opportunities-2026-03-01.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "ID", "Created", ("Actual Close",))


def teamleader_dutch(folder: Path, leads: list[Lead]) -> Truth:
    """Teamleader in Dutch: accepted, refused, or a phase on the way; a workbook with true days."""
    columns = [
        Col("Nr.", lambda lead: lead.n + 1),
        Col("Titel", lambda lead: f"Deal {lead.n}", CONTACT),
        Col("Klant", lambda lead: lead.company, ACCOUNT),
        Col("Aangemaakt op", lambda lead: lead.created),
        Col("Fase", by_end("Aanvaard", "Geweigerd", "Offerte verstuurd"), OUTCOME),
        Col("Afsluitdatum", lambda lead: lead.closed, OUTCOME),
        Col("Bedrag", lambda lead: lead.amount, FACT),
        Col("Bron", lambda lead: ("Website", "Mond-tot-mond", "Beurs", "Lijst", "Bellen")[lead.source], CHANNEL),
        Col("Gewenst product", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Reden van weigering", only("lost", lambda lead: ("Prijs", "Stil", "Ander")[lead.reason]), FACT),
        Col("Aantal werknemers", lambda lead: lead.size, PROFILE, "number"),
        Col("Verantwoordelijke", lambda lead: REPS[lead.rep], FACT),
    ]
    workbook(folder, "deals.xlsx", {"Deals": table(columns, leads)})
    return truth(columns, leads, "Nr.", "Aangemaakt op", ("Afsluitdatum",))


def weclapp_german(folder: Path, leads: list[Lead]) -> Truth:
    """Weclapp in German: a probability, a planned close, an end with its day, francs with an apostrophe."""
    columns = [
        Col("Verkaufschance-Nr.", lambda lead: f"VC{lead.n + 1000}"),
        Col("Bezeichnung", lambda lead: f"Chance {lead.n}", CONTACT),
        Col("Angelegt am", lambda lead: f"{lead.created:%d.%m.%Y %H:%M}"),
        Col("Status", by_end("Gewonnen", "Verloren", "In Bearbeitung"), OUTCOME),
        Col("Gewinnwahrscheinlichkeit", by_end("100 %", "0 %", "40 %"), LATE),
        Col("Erwarteter Abschluss", lambda lead: f"{lead.due:%d.%m.%Y}", LATE),
        Col("Beendet am", lambda lead: lead.closed and f"{lead.closed:%d.%m.%Y}", OUTCOME),
        Col("Umsatz", lambda lead: f"CHF {lead.amount:,.2f}".replace(",", "'"), FACT),
        Col("Leadquelle", lambda lead: SOURCES["de"][lead.source], CHANNEL),
        Col("Interesse an", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Wunschtermin", lambda lead: HURRY["de"][lead.hurry], ANSWER, "category"),
        Col("Anzahl Standorte", lambda lead: lead.visits + 1, ANSWER + PROFILE, "number"),
        Col("Verlustgrund", only("lost", lambda lead: REASONS["de"][lead.reason]), FACT),
        Col("Zuständig", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "verkaufschancen.csv", text_of(table(columns, leads), delimiter=";"))
    return truth(columns, leads, "Verkaufschance-Nr.", "Angelegt am", ("Beendet am",))


def nutshell(folder: Path, leads: list[Lead]) -> Truth:
    """Nutshell: an outcome in a column of that name, with cancelled beside lost; times with a zone."""
    lost = ("Lost", "Cancelled", "Lost")
    columns = [
        Col("Lead number", lambda lead: f"Lead-{lead.n + 1001}"),
        Col("Description", lambda lead: f"{lead.company} enquiry", CONTACT),
        Col("Outcome", lambda lead: lost[lead.reason] if lead.lost else by_end("Won", "", "Open")(lead), OUTCOME),
        Col("Confidence", by_end(100, 0, 60), LATE),
        Col("Created time", lambda lead: lead.created.isoformat() + "-05:00"),
        Col("Closed time", lambda lead: lead.closed and lead.closed.isoformat() + "-05:00", OUTCOME),
        Col("Value amount", lambda lead: lead.amount, FACT),
        Col("Sources", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Products", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Locations", lambda lead: lead.visits, ANSWER + PROFILE, "number"),
        Col("Budget approved", lambda lead: "true" if lead.newsletter else "false", ANSWER, "flag"),
        Col("Assignee", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "leads.csv", text_of(table(columns, leads)))
    notes = [
        (f"act{lead.n}-{at}", f"Lead-{lead.n + 1001}", ("Phone Call", "Email", "Meeting")[at], iso(call))
        for lead in leads
        for at, call in enumerate(lead.calls)
    ]
    write(folder, "activities.csv", text_of([("Activity", "Lead number", "Activity type", "Logged time"), *notes]))
    return truth(columns, leads, "Lead number", "Created time", ("Closed time",), len(notes))


def notion(folder: Path, leads: list[Lead]) -> Truth:
    """Notion: months in words, yes and no as a tick, one column of the end with a smile."""
    columns = [
        Col("Ticket", lambda lead: f"LEAD-{lead.n}"),
        Col("Who", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Created time", lambda lead: spoken(lead.created)),
        Col("Pipeline", by_end("Signed 🎉", "Not a fit", "Talking"), OUTCOME),
        Col("Ended", lambda lead: lead.closed and f"{lead.closed:%B} {lead.closed.day}, {lead.closed.year}", OUTCOME),
        Col("Channel", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Wants", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Budget", lambda lead: BUDGETS["en"][lead.budget], ANSWER, "category"),
        Col("Has used a rival", lambda lead: "Yes" if lead.asked_before else "No", ANSWER, "flag"),
        Col("Kick-off", only("won", lambda lead: spoken((lead.closed or EXPORTED) + timedelta(days=9))), LATE + OUT),
        Col("Last edited time", lambda lead: spoken(lead.closed or EXPORTED), LATE + OUT),
    ]
    write(folder, "Leads 1a2b3c4d.csv", "\ufeff" + text_of(table(columns, leads)))
    return truth(columns, leads, "Ticket", "Created time", ("Ended",))


def kommo_spanish(folder: Path, leads: list[Lead]) -> Truth:
    """Kommo in Spanish: stages of its own for the two ends, times with dots and seconds."""
    columns = [
        Col("ID", lambda lead: 21_000_000 + lead.n),
        Col("Nombre del lead", lambda lead: f"Lead #{lead.n}", CONTACT),
        Col("Presupuesto $", lambda lead: round(lead.amount), FACT + ANSWER),
        Col("Usuario responsable", lambda lead: REPS[lead.rep], FACT),
        Col("Fecha de Creación", lambda lead: f"{lead.created:%d.%m.%Y %H:%M:%S}"),
        Col("Fecha de cierre", lambda lead: lead.closed and f"{lead.closed:%d.%m.%Y %H:%M:%S}", OUTCOME),
        Col("Estatus del lead", by_end("Logrado con éxito", "Venta perdida", "Contacto inicial"), OUTCOME),
        Col("Correo", mail, CONTACT),
        Col("Fuente", lambda lead: SOURCES["es"][lead.source], CHANNEL),
        Col("Servicio solicitado", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Plazo", lambda lead: HURRY["es"][lead.hurry], ANSWER, "category"),
        Col("Motivo de la pérdida", only("lost", lambda lead: REASONS["es"][lead.reason]), FACT),
    ]
    write(folder, "kommo_export_leads_2026-03-01.csv", text_of(table(columns, leads), quote=1))
    return truth(columns, leads, "ID", "Fecha de Creación", ("Fecha de cierre",))


def gym_trials(folder: Path, leads: list[Lead]) -> Truth:
    """Write a gym: trials in one file, memberships in another, joined by the trial's number; who did not join has no row."""
    columns = [
        Col("Trial No", lambda lead: f"T{lead.n:05d}"),
        Col("Trial Booked", lambda lead: f"{lead.created:%d %b %Y}"),
        Col("Name", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Promotion", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Goal", lambda lead: ("Weight", "Strength", "Rehab", "Fun")[lead.product], ANSWER, "category"),
        Col("Visits per week planned", lambda lead: lead.visits, ANSWER, "number"),
        Col("Age", lambda lead: 18 + lead.size % 50, PROFILE, "number"),
        Col("Member before", lambda lead: "Y" if lead.asked_before else "N", ANSWER + PROFILE, "flag"),
    ]
    write(folder, "trials.csv", text_of(table(columns, leads)))
    joined = [
        (f"M{lead.n}", f"T{lead.n:05d}", f"{lead.closed:%d %b %Y}", f"£{20 + lead.n % 30}.00")
        for lead in leads
        if lead.won
    ]
    write(folder, "memberships.csv", text_of([("Member No", "Trial No", "Joined", "Monthly fee"), *joined]))
    right = truth(columns, leads, "Trial No", "Trial Booked", ("Joined",))
    return Truth(
        right.won, 0, right.lost + right.open, *(right.lead_id, right.created, right.closed, right.roles, right.types)
    )


def swiss_insurer(folder: Path, leads: list[Lead]) -> Truth:
    """Write a Swiss insurer: a policy concluded yes or no, amounts with an apostrophe, both languages in the head."""
    columns = [
        Col("Antrag / Demande", lambda lead: f"CH-{lead.n:05d}"),
        Col("Eingegangen / Reçu", lambda lead: f"{lead.created:%d.%m.%Y}"),
        Col("Sparte / Branche", lambda lead: ("Auto", "Hausrat", "Leben", "Haft")[lead.product], ANSWER),
        Col("Selbstbehalt", lambda lead: f"CHF {(0, 300, 1500, 2500)[lead.budget]:,}".replace(",", "'"), ANSWER),
        Col("Kanal", lambda lead: SOURCES["de"][lead.source], CHANNEL),
        Col("Kanton", lambda lead: ("ZH", "GE", "BE", "TI")[lead.country], PROFILE + ANSWER),
        Col("Raucher", lambda lead: "ja/oui" if lead.newsletter else "nein/non", ANSWER + PROFILE, "flag"),
        Col("Police abgeschlossen", by_end("ja/oui", "nein/non"), OUTCOME),
        Col("Erledigt am", lambda lead: lead.closed and f"{lead.closed:%d.%m.%Y}", OUTCOME),
        Col("Jahresprämie", only("won", lambda lead: f"CHF {lead.amount:,.2f}".replace(",", "'")), FACT),
        Col("Berater/in", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "antraege.csv", text_of(table(columns, leads), delimiter=";"))
    return truth(columns, leads, "Antrag / Demande", "Eingegangen / Reçu", ("Erledigt am",))


def recruiter(folder: Path, leads: list[Lead]) -> Truth:
    """Applicants of a recruiter: placed, rejected, withdrawn or in process; the stage of each in a word."""
    lost = ("Rejected", "Withdrew", "Rejected")
    columns = [
        Col("candidate_uuid", lambda lead: f"{lead.n:08x}-0000-4000-8000-000000000000"),
        Col("applied_at", lambda lead: iso(lead.created)),
        Col("job_board", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("desired_role", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("years_experience", lambda lead: lead.size % 30, PROFILE + ANSWER, "number"),
        Col("salary_expectation", lambda lead: f"{30 + lead.budget * 10}k", ANSWER, "number"),
        Col("industry", lambda lead: INDUSTRIES["en"][lead.industry], PROFILE),
        Col("willing_to_move", lambda lead: str(lead.newsletter), ANSWER, "flag"),
        Col("status", lambda lead: lost[lead.reason] if lead.lost else by_end("Hired", "", "In process")(lead)),
        Col("status_changed_at", lambda lead: iso(lead.closed or lead.created + timedelta(hours=5)), OUTCOME),
        Col("offer_letter_sent", by_end(True, False, False), LATE + OUT),
        Col("recruiter", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "applications.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "candidate_uuid", "applied_at", ("status_changed_at",))


def french_agency(folder: Path, leads: list[Lead]) -> Truth:
    """Write a French agency's list: one word for signed, one for refused, blanks for what still runs, and a follow-up day."""
    ends = {"won": "Devis signé", "lost": "Devis refusé"}
    columns = [
        Col("Réf. devis", lambda lead: f"DV-{lead.n:05d}"),
        Col("Reçu le", lambda lead: french(lead.created)),
        Col("Société", lambda lead: lead.company, ACCOUNT),
        Col("Canal d'acquisition", lambda lead: SOURCES["fr"][lead.source], CHANNEL),
        Col("Prestation demandée", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Échéance", lambda lead: HURRY["fr"][lead.hurry], ANSWER, "category"),
        Col("Nombre de pages", lambda lead: lead.visits, ANSWER, "number"),
        Col("Déjà client", lambda lead: "oui" if lead.asked_before else "non", ANSWER + PROFILE, "flag"),
        Col("État", lambda lead: ends.get(lead.end), OUTCOME),
        Col("Signé ou refusé le", lambda lead: french(lead.closed), OUTCOME),
        Col("Date de relance", lambda lead: f"{lead.created + timedelta(days=7):%d/%m/%Y}", LATE + OUT),
        Col("Montant HT", lambda lead: f"{euro(lead.amount).replace('.', chr(0x202F))} €", FACT),
        Col("Chargé de clientèle", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "devis.csv", text_of(table(columns, leads), delimiter=";"))
    return truth(columns, leads, "Réf. devis", "Reçu le", ("Signé ou refusé le",))


UNSEEN_TEN = (
    *(capsule, teamleader_dutch, weclapp_german, nutshell, notion, kommo_spanish, gym_trials, swiss_insurer),
    *(recruiter, french_agency),
)
