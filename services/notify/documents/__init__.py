"""Decisions on paper: tagged PDF files that are set when somebody asks for one, and kept nowhere."""
