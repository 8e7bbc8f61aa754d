"""What files, columns and values are called, by what they would be: the words that the draft guesses from.

Eight languages: English, German, French, Spanish, Portuguese, Italian, Dutch, Russian. Words stand as `unaccented` writes them. A word that ends in `~` is
looked for anywhere in a word, as German and Dutch write several words as one.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import TypeVar

Key = TypeVar("Key")

MISSING = frozenset(
    {
        *("select", "n/a", "na", "#n/a", "null", "nan", "-", "--", "?", "unknown", "nonexistent", "(not set)", "\\n"),
        *(
            "unbekannt",
            "k.a.",
            "k. a.",
            "keine angabe",
            "inconnu",
            "desconocido",
            "desconhecido",
            "sconosciuto",
            "onbekend",
        ),
        *("--none--", "- select -", "not specified", "undefined"),
        *("0000-00-00", "0000-00-00 00:00:00", "00000000", "00.00.0000", "00/00/0000"),
    }
)

TABLES = {
    "leads": "leads lead mql prospect prospects opportunity opportunities pipeline contact contacts enquiry inquiries anfragen "
    "anfrage interessenten pistes piste opportunites oportunidades oportunidad opportunita kansen aanvragen сделк~ лид~ заявк~ crm verkaufschancen",
    "events": "event events activity activities interaction interactions touch touches log history visits calls task tasks "
    "aktivitaeten activites actividades atividades attivita activiteiten ereignisse звонк~ дела событи~ активност~ taches tareas tarefas taken emails meetings",
    "outcomes": "outcome outcomes deal deals closed won sale sales sold order orders conversion conversions result results ergebnisse "
    "заказ~ продаж~ abschluesse auftraege ventes ventas vendas vendite verkopen resultats resultados contracts",
}
"""What files are called."""

COLUMNS = {
    "id": "id key number no uuid guid code lead mql prospect opportunity record nr номер ид код nummer numero ref reference kennung",
    "lead": "lead mql prospect opportunity deal contact enquiry interessent anfrage opportunite oportunidad oportunidade лид сделка заявка контакт kans who "
    "what parent related",
    "created": "created create creation first contact engage engaged received inquiry enquiry registered signup opened submitted "
    "added entered angelegt erstell~ anlage~ eingang~ eingegangen erfasst~ anfragedatum creation cree creee recu recue creacion "
    "creado creada alta recibid~ criacao criado criada cadastro recebid~ creazione creato creata inserimento ricevut~ создан~ поступлен~ обращени~ добавлен~ aangemaakt "
    "aanmaak~ ontvang~ gestart",
    "closed": "closed close won lost end ended outcome decided decision signed sold converted result closing completed resolved "
    "abgeschlossen abschluss~ geschlossen beendet entschied~ entscheidung~ gewonnen verloren schluss~ cloture cloturee clos ferme "
    "fermeture gagne perdu conclusion signature cierre cerrado cerrada ganado perdido fechamento fechado fechada encerramento "
    "encerrado ganho chiusura chiuso chiusa vinto perso закрыт~ завершен~ решени~ gesloten sluit~ afgesloten afsluit~ closedate",
    "recorded": "recorded logged entered inserted synced erfasst~ gebucht protokolliert enregistre registrado registrato записан~ geregistreerd",
    "occurred": "occurred happened event activity time timestamp date at when am datum zeitpunkt uhrzeit дата время heure fecha hora data ora tijd ts due",
    "kind": "kind type subtype event action activity name category art typ taetigkeit aktivitaet tipo subtipo тип вид genre soort channel",
    "won": "won win converted conversion outcome result stage status closed y target success sold bought purchased subscribed "
    "ergebnis gewonnen phase stufe statut etape etapa resultat resultado risultato estado fase uitkomst esito stadium etat estatus situation situacao situacion situazione stato toestand zustand стадия статус этап результат успешн~ исход accepted "
    "signed kept pipeline state deal iswon",
    "amount": "amount amt mrr arr cuota cuotas mensualidad mensualidade value revenue worth betrag wert auftragswert~ umsatz~ summe auftragssumme~ angebotssumme~ montant ingreso ingresos valeur importe valor monto "
    "importo valore сумма стоимост~ выручк~ bedrag waarde omzet dealwert~ volumen~",
    "rep": "rep agent agente agenti salesman saleswoman conseiller~ gestor asesor consulente adviseur berater~ owner sdr sr salesperson assigned executive manager verkaeufer~ vertriebler~ inhaber~ besitzer~ eigentuemer~ "
    "bearbeiter~ zustaendig~ verantwortlich~ betreuer~ ansprechpartner commercial proprietaire vendeur responsable vendedor "
    "propietario proprietario responsavel comercial venditore assegnatario verkoper eigenaar~ accountmanager gebruiker user "
    "responsible assignee seller closer caller resource officer assigne~ asignad~ atribuid~ assegnat~ ответствен~ менеджер~ toegewezen~ zugewiesen~",
    "team": "team abteilung~ отдел команд~ equipe equipo squadra afdeling",
    "reason": "reason reasons grund gruende verlustgrund~ absagegrund~ ablehnungsgrund~ raison motif motivo причин~ motivos causa razon razao "
    "ragione reden verliesreden~ lostreason why",
    "actor": "actor direction initiator by sender richtung urheber absender acteur sens направлени~ direccion direcao direzione richting",
    "text": "text note notes comment comments subject body description notiz~ bemerkung~ betreff~ kommentar~ objet комментари~ примечани~ описани~ commentaire "
    "asunto comentario nota notas assunto oggetto onderwerp opmerking~ remark remarks",
}
"""What the columns of the three tables are called."""

EXPECTED = (
    "est estimated gesch vorauss estimate expected expectation forecast forecasted target due planned projected anticipated probable likely goal "
    "deadline next follow followup erwartet~ geplant~ voraussichtlich~ geschaetzt~ prognose~ ziel~ faellig~ soll~ prevu~ "
    "prevision~ estime~ attendu~ echeance cible previst~ estimad~ esperad~ objetivo pronostic~ vencimiento vencimento previsao "
    "previsao meta stimat~ attes~ obiettivo scadenza verwacht~ relance rappel rappels wiedervorlage~ seguimiento lembrete promemoria herinnering reminder планир~ ожидаем~ предполагаем~ прогноз~ geschat~ gepland~ streef~ doel~ potential weighted gewichtet~"
)
"""Words of what is hoped or planned: never a close, never an amount that was paid."""
CHANGED = (
    "modified updated update last changed activity geaendert~ aenderung~ letzte~ dernier~ derniere~ maj modifi~ modificad~ "
    "actualizad~ ultima ultimo atualizad~ modificac~ измен~ обновл~ aggiornat~ modificat~ gewijzigd bijgewerkt laatste lastmodified synced"
)
"""Words of times that are written over and over."""

NOT_PAID = " annual yearly company monthly declared jahres~ firmen~ annuel~ anual~ budget probability discount per employees requested req asked applied"
"""Words of amounts that are not what a deal was worth."""

WON = (
    "won win converted conversion converti~ sold customer customers signed success successful accepted gewonnen gagne gagnee gagnes ganado "
    "ganada ganho ganha vinto vinta conclu verkauft~ vendu vendue vendido vendida venduto venduta verkocht kunde client cliente klant firmado "
    "firmada assinado assinada firmato firmata getekend signe signee signes signees signature funded disbursed issued paying vendue  unterschrieben~ beauftragt~ erteilt~ erfolgreich~ sale purchased bought subscribed "
    "enrolled kept paid billed iswon ordered bestellt~ angenommen~ gain zusage zugesagt~ gekauft~ achete~ comprad~ acquistat~ gekocht bought acquired approved eingeschrieben inscrit "
    "успешн~ выигран~ продан~ оплачен~ заключен~ pledged bound geboekt exito exitoso logrado sucesso successo confirmed bestaetigt~ confirme confirmee confirmad~ confermat~ bevestigd~ akkoord agreed einverstanden realizada realizado realisee realise concluida concluido aceptad~ aceit~ accettat~ placed contracted matriculad~ iscritt~ ingeschreven geconverteerd konvertiert~ hired checkout"
)
"""Words of values and columns of a lead that was won."""
LOST = (
    "lost loss dead rejected disqualified declined failed failure refused unqualified junk canceled cancelled cancel dropped "
    "abandoned churned verloren~ abgelehnt~ abgesagt~ storniert~ absage perdu perdue perdus refuse refusee annule annulee "
    "rejete~ abandonne expired perdido perdida rechazad~ descartad~ cancelad~ anulad~ desqualificad~ recusad~ rejeitad~ perso persa "
    "rifiutat~ annullat~ scartat~ perte perdita verlies verlust~ withdrawn turneddown geweigert storno~ refus~ провал~ отказ~ проигран~ отклонен~ потерян~ denied withdrew desistiu desistencia desistio renonce ausgeschieden afgewezen geannuleerd vervallen spam noshow lossed"
)
"""Likewise of one that was lost."""
OPEN_WORDS = (
    "open pending ongoing negotiat~ working waiting offen~ laufend~ verhandlung~ wartend~ bearbeitung ouvert ouverte attente negociat~ "
    "trial trialing provisional tentative option optie prueba essai prova proef test teste unpaid abiert~ pendiente negociac~ abert~ andamento apert~ trattativa lopend~ onderhandel~ behandeling открыт~ переговор~ progress"
)
"""Likewise of one that is worked on still."""
CLOSED = (
    "closed isclosed close abgeschlossen geschlossen erledigt beendet ferme fermee cloture cloturee cerrado cerrada fechado fechada "
    "закрыт~ завершен~ encerrado chiuso chiusa gesloten afgesloten done finished complete completed"
)
"""Words of columns that say whether a lead is closed, not how."""
MEMBERS = (
    "member members socio socia socios abonado abonada mitglied~ abonne abonnee adherent adherente abbonat~ abonnee"
)
"""Words of values that say that somebody is a customer of a kind, and so was won."""
STANDING = f"{MEMBERS} active paying subscribed subscriber customer customers client kunde kunden cliente klant activo ativo attivo aktiv actif actief"
"""Words of values that say that somebody is a customer now: who was one before may be called otherwise."""
WON_STATES = (
    f"{MEMBERS} aprovad~ aprobad~ approuve~ approvat~ genehmigt~ goedgekeurd~ valide validee validado validada eingestellt~ beurkundet~ zugestimmt~ "
    "installed upgraded activated retained geplaatst geplaatste"
)
"""Words of values of a lead that was won, which in the name of a column say nothing of it."""
ELSEWHERE = (
    "elsewhere anderswo woanders elders ailleurs altrove competitor competitors competition konkurren~ wettbewerb~ concurrent concurrence "
    "concurrents competencia concorren~ reprovad~ desaprobad~ bocciat~ unreachable unresponsive ghosted nichterreich~ injoignable ilocalizable "
    "abandon abandono abbandon~ geplatzt~ afgehaakt~ afgezegd~"
)
"""Words of values of a lead that was lost, which in the name of a column say nothing of it."""
LOST_PHRASES = (
    ("turned", "down"),
    ("gone", "cold"),
    ("gone", "quiet"),
    ("gone", "away"),
    ("went", "cold"),
    ("went", "quiet"),
    ("went", "away"),
    ("went", "with"),
    ("backed", "out"),
    ("pulled", "out"),
    ("dropped", "out"),
    ("opted", "out"),
    ("passed", "on"),
    ("no", "show"),
    ("no", "answer"),
    ("no", "response"),
    ("other", "supplier"),
    ("other", "provider"),
)
"""Words that say that a lead was lost where one follows the other."""
LEFT_LATER = (
    "canceled cancelled cancel churn churned terminated lapsed former deactivated unsubscribed ended inactive baja bajas gekuendigt~ kuendig~ "
    "resilie resiliee resiliation desabonne cancelad~ encerrad~ disdett~ disdetto opgezegd~ cessat~ ausgetreten~ ehemalig~"
)
"""Words of somebody who left: before they bought, and were lost; or afterwards, and were won."""
DELETED = "deleted isdeleted geloescht~ supprime~ eliminado eliminada excluido excluida удален~ eliminato verwijderd"
"""Words of columns that say that a row was thrown away."""
ACTIVE = "active isactive aktiv actif active activo активн~ ativo attivo actief"
"""Words of columns that say whether a lead is still worked on."""
NOT = "not no non nicht kein keine pas sans nao sin senza не нет без niet geen un never"
"""Words that turn the next one round."""

EFFORT = (
    "attempt attempts attempted tries tried effort efforts dials dialed dialled touches touchpoints reminders chases followups versuch~ anrufversuch~ kontaktversuch~ "
    "tentative tentatives tentativas tentativa tentativi tentativo intento intentos poging~ pogingen relances relance recordatorios lembretes solleciti herinneringen попыт~"
)
"""Words of what a company did for a lead: it goes on until the lead has ended, and is none of their answers."""
SPENT_ON = "cost costs spend spent expense kosten~ cout couts coste costo costes custo custos costi leadkosten~ leadpreis~ leadprijs~ cpl cpa cac cpc стоимость расход~"
"""Words of money that goes out."""
SPENT_FOR = "lead acquisition ad ads click campaign marketing acquisizione adquisicion aquisicao akquise~ werbe~ werbung~ campagne kampagne~ campana campanha media sales contact kontakt~ leadkosten~ leadpreis~ leadprijs~ cpl cpa cac cpc лид~ привлечен~"
"""Words of what a company spends it for: the two together are what a lead cost, which says nothing of what they want."""
COUNTED = (
    "call calls visit visits view views session sessions login logins click clicks open opens opened email emails mails message messages sms "
    "meeting meetings activity activities interaction interactions contacted contacts note notes reply replies download downloads chiamat~ llamad~ "
    "ligac~ appels appel anruf~ gespraech~ besuch~ telefonat~ visites visitas visite bezoek~ belletje~ telefoontje~ mail rappels касан~ звонк~"
)
"""Words of what is counted as long as a lead is worked on."""
DONE = "made done placed sent attempted logged completed realizad~ hech~ fatte fatti feit~ getaetigt~ gefuehrt~ effectues effectuees envoye~ enviad~ inviat~ verstuurd~ gesendet~ verzonden"
"""Words that say that the company did what is counted."""

ROLES = {
    "late": "last lost reason duration closed close status stage tag tags quality score grade rating probability activity "
    "modified updated final discount discounts rebate contract invoice invoiced rabatt~ vertrag~ rechnung~ nachlass~ "
    "wahrscheinlichkeit~ verlust~ grund letzte~ geaendert~ remise contrat facture probabilite statut dernier~ descuento contrato "
    "factura probabilidad~ ultima ultimo desconto fatura probabilidade sconto contratto fattura probabilita korting "
    "contractnummer~ factuur laatste reden motivo motif won gewonnen weighted forecast fiscal converted conversion assigned "
    "причин~ вероятност~ измен~ статус стадия договор~ скидк~ signed paid delivery delivered closing dismissal dismissed",
    "channel": "source channel campaign origin medium landing referrer utm keyword ad advert form hear newsletter quelle~ kanal "
    "herkunft~ kampagne~ canal campagne provenance origine origen procedencia through via fuente campana origem campanha fonte canale provenienza campagna bron "
    "find trovato trovati encontrou encontro vonden gevonden leadbron~ kanaal herkomst leadquelle~ leadsource источник~ канал~ реклам~ кампани~ gefunden connait~ connu conheceu conocio conociste apporteur portal zuweiser parrain heard found acquisition board promotion promo discovered referer gclid segment_channel partner_source aufmerksam",
    "context": "rate var index idx euribor~ month week weekday season quarter employed unemployment inflation economy confidence monat quartal "
    "saison mois trimestre mes trimestre mese trimestre maand kwartaal wochentag~ jour dia giorno",
    "profile": "age gender sex marital education country city state region province industry sector segment size "
    "employees title occupation company revenue account zip postcode language branche~ land stadt bundesland "
    "mitarbeiter~ firmengroesse~ groesse position beruf~ geschlecht~ sprache~ plz secteur pays ville effectif taille poste langue metier "
    "salaries sexe pais ciudad empleados tamano cargo idioma sector edad sexo cidade setor funcionarios tamanho porte idade settore "
    "paese citta dipendenti dimensione ruolo lingua eta sesso sector stad medewerkers werknemers grootte functie taal leeftijd geslacht "
    "headcount staff turnover jobtitle unternehmensgroesse~ numberofemployees город~ страна регион отрасл~ размер возраст должност~ сотрудник~ provincia provincie regione alter",
    "contact": "topic email mail phone mobile telephone fax name firstname lastname surname website url linkedin address street telefon~ handy~ "
    "vorname~ nachname~ strasse~ anschrift~ adresse courriel prenom nom telefono correo nombre apellido direccion telefone celular "
    "sobrenome nome cognome indirizzo cellulare telefoon naam voornaam achternaam adres webseite~ ansprechpartner~ kontaktperson~ имя фамили~ телефон~ почта адрес~ название guest applicant "
    "mobil~ skype twitter",
    "account": "company account organization organisation firm firma unternehmen kunde kundenname~ societe entreprise compte empresa "
    "cuenta organizacion conta organizacao azienda societa bedrijf bedrijfsnaam компани~ организаци~ клиент фирма organisatie business",
}
"""What fields are called, by role."""

ALONE = frozenset({"loan", "default", "housing", "mortgage", "job"})
"""Words that say who somebody is where they are a column's whole name; in a longer one they say what is asked for."""

