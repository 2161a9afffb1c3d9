"""Reference data that every service may read: the communes of France."""

from shared.reference.communes import Commune, Communes, load_communes

__all__ = ["Commune", "Communes", "load_communes"]
