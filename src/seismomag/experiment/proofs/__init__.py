"""Proofs that each part of the network does what it promises, on archives of known truth."""