OBSTACLES = {
    "money": "budget money price pricing cost costs spend afford default pay payment cheque loan balance credit finance quote "
    "proposal invoice preis kosten prix cout presupuesto precio coste orcamento preco custo prezzo costo begroting prijs deposit adr",
    "hurry": "when deadline timeline timeframe urgency urgent start soon date needed call called phone callback schedule month "
    "rueckruf~ dringend~ eilig~ urgente urgence urgencia urgenza срок~ spoed termin~ zeitrahmen~ wann delai quand plazo cuando prazo quando scadenza termijn wanneer arrival",
    "desire": "visit visits view views page pages spent interest interested open opened download click demo webinar trial copy "
    "video brochure email emails mail besuch~ interesse~ visite visites interet visita visitas interes bezoek",
    "trust": "previous before poutcome pdays reference references recommendation recommendations referral know relationship "
    "meeting reply replied contact partner current review campaign repeated empfehlung~ bestandskunde~ vorher~ recommandation "
    "referencia raccomandazione aanbeveling",
    "need": "need needs problem goal goals requirement use pain matters reason product products specialization purpose stock bedarf~ "
    "produkt~ projekt~ besoin produit necesidad producto produto нужн~ товар~ продукт~ услуг~ потребност~ bisogno prodotto behoefte product service meal room",
}
"""What answers and events are called, by the obstacle that they speak to."""

