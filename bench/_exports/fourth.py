"""Twelve exports of trades and countries that no earlier set has: lists that people keep by hand, and files of portals."""

from datetime import timedelta
from pathlib import Path

from bench._exports.cells import by_end, clock12, euro, french, iso, mail, milliseconds, only, seconds
from bench._exports.company import EXPORTED, Lead
from bench._exports.files import table, text_of, workbook, write
from bench._exports.truth import ACCOUNT, ANSWER, CHANNEL, CONTACT, FACT, LATE, OUT, OUTCOME, PROFILE, Col, Truth, truth
from bench._exports.words import BUDGETS, PRODUCTS, REPS, SOURCES

ITALIAN_SOURCES = ("Sito", "Booking", "Agenzia", "Passaparola", "Telefono")
PORTUGUESE_SOURCES = ("Site", "Indicação", "Feirão", "OLX", "Telefone")
DUTCH_SOURCES = ("Website", "Via via", "Beurs", "Werkspot", "Telefoon")
PORTALS = ("Idealista", "Fotocasa", "Cartel", "Recomendación", "Web propia")


def craftsman(folder: Path, leads: list[Lead]) -> Truth:
    """Write a German craftsman's workbook: two columns that are ticked with an x, one day of the decision."""
    columns = [
        Col("Lfd.Nr.", lambda lead: lead.n + 1),
        Col("Anfrage vom", lambda lead: lead.created),
        Col("Kunde", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Telefon", lambda lead: f"0171 / {4_000_000 + lead.n}", CONTACT),
        Col("PLZ", lambda lead: f"{10_000 + lead.size * 7:05d}", PROFILE + OUT + ANSWER),
        Col("Gewerk", lambda lead: ("Bad", "Heizung", "Küche", "Dach")[lead.product], ANSWER, "category"),
        Col("Wie gefunden?", lambda lead: SOURCES["de"][lead.source], CHANNEL),
        Col("Wohnfläche (m²)", lambda lead: lead.size, ANSWER + PROFILE, "number"),
        Col("Zusage", only("won", lambda _: "x"), OUTCOME),
        Col("Absage", only("lost", lambda _: "x"), OUTCOME),
        Col("Entscheidung am", lambda lead: lead.closed, OUTCOME),
        Col("Rechnung Nr.", only("won", lambda lead: f"R{lead.n:04d}"), LATE + OUT),
        Col("Angebotssumme", lambda lead: lead.amount, FACT),
    ]
    rows = [["Anfragen Meisterbetrieb"], [], *table(columns, leads)]
    workbook(folder, "Anfragen.xlsx", {"Anfragen": rows, "Tabelle2": [["Stundensatz", 68]]})
    return truth(columns, leads, "Lfd.Nr.", "Anfrage vom", ("Entscheidung am",))


def french_broker(folder: Path, leads: list[Lead]) -> Truth:
    """Write a French broker of insurance: signed, without a follow-up, or running, and one day for both ends."""
    ends = {"won": "Souscrit", "lost": "Sans suite"}
    columns = [
        Col("N° de dossier", lambda lead: f"D{lead.n:05d}"),
        Col("Date de la demande", lambda lead: f"{lead.created:%d/%m/%Y}"),
        Col("Assuré", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Type de contrat", lambda lead: ("Auto", "Habitation", "Santé", "Vie")[lead.product], ANSWER, "category"),
        Col("Formule souhaitée", lambda lead: ("Base", "Confort", "Plus")[lead.hurry], ANSWER, "category"),
        Col("Nb de véhicules", lambda lead: lead.visits, ANSWER, "number"),
        Col("Âge", lambda lead: 18 + lead.size % 60, PROFILE, "number"),
        Col("Département", lambda lead: ("75", "69", "13", "33")[lead.country], PROFILE + CHANNEL + ANSWER),
        Col("Apporteur", lambda lead: SOURCES["fr"][lead.source], CHANNEL),
        Col("Statut", lambda lead: ends.get(lead.end, "En cours"), OUTCOME),
        Col("Date de la décision", lambda lead: lead.closed and f"{lead.closed:%d/%m/%Y}", OUTCOME),
        Col("Prime annuelle", lambda lead: f"{euro(lead.amount)} €", FACT),
        Col("Gestionnaire", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "dossiers.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "N° de dossier", "Date de la demande", ("Date de la décision",))


def spanish_estate(folder: Path, leads: list[Lead]) -> Truth:
    """Write a Spanish estate agent: sold, dropped or followed, a budget with dots and a sign."""
    ends = {"won": "Vendido", "lost": "Descartado"}
    columns = [
        Col("Referencia", lambda lead: f"INM-{lead.n:04d}"),
        Col("Fecha de contacto", lambda lead: f"{lead.created:%d/%m/%Y}"),
        Col("Interesado", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Teléfono", lambda lead: f"+34 6{10_000_000 + lead.n}", CONTACT),
        Col("Portal", lambda lead: PORTALS[lead.source], CHANNEL),
        Col("Tipo de inmueble", lambda lead: ("Piso", "Casa", "Local", "Solar")[lead.product], ANSWER, "category"),
        Col("Habitaciones", lambda lead: lead.visits, ANSWER, "number"),
        Col("Presupuesto máximo", lambda lead: f"{90 + lead.size}.000 €", ANSWER, "number"),
        Col("¿Necesita hipoteca?", lambda lead: "Sí" if lead.newsletter else "No", ANSWER, "flag"),
        Col("Estado", lambda lead: ends.get(lead.end, "En seguimiento"), OUTCOME),
        Col("Fecha de resolución", lambda lead: lead.closed and f"{lead.closed:%d/%m/%Y}", OUTCOME),
        Col("Honorarios", only("won", lambda lead: f"{euro(lead.amount)} €"), FACT),
        Col("Comercial", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "contactos.csv", text_of(table(columns, leads), delimiter=";"))
    return truth(columns, leads, "Referencia", "Fecha de contacto", ("Fecha de resolución",))


def brazilian_dealer(folder: Path, leads: list[Lead]) -> Truth:
    """Write a Brazilian dealer in cars: reais before the amount, a sale done, given up, or talked about."""
    ends = {"won": "Venda realizada", "lost": "Desistiu"}
    columns = [
        Col("Código", lambda lead: lead.n + 10_000),
        Col("Data do contato", lambda lead: french(lead.created)),
        Col("Cliente", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Celular", lambda lead: f"(11) 9{80_000_000 + lead.n}", CONTACT),
        Col("Origem", lambda lead: PORTUGUESE_SOURCES[lead.source], CHANNEL),
        Col("Veículo de interesse", lambda lead: ("Onix", "HB20", "Kicks", "Strada")[lead.product], ANSWER, "category"),
        Col("Tem carro na troca?", lambda lead: "Sim" if lead.asked_before else "Não", ANSWER, "flag"),
        Col("Entrada", lambda lead: f"R$ {euro(lead.budget * 5000.0)}", ANSWER, "number"),
        Col("Situação", lambda lead: ends.get(lead.end, "Em negociação"), OUTCOME),
        Col("Data de fechamento", lambda lead: french(lead.closed), OUTCOME),
        Col("Valor da venda", only("won", lambda lead: f"R$ {euro(lead.amount)}"), FACT),
        Col("Motivo da desistência", only("lost", lambda lead: ("Preço", "Sumiu", "Outra loja")[lead.reason]), FACT),
        Col("Vendedor", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "leads_loja.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "Código", "Data do contato", ("Data de fechamento",))


def italian_hotel(folder: Path, leads: list[Lead]) -> Truth:
    """Quotations of an Italian hotel: the stay lies months ahead, the answer comes before it."""
    columns = [
        Col("N. preventivo", lambda lead: f"{lead.n + 1}/2025"),
        Col("Data richiesta", lambda lead: f"{lead.created:%d/%m/%Y}"),
        Col("Ospite", lambda lead: f"{lead.last} {lead.first}", CONTACT),
        Col("Data arrivo", lambda lead: f"{lead.created + timedelta(days=90 + lead.size % 60):%d/%m/%Y}", ANSWER + OUT),
        Col("Notti", lambda lead: lead.visits + 1, ANSWER, "number"),
        Col("Adulti", lambda lead: 1 + lead.hurry, ANSWER, "number"),
        Col("Camera", lambda lead: ("Singola", "Doppia", "Tripla", "Suite")[lead.product], ANSWER, "category"),
        Col("Canale", lambda lead: ITALIAN_SOURCES[lead.source], CHANNEL),
        Col("Cliente abituale", lambda lead: "sì" if lead.asked_before else "no", ANSWER + PROFILE, "flag"),
        Col("Esito", by_end("Confermato", "Rifiutato", "In attesa"), OUTCOME),
        Col("Data esito", lambda lead: lead.closed and f"{lead.closed:%d/%m/%Y}", OUTCOME),
        Col("Importo", lambda lead: f"€ {euro(lead.amount)}", FACT),
        Col("Caparra versata", only("won", lambda lead: f"€ {euro(lead.amount / 5)}"), LATE + OUT),
    ]
    write(folder, "preventivi.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "N. preventivo", "Data richiesta", ("Data esito",))


def dutch_installer(folder: Path, leads: list[Lead]) -> Truth:
    """Write a Dutch installer: amounts that end in a dash, days with dashes, approved or turned down."""
    columns = [
        Col("Offertenummer", lambda lead: f"OFF{2500000 + lead.n}"),
        Col("Aanvraagdatum", lambda lead: f"{lead.created:%d-%m-%Y}"),
        Col("Naam klant", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("Woonplaats", lambda lead: ("Utrecht", "Breda", "Zwolle", "Delft")[lead.country], PROFILE),
        Col("Soort installatie", lambda lead: ("Zon", "Pomp", "Laadpaal", "Accu")[lead.product], ANSWER, "category"),
        Col("Aantal panelen", lambda lead: lead.visits * 2, ANSWER, "number"),
        Col("Eigen woning", lambda lead: "ja" if lead.newsletter else "nee", ANSWER + PROFILE, "flag"),
        Col("Herkomst", lambda lead: DUTCH_SOURCES[lead.source], CHANNEL),
        Col("Status", by_end("Akkoord", "Afgewezen", "Uitgebracht"), OUTCOME),
        Col("Datum akkoord/afwijzing", lambda lead: lead.closed and f"{lead.closed:%d-%m-%Y}", OUTCOME),
        Col("Bedrag excl. btw", lambda lead: f"€ {euro(round(lead.amount))[:-3]},-", FACT),
        Col("Adviseur", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "offertes.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "Offertenummer", "Aanvraagdatum", ("Datum akkoord/afwijzing",))


def survey_answers(folder: Path, leads: list[Lead]) -> Truth:
    """Answers of an online survey with whole questions for headers, and two columns that somebody added by hand."""
    columns = [
        Col("#", lambda lead: f"{lead.n:032x}"),
        Col("What should we build for you?", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("What is your budget?", lambda lead: BUDGETS["en"][lead.budget], ANSWER, "category"),
        Col("Have you worked with an agency before?", lambda lead: str(int(lead.asked_before)), ANSWER, "flag"),
        Col("How many people work at your company?", lambda lead: lead.size, PROFILE + ANSWER, "number"),
        Col("What is your *email address*?", mail, CONTACT),
        Col("utm_source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Start Date (UTC)", lambda lead: iso(lead.created - timedelta(minutes=4)), OUT + LATE + ANSWER),
        Col("Submit Date (UTC)", lambda lead: iso(lead.created)),
        Col("Network ID", lambda lead: f"{lead.n * 7919 % 65536:010x}", OUT + CONTACT),
        Col("Became a customer?", by_end("Y", "N"), OUTCOME),
        Col("Decided", lambda lead: lead.closed and f"{lead.closed:%Y-%m-%d}", OUTCOME),
    ]
    write(folder, "responses.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "#", "Submit Date (UTC)", ("Decided",))


def two_ways_of_dates(folder: Path, leads: list[Lead]) -> Truth:
    """Write a table whose creation is counted in milliseconds, whose close has days of two ways, and year 9999 for none."""

    def close(lead: Lead) -> str:
        if lead.closed is None:
            return "9999-12-31"
        return f"{lead.closed:%d/%m/%Y}" if lead.closed.year == 2025 else f"{lead.closed:%Y-%m-%d}"

    columns = [
        Col("client_ref", lambda lead: f"{lead.n:06d}"),
        Col("created_ts", lambda lead: milliseconds(lead.created)),
        Col("acquisition_channel", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("tariff", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("usage_kwh", lambda lead: f"{lead.size * 11.5:,.1f}", ANSWER, "number"),
        Col("paperless", lambda lead: "T" if lead.newsletter else "F", ANSWER, "flag"),
        Col("outcome_code", by_end("ACC", "REJ", "PEN"), OUTCOME),
        Col("decision_dt", close, OUTCOME),
        Col("meter_installed", by_end(1, 0, 0), LATE + OUT),
    ]
    write(folder, "switchers.csv", text_of(table(columns, leads), delimiter="|"))
    return truth(columns, leads, "client_ref", "created_ts", ("decision_dt",))


def quote_table(folder: Path, leads: list[Lead]) -> Truth:
    """Write a product's own database in three files: enquiries, quotes with a time each for yes and no, and messages."""
    columns = [
        Col("id", lambda lead: lead.n + 1),
        Col("inserted_at", lambda lead: seconds(lead.created)),
        Col("referrer", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("service", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("rooms", lambda lead: lead.visits, ANSWER, "number"),
        Col("has_elevator", lambda lead: "t" if lead.newsletter else "f", ANSWER, "flag"),
        Col("email", mail, CONTACT),
    ]
    write(folder, "enquiries.csv", text_of(table(columns, leads)))
    quotes = [
        (
            90_000 + lead.n,
            lead.n + 1,
            *(seconds(lead.created + timedelta(hours=3)), round(lead.amount)),
            seconds(lead.closed) if lead.won else None,
            seconds(lead.closed) if lead.lost else None,
        )
        for lead in leads
    ]
    header = ("id", "enquiry_id", "inserted_at", "total_cents", "accepted_at", "rejected_at")
    write(folder, "quotes.csv", text_of([header, *[["" if cell is None else cell for cell in row] for row in quotes]]))
    messages = [
        (lead.n * 10 + at, lead.n + 1, ("inbound", "outbound")[at % 2], seconds(call))
        for lead in leads
        for at, call in enumerate(lead.calls)
    ]
    write(folder, "messages.csv", text_of([("id", "enquiry_id", "direction", "sent_at"), *messages]))
    return truth(columns, leads, "id", "inserted_at", ("accepted_at", "rejected_at"), len(messages))


def mortgage_broker(folder: Path, leads: list[Lead]) -> Truth:
    """Write an American broker of loans: funded, denied, withdrawn or in process; what was asked for is an answer."""
    lost = ("Denied", "Withdrawn", "Denied")
    columns = [
        Col("App #", lambda lead: f"2025-{lead.n:05d}"),
        Col("App Date", lambda lead: clock12(lead.created)),
        Col("Borrower", lambda lead: f"{lead.last}, {lead.first}", CONTACT),
        Col("Referral Source", lambda lead: SOURCES["en"][lead.source], CHANNEL),
        Col("Loan Purpose", lambda lead: ("Purchase", "Refi", "Cash-out", "HELOC")[lead.product], ANSWER, "category"),
        Col("Loan Amt Requested", lambda lead: f"${90_000 + lead.size * 500:,}", ANSWER, "number"),
        Col("LTV", lambda lead: f"{40 + lead.visits * 5}%", ANSWER, "number"),
        Col("First-time Buyer", lambda lead: "N" if lead.asked_before else "Y", ANSWER + PROFILE, "flag"),
        Col("FICO", lambda lead: 600 + lead.size % 200, PROFILE + ANSWER, "number"),
        Col("Loan Status", lambda lead: lost[lead.reason] if lead.lost else by_end("Funded", "", "In Process")(lead)),
        Col("Status Date", lambda lead: clock12(lead.closed or lead.created + timedelta(days=1)), OUTCOME),
        Col("Denial Reason", only("lost", lambda lead: ("DTI", "Credit", "Other")[lead.reason]), FACT),
        Col("Loan Officer", lambda lead: REPS[lead.rep], FACT),
    ]
    write(folder, "pipeline.csv", text_of(table(columns, leads)))
    return truth(columns, leads, "App #", "App Date", ("Status Date",))


def portuguese_school(folder: Path, leads: list[Lead]) -> Truth:
    """Write a Portuguese school: enrolled yes or no, blank where nobody knows yet, and a late payment."""
    columns = [
        Col("Nº de inscrição", lambda lead: f"P{lead.n:05d}"),
        Col("Data do pedido", lambda lead: french(lead.created)),
        Col("Nome do aluno", lambda lead: f"{lead.first} {lead.last}", CONTACT),
        Col("E-mail", mail, CONTACT),
        Col("Curso pretendido", lambda lead: ("Inglês", "Alemão", "Música", "Dança")[lead.product], ANSWER, "category"),
        Col("Como nos conheceu", lambda lead: PORTUGUESE_SOURCES[lead.source], CHANNEL),
        Col("Idade", lambda lead: 6 + lead.size % 60, PROFILE, "number"),
        Col("Já foi aluno", lambda lead: "Sim" if lead.asked_before else "Não", ANSWER + PROFILE, "flag"),
        Col("Matriculado", by_end("Sim", "Não"), OUTCOME),
        Col("Data da decisão", lambda lead: french(lead.closed), OUTCOME),
        Col("Propina paga", only("won", lambda lead: f"{euro(lead.amount)} €"), FACT),
    ]
    write(folder, "pedidos.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "Nº de inscrição", "Data do pedido", ("Data da decisão",))


def clinic_german(folder: Path, leads: list[Lead]) -> Truth:
    """Write a clinic's list, German: treatment begun, refused or undecided, with an account that sends several patients."""
    columns = [
        Col("Fallnummer", lambda lead: f"F{lead.n:05d}"),
        Col("Erstkontakt", lambda lead: f"{lead.created:%d.%m.%y}"),
        Col("Zuweiser", lambda lead: SOURCES["de"][lead.source], CHANNEL),
        Col("Zuweisende Praxis", lambda lead: lead.company, ACCOUNT),
        Col("Gewünschte Behandlung", lambda lead: PRODUCTS[lead.product], ANSWER, "category"),
        Col("Privat versichert", lambda lead: "J" if lead.newsletter else "N", ANSWER + PROFILE, "flag"),
        Col("Alter", lambda lead: 18 + lead.size % 60, PROFILE, "number"),
        Col("Behandlung begonnen", by_end("J", "N"), OUTCOME),
        Col("Entschieden am", lambda lead: lead.closed and f"{lead.closed:%d.%m.%y}", OUTCOME),
        Col("Ablehnungsgrund", only("lost", lambda lead: ("Kosten", "Angst", "Andere")[lead.reason]), FACT),
        Col("Zuletzt geändert", lambda lead: f"{lead.closed or EXPORTED:%d.%m.%y}", LATE + OUT),
    ]
    write(folder, "faelle.csv", text_of(table(columns, leads), delimiter=";"), "cp1252")
    return truth(columns, leads, "Fallnummer", "Erstkontakt", ("Entschieden am",))


FOURTH_TWELVE = (
    *(craftsman, french_broker, spanish_estate, brazilian_dealer, italian_hotel, dutch_installer, survey_answers),
    *(two_ways_of_dates, quote_table, mortgage_broker, portuguese_school, clinic_german),
)
