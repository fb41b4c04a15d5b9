"""Made-up decisions in the XML of the judiciary's open data: no judge ever wrote them."""

OWMS = "http://standaarden.overheid.nl/owms/terms/"
PSI = "http://psi.rechtspraak.nl/"
NAMESPACES = (
    'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:psi="http://psi.rechtspraak.nl/" xmlns:ecli="https://e-justice.europa.eu/ecli" xmlns:bwb="bwb-dl" '
    'xmlns:cvdr="http://decentrale.regelgeving.overheid.nl/cvdr/"'
)


def judgment(ecli, court, *, number, extra="", **changed):
    """The text of one file: `extra` goes among the metadata, a keyword replaces an element by a text."""
    parts = {
        "identifier": f"<dcterms:identifier>{ecli}</dcterms:identifier>",
        "creator": f'<dcterms:creator resourceIdentifier="{OWMS}{court}">een gerecht</dcterms:creator>',
        "date": "<dcterms:date>2024-03-01</dcterms:date>",
        "number": f"<psi:zaaknummer>{number}</psi:zaaknummer>",
        "type": f'<dcterms:type resourceIdentifier="{PSI}uitspraak">Uitspraak</dcterms:type>',
        "procedure": "<psi:procedure>Eerste aanleg - meervoudig</psi:procedure>",
        "subject": "<dcterms:subject>\n  Strafrecht\n</dcterms:subject>",
        **changed,
    }
    return f"""<?xml version="1.0" encoding="utf-8"?>
<open-rechtspraak>
  <rdf:RDF {NAMESPACES}>
    <rdf:Description>
      {"".join(parts.values())}
      {extra}
    </rdf:Description>
    <rdf:Description rdf:about="a page"><dcterms:identifier>a page</dcterms:identifier></rdf:Description>
  </rdf:RDF>
  <uitspraak xmlns="http://www.rechtspraak.nl/schema/rechtspraak-1.0">
    <para>[verdachte] wordt veroordeeld.<?linebreak?> Zo gewezen.</para>
  </uitspraak>
</open-rechtspraak>
"""


def relation(ecli, kind, order, effect=""):
    """A formal relation to another decision."""
    gevolg = f' psi:gevolg="{PSI}gevolg#{effect}"' if effect else ""
    return (
        f'<dcterms:relation ecli:resourceIdentifier="{ecli}" psi:type="{PSI}{kind}" '
        f'psi:aanleg="{PSI}{order}"{gevolg}>Formele relatie</dcterms:relation>'
    )


def law(identifier, citation, scheme="bwb"):
    """A reference to the law."""
    return f'<dcterms:references {scheme}:resourceIdentifier="{identifier}">{citation}</dcterms:references>'