ACTOR_WORDS = {
    "lead": "visit view reply replied open opened click clicked download form submit submitted chat inbound trial signup answer "
    "incoming eingehend~ antwort~ besuch~",
    "marketing": "campaign newsletter mailing ad webinar broadcast",
    "rep": "call called phone email mail meeting demo proposal quote outbound note sms task anruf~ termin~ angebot~ appel llamada "
    "chiamata bellen telefonat~ outgoing ausgehend~ besprechung~",
}
"""What events are called, by who acts."""

ORDER = {
    0: "none no low small short junior klein niedrig gering keine faible petit bajo pequeno baixo basso piccolo laag",
    1: "medium middle mid average normal might mittel moyen medio midden gemiddeld",
    2: "high large big long senior gross hoch eleve grand alto grande hoog groot",
}
"""Words for little, middling and much."""

PARTS = (
    "account activity actual amount by close closed code create created date deal estimated expected id is last lead lost modified "
    "number of on opportunity owner probability reason revenue source stage state status time type updated value won"
)
"""Words that systems write together in their own names of columns and stages, such as actualclosedate and closedwon."""

_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "ł": "l"})


@cache
def unaccented(text: str) -> str:
    """Return a text in lower case, without accents; German umlauts as two letters.

    Examples
    --------
    >>> unaccented("Größe"), unaccented("Création"), unaccented("Criação")
    ('groesse', 'creation', 'criacao')
    """
    lower = unicodedata.normalize("NFC", text.replace("\xa0", " ")).lower().translate(_LETTERS)
    return "".join(letter for letter in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(letter))


