"""What a company's leads may say and do, and where its history lies: frozen settings."""
