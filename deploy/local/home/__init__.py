"""The data folder of a platform: its files, its programme, and whose folder it is."""
