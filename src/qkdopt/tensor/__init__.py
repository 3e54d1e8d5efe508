"""The interface between physics and optimisation: whole secret bits per link and interval."""

from qkdopt.tensor.csv_file import read_csv, write_csv
from qkdopt.tensor.key_tensor import KeyTensor
from qkdopt.tensor.scenarios import Scenarios
from qkdopt.tensor.sessions import Sessions
from qkdopt.tensor.weights import exact_weights
from qkdopt.tensor.whole_bits import gravity_traffic, whole_bits, whole_traffic

__all__ = [
    "KeyTensor",
    "Scenarios",
    "Sessions",
    "exact_weights",
    "gravity_traffic",
    "read_csv",
    "whole_bits",
    "whole_traffic",
    "write_csv",
]
