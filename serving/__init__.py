"""How scores reach forms, CRMs and people."""
