"""Words of the house: types, units, errors, stations, geodesy."""
