"""The pages: a front-end of holders, and what everybody may read. It talks to the bus alone."""
