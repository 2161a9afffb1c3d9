"""The platform as operators run it: started, provisioned, and what waits in it."""
