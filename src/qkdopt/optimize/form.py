"""What objectives look like as functions of the delivered bits; solvers carry forms."""

from enum import Enum, auto


class Form(Enum):
    """The form of an objective. Strategies state theirs, solvers which ones they carry."""

    LINEAR = auto()
    """``sum_n c_n E_n``."""
    PIECEWISE_LINEAR = auto()
    """Concave, and the optimum of a linear programme in which the bits are right-hand sides."""
    TARGETED = auto()
    """The total, with shares within a divergence of the weights."""
    CONCAVE = auto()
    """Concave and smooth: tangents hold it down."""
    LEAST_DIVERGENCE = auto()
    """The divergence itself, with a total that must be reached."""
