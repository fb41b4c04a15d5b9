"""Says the model and its data in the words of the web: RDF, SHACL, SPARQL, downloads, a site for partners."""