def words(name: str) -> list[str]:
    """Return the words of a name, folded.

    Examples
    --------
    >>> words("firstContact_Date2"), words("ID do cartão"), words("HTTPCode")
    (['first', 'contact', 'date2'], ['id', 'do', 'cartao'], ['http', 'code'])
    """
    return list(_words(name))


@cache
def _words(name: str) -> tuple[str, ...]:
    parted = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Ý])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return tuple(part for word in re.split(r"[\W_]+", unaccented(parted)) if word for part in _parts(word))


_A_PART = "|".join(sorted(PARTS.split(), key=len, reverse=True))


def _parts(word: str) -> tuple[str, ...]:
    """Return the words that are written together in one, if they are all known; otherwise the word itself.

    Examples
    --------
    >>> _parts("actualclosedate"), _parts("closedwon"), _parts("discount")
    (('actual', 'close', 'date'), ('closed', 'won'), ('discount',))
    """
    if re.fullmatch(f"(?:{_A_PART}){{2,}}", word) is None:
        return (word,)
    found = re.fullmatch(f"({_A_PART})((?:{_A_PART})+)", word)
    return (word,) if found is None else (found[1], *_parts(found[2]))


@cache
def _listed(listed: str) -> tuple[frozenset[str], tuple[str, ...]]:
    entries = listed.split()
    return frozenset(each for each in entries if not each.endswith("~")), tuple(
        each[:-1] for each in entries if each.endswith("~")
    )


