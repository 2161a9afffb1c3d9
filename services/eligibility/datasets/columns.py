"""The column names that producers use, normalised (lower case, no accent, `_` between words), best first."""

CODE = (
    "insee_com",
    "codgeo",
    "code_commune",
    "code_insee",
    "code_insee_commune",
    "codeinsee",
    "codecommune",
    "insee",
    "depcom",
    "citycode",
    "com",
    "code_com",
    "code_geo",
    "code_de_la_commune",
    "commune_code",
    "com_code",
    "com_current_code",
    "code",
)
NAME = (
    "lib_com",
    "libgeo",
    "libelle",
    "nom_commune",
    "libelle_commune",
    "libelle_de_la_commune",
    "libelle_des_communes",
    "nom_com",
    "nom_officiel",
    "com_name",
    "nom",
    "commune",
)
LEVEL = (
    "densite7",
    "dens7",
    "dens_7",
    "densite_7",
    "degdens7",
    "deg_dens7",
    "dens",
    "densite",
    "degdens",
    "deg_dens",
    "niveau_de_densite",
    "degre_de_densite",
    "degre_de_densite_de_la_commune",
    "niveau_densite",
    "typo_densite",
    "niveau",
    "level",
    "typologie",
)
QPV_CODES = (
    "qpv_codes",
    "codes_qpv",
    "code_qpv",
    "code_qp",
    "codes_qp",
    "code_quartier",
    "code_quartier_prioritaire",
)
LATITUDE = ("lat", "latitude", "y")
LONGITUDE = ("lon", "longitude", "long", "lng", "x")
UNITS = {
    "uu": r"uu([0-9]{4})?",
    "tuu": r"tuu([0-9]{4})?",
    "aav": r"aav([0-9]{4})?",
    "cateaav": r"cateaav([0-9]{4})?",
}
YEARS = [*map(str, range(2010, 2040)), ""]
OF_YEARS = [unit + year for unit in ("uu", "aav") for year in YEARS]
HEADER = frozenset([*CODE, *QPV_CODES, "typecom", *OF_YEARS])

# SIG Ville's files, ANCT's of 2024, Opendatasoft's copy, those that regions and departments publish.
QPV_CODE = (
    "code_qp",
    "code_qpv",
    "codeqp",
    "codeqpv",
    "code_qv",
    "qp_code",
    "qpv_code",
    "code_quartier",
    "code_quartier_prioritaire",
    "code_du_quartier",
    "id_qp",
    "id_qpv",
    "num_qp",
    "qp",
    "qpv",
    "code",
)
QPV_NAME = (
    "nom_qp",
    "lib_qp",
    "nom_qpv",
    "lib_qpv",
    "libelle_qp",
    "libelle_qpv",
    "quartier_prioritaire",
    "nom_quartier",
    "nom_quartier_prioritaire",
    "nom_du_quartier",
    "qp_nom",
    "qpv_nom",
    "nom",
    "libelle",
)
QPV_COMMUNE = (
    "code_commune",
    "insee_com",
    "code_insee",
    "codgeo",
    "code_com",
    "insee_commune",
    "depcom",
    "codes_communes",
    "code_insee_commune",
    "insee",
)
QPV_DEPARTMENT = (
    "code_departement",
    "insee_dep",
    "code_dept",
    "code_dep",
    "dep",
    "num_dep",
    "departement",
)
