"""Numbers that the whole house shares, each with its source."""

SECONDS_PER_DAY = 86_400
MINUTES_PER_DAY = 1_440
NANOSECONDS_PER_DAY = SECONDS_PER_DAY * 1_000_000_000

# NOAA scale G1 begins at Kp 5; a Dst of -50 nT is the usual threshold of a moderate storm
# (Gonzalez et al. 1994, J. Geophys. Res. 99, 5771).
STORM_KP = 5.0
STORM_DST_NT = -50.0

# The lowest stratum of Kp among which controls are matched: about half of the days of a solar
# cycle never reach it.
QUIET_KP = 3.0

# Hours after the end of an interval at which an archive without its own column is taken to
# have published the value.
KP_DELAY_HOURS = 1.0
DST_DELAY_HOURS = 2.0

# Pulsation bands after Jacobs et al. 1964 (J. Geophys. Res. 69, 180): periods of 10-45 s,
# 45-150 s and 150-600 s.
PC3_BAND_HZ = (1 / 45, 1 / 10)
PC4_BAND_HZ = (1 / 150, 1 / 45)
PC5_BAND_HZ = (1 / 600, 1 / 150)

# The strongest main field at the surface is near 67,000 nT (IGRF-14); beyond this limit a
# value in nT cannot be the Earth's field.
FIELD_LIMIT_NT = 80_000.0

# 1 arc minute in radians, to turn a declination in arc minutes into a field.
ARC_MINUTE_RAD = 2.908882086657216e-4

# Dobrovolsky, Zubkov & Miachkin 1979, Pure Appl. Geophys. 117, 1025: radius of the zone of
# preparation, R = 10^(0.43 M) km.
DOBROVOLSKY_EXPONENT = 0.43
