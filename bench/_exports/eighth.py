"""Eight exports that were written once what the seventh set found was mended: their first figure is that of the mended draft."""

from datetime import timedelta
from pathlib import Path

from bench._exports.cells import by_end, dotted, euro, iso, mail, only, planned, since, uk, us
from bench._exports.company import EXPORTED, Lead
from bench._exports.files import table, text_of, workbook, write
from bench._exports.truth import ACCOUNT, ANSWER, CHANNEL, CONTACT, FACT, LATE, OUT, OUTCOME, PROFILE, Col, Truth, truth
from bench._exports.words import BUDGETS, HURRY, PRODUCTS, REASONS, REPS, SOURCES


def marquee_hire(folder: Path, leads: list[Lead]) -> Truth:
    """Write a hirer's sheets of two seasons in a workbook: states of its own, an invoice for all that went ahead, an event to come."""

    def state(lead: Lead) -> str:
        if lead.won:
            return (
                ("On the books", "Gone ahead", "Pulled by client")[0 if lead.n % 7 else 2]
                if lead.n % 3
                else "Gone ahead"
            )
        return ("Lost - price", "Lost - date", "Lost - price")[lead.reason] if lead.lost else "Quoted"

    columns = [
        Col("Quote no", lambda lead: f"Q{lead.n + 700}"),
        Col("Quoted", lambda lead: lead.created),
        Col("Event on", lambda lead: planned(lead, 40), ANSWER + LATE),
        Col("Size m", lambda lead: 6 + lead.size % 30, ANSWER, "number"),
        Col("Found us via", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Where it stands", state, OUTCOME),
        Col("As of", lambda lead: since(lead, 3), OUTCOME),
        Col("Invoice", only("won", lambda lead: f"INV-{lead.n + 40}"), LATE + OUT),
        Col("Net", only("won", lambda lead: round(lead.amount)), FACT),
    ]
    seasons = {
        f"Season {year}": table(columns, [one for one in leads if one.created.year == year])
        for year in (2024, 2025, 2026)
    }
    workbook(folder, "Hire.xlsx", seasons)
    return truth(columns, leads, "Quote no", "Quoted", ("As of",))


def heat_pumps(folder: Path, leads: list[Lead]) -> Truth:
    """Write a German heating firm's requests: accepted or not in one tick, a chance in tenths, a funding notice, a day of building."""
    columns = [
        Col("Vorgang", lambda lead: f"V-{lead.n + 10_000}"),
        Col("Erstkontakt", lambda lead: dotted(lead.created)),
        Col("Name", lambda lead: f"{lead.last}, {lead.first}", CONTACT),
        Col("Baujahr", lambda lead: 1950 + lead.size % 70, ANSWER + PROFILE, "number"),
        Col("Heizung bisher", lambda lead: ("Gas", "Öl", "Strom", "Holz")[lead.product], ANSWER, "category"),
        Col("Aufmerksam durch", lambda lead: SOURCES["de"][lead.source], CHANNEL),
        Col("Chance", lambda lead: {"won": "1", "lost": "0"}.get(lead.end, f"0,{lead.n % 8 + 1}"), LATE),
        Col("Angenommen", by_end("x", None, None), OUTCOME),
        Col("Abgelehnt", by_end(None, "x", None), OUTCOME),
        Col("Rückmeldung", lambda lead: dotted(lead.closed), OUTCOME),
        Col("BAFA-Nr.", only("won", lambda lead: f"B{lead.n + 90_000}"), LATE + OUT),
        Col(
            "Einbau geplant",
            only("won", lambda lead: dotted((lead.closed or EXPORTED) + timedelta(days=120))),
            LATE + OUT,
        ),
        Col("Summe brutto", only("won", lambda lead: euro(lead.amount)), FACT),
    ]
    write(folder, "waermepumpen.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "Vorgang", "Erstkontakt", ("Rückmeldung",))


def bootcamp(folder: Path, leads: list[Lead]) -> Truth:
    """Write applications to a course, and moves of their step in a log with the step before; a cohort that starts later."""
    columns = [
        Col("application", lambda lead: f"app-{lead.n:04d}"),
        Col("submitted", lambda lead: lead.created.isoformat() + "Z"),
        Col("email", mail, CONTACT),
        Col("track", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("start_wish", lambda lead: HURRY["en"][lead.hurry], ANSWER, "category"),
        Col("referrer", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("cohort_start", lambda lead: f"{planned(lead, 90):%Y-%m-%d}", ANSWER + LATE),
    ]
    write(folder, "applications.csv", text_of(table(columns, leads)))
    log = []
    for lead in leads:
        before = "applied"
        for call, step in zip(lead.calls, ("screened", "interview", "offer"), strict=False):
            log.append((f"app-{lead.n:04d}", before, step, call.isoformat() + "Z"))
            before = step
        if lead.closed:
            log.append(
                (f"app-{lead.n:04d}", before, "enrolled" if lead.won else "withdrawn", lead.closed.isoformat() + "Z")
            )
    log.sort(key=lambda row: row[3])
    write(folder, "transitions.csv", text_of([("application", "old_step", "new_step", "at"), *log]))
    return truth(columns, leads, "application", "submitted", ("at",))


def tractors_french(folder: Path, leads: list[Lead]) -> Truth:
    """Write a French dealer's offers: ordered, given up, waiting; an order's number, a delivery, two ways of writing days."""
    columns = [
        Col("N° offre", lambda lead: f"O{lead.n:05d}"),
        Col("Émise le", lambda lead: uk(lead.created)),
        Col("Exploitation", lambda lead: lead.company, ACCOUNT),
        Col("Matériel", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Surface ha", lambda lead: lead.size, ANSWER + PROFILE, "number"),
        Col("Origine", lambda lead: SOURCES["fr"][lead.source], CHANNEL),
        Col("Commande le", only("won", lambda lead: iso(lead.closed)), OUTCOME),
        Col("Abandon le", only("lost", lambda lead: uk(lead.closed)), OUTCOME),
        Col("N° commande", only("won", lambda lead: f"CF{lead.n + 500}"), LATE + OUT),
        Col("Livraison", only("won", lambda lead: uk((lead.closed or EXPORTED) + timedelta(days=70))), LATE + OUT),
        Col("Motif abandon", only("lost", lambda lead: REASONS["fr"][lead.reason]), FACT),
    ]
    write(folder, "offres.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "N° offre", "Émise le", ("Commande le", "Abandon le"))


def lettings(folder: Path, leads: list[Lead]) -> Truth:
    """Write an American agent's renters: moved in, application denied, ghosted, touring; rent and lease for those who signed."""

    def state(lead: Lead) -> str:
        if lead.won:
            return "Moved in" if planned(lead, 10) < EXPORTED else "Keys pending"
        return ("Application denied", "Ghosted", "Rented elsewhere")[lead.reason] if lead.lost else "Touring"

    columns = [
        Col("Prospect #", lambda lead: 4_000 + lead.n),
        Col("Inquired", lambda lead: us(lead.created)),
        Col("Prospect", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Bedrooms wanted", lambda lead: 1 + lead.product, ANSWER, "number"),
        Col("Max rent", lambda lead: f"${900 + lead.budget * 400}", ANSWER),
        Col("Ad source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Pipeline status", state, OUTCOME),
        Col("Status changed", lambda lead: us(since(lead, 2)), OUTCOME),
        Col("Lease #", only("won", lambda lead: f"L-{lead.n + 60}"), LATE + OUT),
        Col("Rent signed", only("won", lambda lead: f"${900 + lead.stage * 350}"), FACT),
        Col("Move-in", only("won", lambda lead: us(planned(lead, 10))), LATE + OUT),
        Col("Leasing agent", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "prospects.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "Prospect #", "Inquired", ("Status changed",))


def physio_dutch(folder: Path, leads: list[Lead]) -> Truth:
    """Write a Dutch practice's intakes of three years, a file each, whose numbers go on: started, not started, waiting."""
    columns = [
        Col("Intakenr", lambda lead: 20_000 + lead.n),
        Col("Aanmelding", lambda lead: f"{lead.created:%d-%m-%Y %H:%M}"),
        Col("Cliënt", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Klacht", lambda lead: ("Rug", "Knie", "Nek", "Schouder")[lead.product], ANSWER, "category"),
        Col("Verwijzer", lambda lead: ("Huisarts", "Vriend", "Site", "Lijst", "Sport")[lead.source], CHANNEL + ANSWER),
        Col("Gestart", by_end("ja", "nee", "wacht"), OUTCOME),
        Col("Datum besluit", lambda lead: lead.closed and f"{lead.closed:%d-%m-%Y}", OUTCOME),
        Col("Behandelplan", only("won", lambda lead: f"BP{lead.n}"), LATE + OUT),
    ]
    for year in (2024, 2025, 2026):
        write(
            folder,
            f"intakes-{year}.csv",
            text_of(table(columns, [one for one in leads if one.created.year == year]), delimiter=";"),
        )
    return truth(columns, leads, "Intakenr", "Aanmelding", ("Datum besluit",))


def insurer_polish(folder: Path, leads: list[Lead]) -> Truth:
    """Write a Polish broker's offers: a policy's number and premium for those who took it, words of its own, a day that it runs out."""
    states = {"won": "Polisa wystawiona", "lost": "Odmowa klienta", "open": "W toku"}
    columns = [
        Col("Nr sprawy", lambda lead: f"SP/{lead.n + 1:05d}"),
        Col("Data zgłoszenia", lambda lead: dotted(lead.created)),
        Col("Klient", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Rodzaj ubezpieczenia", lambda lead: ("OC", "Dom", "Życie", "Firma")[lead.product], ANSWER, "category"),
        Col("Skąd", lambda lead: ("Strona", "Polecenie", "Targi", "Lista", "Telefon")[lead.source], CHANNEL + ANSWER),
        Col("Stan", lambda lead: states[lead.end], OUTCOME),
        Col("Data stanu", lambda lead: dotted(since(lead, 2)), OUTCOME),
        Col("Obecna polisa do", lambda lead: dotted(planned(lead, 70)), ANSWER + LATE),
        Col("Nr polisy", only("won", lambda lead: f"PL{lead.n + 10_000}"), LATE + OUT),
        Col("Składka", only("won", lambda lead: euro(lead.amount)), FACT),
    ]
    write(folder, "sprawy.csv", text_of(table(columns, leads), delimiter=";"), "cp1250")
    return truth(columns, leads, "Nr sprawy", "Data zgłoszenia", ("Data stanu",))


def saas_deals(folder: Path, leads: list[Lead]) -> Truth:
    """Write a software house's deals: a forecast, a subscription's id, churned customers among the won, a renewal to come."""

    def state(lead: Lead) -> str:
        if lead.won:
            return "churned" if lead.n % 8 == 0 else "live"
        return "no budget" if lead.lost else ("discovery", "poc", "procurement")[lead.stage]

    columns = [
        Col("id", lambda lead: f"d_{lead.n:05x}"),
        Col("first_seen", lambda lead: iso(lead.created)),
        Col("company_domain", lambda lead: f"{lead.last.lower()}{lead.n % 97}.example", ACCOUNT),
        Col("needs", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("budget_band", lambda lead: BUDGETS["en"][lead.budget], ANSWER, "category"),
        Col("channel", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("phase", state, OUTCOME),
        Col("phase_entered", lambda lead: iso(since(lead, 1)), OUTCOME),
        Col("likelihood", lambda lead: {"won": 100, "lost": 0}.get(lead.end, 10 + lead.n % 8 * 10), LATE),
        Col("subscription", only("won", lambda lead: f"sub_{lead.n * 7919 % 99991:05d}"), LATE + OUT),
        Col("arr", only("won", lambda lead: 1200 + lead.stage * 600), FACT),
        Col(
            "renews",
            only("won", lambda lead: f"{(lead.closed or EXPORTED) + timedelta(days=365):%Y-%m-%d}"),
            LATE + OUT,
        ),
    ]
    write(folder, "deals.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "id", "first_seen", ("phase_entered",))


EIGHTH_EIGHT = (
    *(marquee_hire, heat_pumps, bootcamp, tractors_french),
    *(lettings, physio_dutch, insurer_polish, saas_deals),
)
