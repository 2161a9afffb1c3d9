"""Selection: who is funded, by a ranking that anyone can check again from its inputs."""
