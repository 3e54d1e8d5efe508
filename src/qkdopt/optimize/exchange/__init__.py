"""What a solver is asked and what it hands over; heuristics and bounds know no more of solvers."""
