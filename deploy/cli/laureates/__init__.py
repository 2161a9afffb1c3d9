"""Those who hold the label: taken over, supported, reporting, known to each other and to the public."""
