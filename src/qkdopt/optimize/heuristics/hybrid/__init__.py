"""``hybrid``: the genetic algorithm decoded by the dynamic programme, then polished."""
