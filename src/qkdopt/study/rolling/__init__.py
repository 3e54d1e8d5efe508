"""Back-tests of re-planning: each day a new forecast, what is flown is locked."""
