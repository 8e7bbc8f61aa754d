"""Ten more exports, written after the mending on the others; what they found was mended after them."""

from datetime import timedelta
from pathlib import Path

from bench._exports.cells import by_end, clock12, euro, excel_days, french, iso, mail, only, us
from bench._exports.company import Lead
from bench._exports.files import table, text_of, workbook, write
from bench._exports.truth import ACCOUNT, ANSWER, CHANNEL, CONTACT, FACT, LATE, OUT, OUTCOME, PROFILE, Col, Truth, truth
from bench._exports.words import HURRY, INDUSTRIES, PRODUCTS, REASONS, REPS, SOURCES


def vtiger(folder: Path, leads: list[Lead]) -> Truth:
    """Write vtiger potentials: an expected close that is overwritten, a stage, a forecast."""
    columns = [
        Col("Potential No", lambda lead: f"POT{lead.n + 1}"),
        Col("Potential Name", lambda lead: f"Deal {lead.n}", CONTACT),
        Col("Organization Name", lambda lead: lead.company, ACCOUNT),
        Col("Sales Stage", by_end("Closed Won", "Closed Lost", "Prospecting"), OUTCOME),
        Col("Amount", lambda lead: f"{lead.amount:,.2f}", FACT),
        Col("Forecast Amount", lambda lead: round(lead.amount * 0.7), LATE),
        Col("Created Time", lambda lead: f"{lead.created:%m-%d-%Y %I:%M %p}"),
        Col("Closed Time", lambda lead: lead.closed and f"{lead.closed:%m-%d-%Y %I:%M %p}", OUTCOME),
        Col("Lead Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Required Modules", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Go-live", lambda lead: HURRY["en"][lead.hurry], ANSWER, "category"),
        Col("Industry", lambda lead: INDUSTRIES["en"][lead.industry], PROFILE),
        Col("Assigned To", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "Potentials.csv", text_of(table(columns, leads), quote=1))
    return truth(columns, leads, "Potential No", "Created Time", ("Closed Time",))


def insurance_quotes(folder: Path, leads: list[Lead]) -> Truth:
    """Write quotes of a British insurer: bound, not taken up, or quoted; days with a month in letters."""
    lost = ("Not taken up", "Declined by insurer", "Not taken up")
    columns = [
        Col("Quote Ref", lambda lead: f"QT/{lead.n:05d}"),
        Col("Quote Date", lambda lead: f"{lead.created:%d %b %Y %H:%M}"),
        Col("Proposer", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Postcode Area", lambda lead: ("AB", "SW", "LS", "G")[lead.country], PROFILE + ANSWER),
        Col("Cover Type", lambda lead: ("TPO", "TPFT", "Comp", "Fleet")[lead.product], ANSWER, "category"),
        Col("Voluntary Excess", lambda lead: f"£{lead.budget * 100}", ANSWER, "number"),
        Col("No Claims Years", lambda lead: lead.visits, ANSWER + PROFILE, "number"),
        Col("Introducer", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Status", lambda lead: lost[lead.reason] if lead.lost else by_end("Bound", "", "Quoted")(lead), OUTCOME),
        Col("Status Changed", lambda lead: lead.closed and f"{lead.closed:%d %b %Y %H:%M}", OUTCOME),
        Col("Premium", lambda lead: f"£{lead.amount:,.2f}", FACT),
        Col("Policy Number", only("won", lambda lead: f"P{lead.n:06d}"), LATE + OUT),
    ]
    write(folder, "quotes.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "Quote Ref", "Quote Date", ("Status Changed",))


def status_lookup(folder: Path, leads: list[Lead]) -> Truth:
    """Write a database's own tables: states by number, and a table of what the numbers mean."""
    columns = [
        Col("lead_id", lambda lead: lead.n + 1),
        Col("created_at", lambda lead: iso(lead.created)),
        Col("status_id", by_end(4, 5, 2), OUTCOME),
        Col("closed_at", lambda lead: iso(lead.closed), OUTCOME),
        Col("source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("interest", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("page_views", lambda lead: lead.visits, ANSWER, "number"),
    ]
    write(folder, "leads.csv", text_of(table(columns, leads)))
    states = [("id", "label"), (1, "New"), (2, "In progress"), (4, "Won"), (5, "Lost")]
    write(folder, "statuses.csv", text_of(states))
    return truth(columns, leads, "lead_id", "created_at", ("closed_at",))


def travel_dutch(folder: Path, leads: list[Lead]) -> Truth:
    """Write requests of a Dutch travel agency: booked, cancelled or under option, with a day of departure."""
    columns = [
        Col("Aanvraagnr", lambda lead: f"R{lead.n:05d}"),
        Col("Ontvangen op", lambda lead: f"{lead.created:%d-%m-%Y %H:%M}"),
        Col("Reiziger", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Bestemming", lambda lead: ("Kreta", "Bali", "Rome", "Oslo")[lead.product], ANSWER, "category"),
        Col("Aantal personen", lambda lead: lead.visits + 1, ANSWER, "number"),
        Col("Vertrekdatum", lambda lead: f"{lead.created + timedelta(days=150):%d-%m-%Y}", ANSWER + OUT),
        Col("Via", lambda lead: SOURCES["de"][lead.source], CHANNEL),
        Col("Status", by_end("Geboekt", "Geannuleerd", "In optie"), OUTCOME),
        Col("Afgehandeld op", lambda lead: lead.closed and f"{lead.closed:%d-%m-%Y %H:%M}", OUTCOME),
        Col("Reissom", only("won", lambda lead: f"€ {euro(lead.amount)}"), FACT),
        Col("Reisadviseur", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "aanvragen.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "Aanvraagnr", "Ontvangen op", ("Afgehandeld op",))


def donors(folder: Path, leads: list[Lead]) -> Truth:
    """Write the asks of a charity: pledged, declined or pending, in a workbook with a title."""
    columns = [
        Col("Ask ID", lambda lead: 300 + lead.n),
        Col("Asked on", lambda lead: lead.created),
        Col("Donor", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Appeal", lambda lead: SOURCES["en"][lead.source], CHANNEL + ANSWER),
        Col("Cause chosen", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Gifts before", lambda lead: lead.visits, ANSWER, "number"),
        Col("Gift Aid", lambda lead: "Yes" if lead.newsletter else "No", ANSWER, "flag"),
        Col("Response", by_end("Pledged", "Declined", "Pending"), OUTCOME),
        Col("Responded on", lambda lead: lead.closed, OUTCOME),
        Col("Pledge amount", only("won", lambda lead: lead.amount), FACT),
    ]
    workbook(folder, "asks.xlsx", {"Asks": [["Asks, all appeals"], *table(columns, leads)]})
    return truth(columns, leads, "Ask ID", "Asked on", ("Responded on",))


def polish_list(folder: Path, leads: list[Lead]) -> Truth:
    """Write a list in Polish, whose words the draft does not claim to know, in Windows' encoding."""
    columns = [
        Col("Nr zapytania", lambda lead: f"Z{lead.n:05d}"),
        Col("Data wpływu", lambda lead: f"{lead.created:%d.%m.%Y}"),
        Col("Źródło", lambda lead: ("Strona", "Polecenie", "Targi", "Zakupiona", "Telefon")[lead.source], CHANNEL),
        Col("Usługa", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Liczba osób", lambda lead: lead.visits, ANSWER, "number"),
        Col("Wynik", by_end("Zamówienie złożone", "Odrzucone", "W toku"), OUTCOME),
        Col("Data zakończenia", lambda lead: lead.closed and f"{lead.closed:%d.%m.%Y}", OUTCOME),
        Col("Handlowiec", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "zapytania.csv", text_of(table(columns, leads), delimiter=";"), "cp1250")
    return truth(columns, leads, "Nr zapytania", "Data wpływu", ("Data zakończenia",))


def estate_german(folder: Path, leads: list[Lead]) -> Truth:
    """Write a German estate agent's leads: serial days of a spreadsheet, two flags, a fee."""
    columns = [
        Col("Interessenten-ID", lambda lead: 77_000 + lead.n),
        Col("Anfragedatum", lambda lead: excel_days(lead.created)),
        Col("Name", lambda lead: f"{lead.last}, {lead.first}", CONTACT),
        Col("E-Mail", mail, CONTACT),
        Col("Portal", lambda lead: SOURCES["de"][lead.source], CHANNEL),
        Col("Gesucht", lambda lead: ("Wohnung", "Haus", "Grundstück", "Büro")[lead.product], ANSWER, "category"),
        Col("Budget bis", lambda lead: f"{150 + lead.size}.000 €", ANSWER, "number"),
        Col("Finanzierung geklärt", lambda lead: "ja" if lead.newsletter else "nein", ANSWER, "flag"),
        Col("Gekauft", by_end("ja", "nein", "nein"), OUTCOME),
        Col("Abgesprungen", by_end("nein", "ja", "nein"), OUTCOME),
        Col("Abschluss am", lambda lead: excel_days(lead.closed), OUTCOME),
        Col("Provision", only("won", lambda lead: euro(lead.amount)), FACT),
        Col("Makler", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "interessenten.csv", text_of(table(columns, leads), delimiter=";"))
    return truth(columns, leads, "Interessenten-ID", "Anfragedatum", ("Abschluss am",))


def saas_portuguese(folder: Path, leads: list[Lead]) -> Truth:
    """Write trials of a Brazilian software house: converted, given up, or on trial, with messages beside them."""
    columns = [
        Col("id_teste", lambda lead: f"t{lead.n:05d}"),
        Col("iniciado_em", lambda lead: iso(lead.created)),
        Col("empresa", lambda lead: lead.company, ACCOUNT),
        Col("canal", lambda lead: SOURCES["es"][lead.source], CHANNEL),
        Col("plano_escolhido", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("usuarios_convidados", lambda lead: lead.visits, ANSWER + PROFILE, "number"),
        Col("ja_usou_concorrente", lambda lead: str(lead.asked_before).lower(), ANSWER, "flag"),
        Col("situacao", by_end("convertido", "desistiu", "em teste"), OUTCOME),
        Col("encerrado_em", lambda lead: iso(lead.closed), OUTCOME),
        Col("mensalidade", only("won", lambda lead: f"R$ {euro(lead.amount)}"), FACT),
    ]
    write(folder, "testes.csv", text_of(table(columns, leads)))
    calls = [
        (f"m{lead.n}{at}", f"t{lead.n:05d}", ("email", "chat")[at % 2], iso(call))
        for lead in leads
        for at, call in enumerate(lead.calls)
    ]
    write(folder, "contatos.csv", text_of([("id", "id_teste", "tipo", "enviado_em"), *calls]))
    return truth(columns, leads, "id_teste", "iniciado_em", ("encerrado_em",), len(calls))


def leasing_french(folder: Path, leads: list[Lead]) -> Truth:
    """Write requests of a French lessor: a code and its label, a day each for signed and refused."""
    columns = [
        Col("Numéro demande", lambda lead: f"DL{lead.n:06d}"),
        Col("Date demande", lambda lead: french(lead.created)),
        Col("Raison sociale", lambda lead: lead.company, ACCOUNT),
        Col("Code état", by_end(90, 80, 20), OUTCOME),
        Col("Libellé état", by_end("Contrat signé", "Dossier refusé", "Étude en cours"), OUTCOME),
        Col("Date signature", only("won", lambda lead: french(lead.closed)), OUTCOME),
        Col("Date refus", only("lost", lambda lead: french(lead.closed)), OUTCOME),
        Col("Matériel", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Durée souhaitée", lambda lead: f"{12 * (1 + lead.hurry)} mois", ANSWER),
        Col("Prescripteur", lambda lead: SOURCES["fr"][lead.source], CHANNEL + ANSWER),
        Col("Effectif", lambda lead: lead.size, PROFILE, "number"),
        Col("Montant financé", only("won", lambda lead: f"{euro(lead.amount)} €"), FACT),
    ]
    write(folder, "demandes.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "Numéro demande", "Date demande", ("Date signature", "Date refus"))


def keap(folder: Path, leads: list[Lead]) -> Truth:
    """Write Keap opportunities: the stage moved last, a projected revenue, a win or a loss as the stage's name."""
    columns = [
        Col("Opportunity Id", lambda lead: 8_000 + lead.n),
        Col("Opportunity Title", lambda lead: f"Opp {lead.n}", CONTACT),
        Col("Contact Email", mail, CONTACT),
        Col("Stage", by_end("Won", "Lost", "Engaged"), OUTCOME),
        Col("Date Created", lambda lead: clock12(lead.created)),
        Col("Stage Moved Date", lambda lead: clock12(lead.closed or lead.created + timedelta(days=2)), OUTCOME),
        Col("Estimated Close Date", lambda lead: us(lead.due), LATE),
        Col("Projected Revenue High", lambda lead: f"${lead.amount * 1.3:,.2f}", LATE),
        Col("Leadsource", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Program wanted", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Loss Reason", only("lost", lambda lead: REASONS["en"][lead.reason]), FACT),
        Col("Owner", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "opportunities.csv", text_of(table(columns, leads), quote=1))
    return truth(columns, leads, "Opportunity Id", "Date Created", ("Stage Moved Date",))


LAST_TEN = (
    *(vtiger, insurance_quotes, status_lookup, travel_dutch, donors, polish_list, estate_german),
    *(saas_portuguese, leasing_french, keap),
)
