"""The processes of a platform: started, watched, started again, stopped."""
