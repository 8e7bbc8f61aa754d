"""Words of the invented company, by language."""

SOURCES = {
    "en": ("Web", "Referral", "Trade Show", "Purchased List", "Phone Inquiry"),
    "de": ("Webseite", "Empfehlung", "Messe", "Adresskauf", "Anruf"),
    "fr": ("Site web", "Recommandation", "Salon", "Fichier acheté", "Appel entrant"),
    "es": ("Página web", "Recomendación", "Feria", "Lista comprada", "Llamada"),
}
BUDGETS = {
    "en": ("none", "under 5,000", "5,000 to 20,000", "over 20,000"),
    "de": ("keins", "unter 5.000 €", "5.000 € bis 20.000 €", "über 20.000 €"),
    "fr": ("aucun", "moins de 5 000 €", "5 000 à 20 000 €", "plus de 20 000 €"),
    "es": ("ninguno", "menos de 5.000 €", "5.000 a 20.000 €", "más de 20.000 €"),
}
PRODUCTS = ("Alpha", "Beta", "Gamma Plus", "Delta")
HURRY = {
    "en": ("this year", "this quarter", "this month"),
    "de": ("dieses Jahr", "dieses Quartal", "diesen Monat"),
    "fr": ("cette année", "ce trimestre", "ce mois"),
    "es": ("este año", "este trimestre", "este mes"),
}
INDUSTRIES = {
    "en": ("Retail", "Software", "Health", "Construction", "Logistics"),
    "de": ("Handel", "Software", "Gesundheit", "Bau", "Logistik"),
    "fr": ("Commerce", "Logiciel", "Santé", "BTP", "Logistique"),
    "es": ("Comercio", "Software", "Salud", "Construcción", "Logística"),
}
COUNTRIES = {
    "en": ("Germany", "France", "Spain", "Austria"),
    "de": ("Deutschland", "Frankreich", "Spanien", "Österreich"),
    "fr": ("Allemagne", "France", "Espagne", "Autriche"),
    "es": ("Alemania", "Francia", "España", "Austria"),
}
REASONS = {
    "en": ("Too expensive", "No answer", "Chose a competitor"),
    "de": ("Zu teuer", "Keine Antwort", "Wettbewerber gewählt"),
    "fr": ("Trop cher", "Pas de réponse", "Concurrent choisi"),
    "es": ("Demasiado caro", "Sin respuesta", "Eligió a otro"),
}
REPS = ("Ann Field", "Bo Lind", "Cy Ort", "Dee Mara")
