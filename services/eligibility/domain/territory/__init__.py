"""Where a place lies: outside the large urban centres, in a QPV or right next to one.

Official data, stated rules.
"""
