"""`fabriques programme`: a call as a file, checked, shown, begun and compared before any platform runs it."""
