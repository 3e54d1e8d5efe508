"""The verifier of contact certificates: whole passes instead of intervals."""