@cache
def says(name: str, listed: str) -> int:
    """Return how many words of a name are on a list.

    Examples
    --------
    >>> says("Voraussichtliches Abschlussdatum", EXPECTED), says("Abschlussdatum", COLUMNS["closed"])
    (1, 1)
    """
    whole, stems = _listed(listed)
    return sum(word in whole or any(stem in word for stem in stems) for word in set(_words(name)))


def likeliest(name: str, lists: Mapping[Key, str]) -> Key | None:
    """Return the list with the most words of a name, the first of equals; None if none has any.

    Examples
    --------
    >>> likeliest("Phone call", ACTOR_WORDS), likeliest("Weather", ACTOR_WORDS)
    ('rep', None)
    """
    found = max(lists, key=lambda key: says(name, lists[key]))
    return found if says(name, lists[found]) else None


def meaning(value: str) -> str:
    """Return what a word for a lead's state says: "won", "lost", or "" where it says neither.

    Examples
    --------
    >>> [
    ...     meaning(value)
    ...     for value in ("Closed Won", "Fermée perdue", "8 - No deal", "Not interested", "Unqualified", "Demo")
    ... ]
    ['won', 'lost', 'lost', 'lost', 'lost', '']
    """
    there = _words(value)
    if says(value, LOST):
        return "" if says(value, WON) and set(there) & {"or", "oder", "ou", "o"} else "lost"
    if says(value, ELSEWHERE) or any(pair in LOST_PHRASES for pair in pairwise(there)):
        return "lost"
    if set(there) & _listed(NOT)[0] and (
        says(value, WON + " " + WON_STATES)
        or set(there)
        & {
            "deal",
            "sale",
            "suite",
            "taken",
            "proceeding",
            "proceeded",
            "pursued",
            "interested",
            "interest",
            "interesado",
            "interesada",
            "interessado",
            "interessada",
            "interessato",
            "interessata",
            "interesse",
            "interessiert",
            "geinteresseerd",
        }
    ):
        return "lost"
    return "won" if says(value, WON + " " + WON_STATES) else ""
