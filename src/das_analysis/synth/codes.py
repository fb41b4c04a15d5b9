"""Code lists as the simulation counts them: a code is its position. Spelled as in model/codes."""

from __future__ import annotations

from das_analysis.synth.calibration import calibration

_figures = calibration()

SCM = (*_figures["law"], "2.2.1.1", "2.2.1.2")
LAW = tuple((scm, *article) for scm, articles in _figures["law"].items() for article in articles)
ARTICLES = tuple(dict.fromkeys(str(row[1]) for row in LAW))
WORDS = tuple(dict.fromkeys(str(row[4]) for row in LAW))
UNITS = tuple(_figures["units"])
MUNICIPALITIES = tuple(m for unit in _figures["units"].values() for m in unit["municipalities"])
POLICE_OFFENCES = tuple(dict.fromkeys(_figures["crime"]["police_code"].values()))
OFFICES = (
    "AP_NN",
    "AP_ON",
    "AP_MN",
    "AP_NH",
    "AP_AMS",
    "AP_DHA",
    "AP_ROT",
    "AP_ZWB",
    "AP_OB",
    "AP_LIM",
    "FP",
    "CVOM",
)
COURTS = (*_figures["appeal_courts"], "GHAMS", "GHARL", "GHDHA", "GHSHE")
SOURCES = ("POL", "KMAR", "BOD", "CJIB")
SEXES = ("M", "V")
PERSON_KINDS = ("N", "R")
ROLES = tuple(_figures["suspects"]["roles"])
DISPOSALS = ("REPRIMANDE", "HALT", "PV", "GEEN")
STREAMS = tuple(_figures["case"]["streams"])
LAWS = ("JSR", "ASR", "ADO", "77B")
ALTERNATIVES = ("PRIMAIR", "SUBSIDIAIR", "MEER_SUBSIDIAIR")
PHASES = ("IVZ", "BEW", "GVH")
DECISIONS = ("DAG", "OPV", "SEP_T", "SEP_B", "SEP_V", "TRA", "SB", "VAI", "VTB", "OVD", "SEP_A", "SEP_X")
_grounds = _figures["case"]
GROUNDS = (
    *_grounds["grounds_technical"],
    *_grounds["grounds_policy"],
    *_grounds["grounds_end_of_order"],
    "99",
)
INSTANCES = ("EA", "HB")
CHAMBERS = ("PR", "MK", "KR", "EPR", "MKJ", "HMK", "HEK")
OUTCOMES = tuple(_figures["court"]["outcome"])
PRESENCES = ("TEG", "VER")
SANCTION_SOURCES = ("OM", "ZM")
SANCTIONS = (
    "GEV",
    "JDT",
    "TAAK_W",
    "TAAK_L",
    "BOE",
    "OBM",
    "SVM",
    "ONTT",
    "VBV",
    "AANW",
    "TRA_G",
    "TRA_D",
    "ISD",
    "TBS_V",
    "TBS_VW",
    "PIJ",
)
MODES = ("OV", "GV", "VW")
MEASURES = ("DAG", "MAAND", "JAAR", "UUR", "EUR", "GEEN")
EXECUTORS = ("DJI", "3RO", "RVDK", "CJIB", "FPC")
EVENTS = (
    "ONTVANGEN_AICE",
    "OVERGEDRAGEN",
    "AANSCHRIJVING",
    "AANMANING_1",
    "AANMANING_2",
    "BETAALD",
    "ONINBAAR",
    "VERVANGENDE_HECHTENIS",
    "RETOUR_OM",
    "ZELFMELDOPROEP",
    "ZELFMELDING",
    "SIGNALERING_OPSPORING",
    "AANHOUDING",
    "PLAATSING",
    "ONVINDBAAR",
    "START_TAAKSTRAF",
    "GESLAAGD",
    "MISLUKT",
    "OMZETTING_VERVANGENDE_HECHTENIS",
)
TITLES = ("VH", "GS", "JVH", "JD", "VVH_T", "VVH_B", "GIJZ", "ISD", "PIJ")
FACILITY_TYPES = tuple(_figures["facilities"])
FACILITIES = tuple(dict.fromkeys(f for places in _figures["facilities"].values() for f in places))
SECURITY = ("N", "U", "E")
INFLOWS = ("VH", "ARR", "ZM", "OVP")
OUTFLOWS = ("VRIJ", "VI", "SCH", "OVP")
