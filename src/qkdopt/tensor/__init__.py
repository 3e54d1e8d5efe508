"""The waist of the project: whole secret bits per link and interval, no physics beyond."""

from qkdopt.tensor.csv_file import read_csv, write_csv
from qkdopt.tensor.key_tensor import KeyTensor
from qkdopt.tensor.weights import exact_weights
from qkdopt.tensor.whole_bits import whole_bits

__all__ = ["KeyTensor", "exact_weights", "read_csv", "whole_bits", "write_csv"]
