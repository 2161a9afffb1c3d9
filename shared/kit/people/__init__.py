"""Who acts, and whether an act is theirs: registered people, their keys, the one form in which acts are
signed.
"""
