"""Notices written as letters: French words, views, templates, the e-mail they become."""
