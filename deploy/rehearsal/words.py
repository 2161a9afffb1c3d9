"""French words for the invented places, people and files of a rehearsal. Nobody in here exists."""

FIRST_NAMES = (
    "Amélie Bastien Camille Driss Élodie Farid Gwenaëlle Hugo Inès Jérôme Karima Léo Maëlle Nadia Olivier "
    "Pauline Quentin Rachel Samir Thérèse Ulysse Valentine William Yasmine Zoé"
).split()
LAST_NAMES = (
    "Abadie Bernardin Castelnau Delorme Estève Fontanier Garrigue Hamelin Imbert Jourdain Kervella Lemoine "
    "Marchetti Nivelle Oudinot Peyrat Quesnel Rivoire Sabatier Teissier Urvoy Vasseur Wibaux Zeller Benali "
    "Diallo Nguyen Pereira"
).split()
PLACE_NAMES = (
    "La Passerelle|L'Atelier des Possibles|La Grange numérique|Le Moulin partagé|La Filature|"
    "Le Hangar commun|La Manufacture des liens|L'Établi|Le Quai des savoirs|La Ruche ouvrière|"
    "L'Ancienne Poste|La Halle aux idées|Le Préau|La Verrière|Le Comptoir des savoir-faire|La Tannerie|"
    "Le Wagon|La Fabrique du coin|L'Escale|La Menuiserie"
).split("|")
STREETS = (
    "rue de la Gare|place de l'Église|chemin des Tilleuls|avenue Jean-Jaurès|rue du Four|quai des Tanneurs"
).split("|")
HOLDERS = {
    "association": "Association {place}",
    "company": "SCIC {place}",
    "foundation": "Fondation {place}",
    "gip-gie": "GIP {place} et territoires",
    "local-authority": "Commune de {commune}",
    "syndicat-mixte": "Syndicat mixte du pays de {commune}",
    "consortium": "Consortium {place}",
}
SUPPORT_NEEDS = (
    "business-model",
    "governance",
    "real-estate",
    "digital-mediation",
    "training",
    "communication",
)
TEXTS = {
    "summary": "{place} réunit à {commune} des postes de travail partagés, un atelier ouvert et une salle.",
    "territory_and_tiers_lieux": (
        "Le lieu aide les tiers-lieux voisins : outillage mutualisé, rencontres, relais."
    ),
    "anchoring": (
        "Le projet est né d'habitants et d'artisans de {commune} ; {holder} le porte depuis trois ans."
    ),
    "governance": (
        "Un conseil de lieu réunit usagers, salariés et partenaires ; chaque collège y a le même poids."
    ),
    "business_model": "Les ressources viennent des adhésions, de la location d'espaces et de la formation.",
    "learning": (
        "Des ateliers d'apprentissage par le faire sont menés avec le lycée professionnel et l'université."
    ),
    "business_digital_transition": (
        "Un parcours d'une journée aide les artisans et commerçants à choisir leurs outils."
    ),
    "digital_mediation": "Deux médiatrices reçoivent sans rendez-vous les personnes éloignées du numérique.",
}
LOW_MARK = "Le dossier n'apporte pas encore d'éléments précis sur ce point."
REVIEW_COMMENT = "Dossier examiné sur pièces, selon la grille de l'appel."
