"""Contact problems as MPS and LP files for other solvers."""

from os import PathLike
from pathlib import Path

from qkdopt.contact.formulations import build_formulation
from qkdopt.contact.problem import ContactProblem
from qkdopt.contact.solve import FORMULATIONS
from qkdopt.errors import InputError
from qkdopt.files import output_path
from qkdopt.mip.highs_model import write_form
from qkdopt.mip.standard_form import compile_model


def write_contact_model(
    problem: ContactProblem, path: str | PathLike[str], formulation: str | None = None
) -> None:
    """Write a formulation, ``cliques`` or ``big_m``, as ``.mps`` or ``.lp``.

    As for interval problems the *negated* objective is to be minimised. The names are those of
    the formulation's sheet: ``y(p_t)`` gives pass p to target t.

    Raises
    ------
    InputError
        For another ending, an unknown formulation, and a problem without anything to gain.
    OutputError
        When the file cannot be written.
    """
    suffix = Path(path).suffix
    if suffix not in (".mps", ".lp"):
        raise InputError(str(path), suffix or "no ending", "a file that ends in .mps or .lp")
    name = formulation or FORMULATIONS[0]
    if name not in FORMULATIONS:
        raise InputError("formulation", name, f"{' or '.join(FORMULATIONS)} for contacts")
    form = compile_model(build_formulation(problem, name))
    if not form.columns:
        expected = "a pass that can serve a target of some priority"
        raise InputError("contact problem", "no such pair", expected)
    with output_path(path) as temporary:
        write_form(form, temporary)
