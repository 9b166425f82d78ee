"""From recordings to scalograms: quality, gaps, rotation, transform, polarisation."""
