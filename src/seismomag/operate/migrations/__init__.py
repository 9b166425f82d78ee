"""Migrations of the operation's database; run by :mod:`seismomag.operate.database`."""
