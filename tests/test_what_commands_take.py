"""``bench`` and ``export`` take what ``solve`` takes; solvers are named with their own version."""

from __future__ import annotations

import gc
import json
from importlib.metadata import version
from pathlib import Path

import highspy
import pytest
from hypothesis import HealthCheck, given, settings

import qkdopt as qo
from command_line import KEYS, TWO_CITIES, CommandLine
from contact_drawing import GAP_S, contact_problem, tiny_contacts
from qkdopt.bench.instances import instance_problem
from qkdopt.contact.export import write_contact_model
from qkdopt.contact.formulations import build_formulation
from qkdopt.errors import InputError, MissingSolverError
from qkdopt.mip.highs_factory import new_highs
from qkdopt.mip.highs_model import write_form
from qkdopt.mip.solvers import MIP_SOLVERS, check_mip_solver
from qkdopt.mip.standard_form import compile_model
from qkdopt.optimize.problem_file import read_problem

STATED = f"{KEYS}# interval of 30 s\n"


def highs_optimum(path: Path) -> float:
    """Return what HiGHS finds for a file of a model."""
    highs = new_highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("mip_rel_gap", 0.0)
    assert highs.readModel(str(path)) == highspy.HighsStatus.kOk
    highs.run()
    return float(highs.getInfo().objective_function_value)


def test_bench_reads_every_kind_of_problem(qkdopt: CommandLine) -> None:
    qkdopt.write("keys.csv", STATED)
    (qkdopt.folder / "net").mkdir()
    qkdopt.write("net/scenario.toml", TWO_CITIES)
    assert qkdopt("solve", "keys.csv", "-o", "c.json").code == 0
    assert qkdopt("export", "keys.csv", "--json", "-o", "p.json").code == 0
    assert qkdopt("keys", "net", "-o", "net.nc").code == 0
    by_hand = instance_problem("keys.csv")
    assert (by_hand.interval_s, by_hand.bits.tolist()) == (30, [[5, 4, 0, 0], [0, 6, 7, 9]])
    assert {instance_problem(name).sha256 for name in ("c.json", "p.json")} == {by_hand.sha256}
    ways = ("net", "net/scenario.toml", "net.nc")
    assert len({instance_problem(name).sha256 for name in ways}) == 1
    frozen = Path(qo.library.problem_folder("hand-two-cities")) / "problem.json.gz"
    assert instance_problem("hand-two-cities").sha256 == read_problem(frozen).sha256
    with pytest.raises(InputError, match="nosuch: file not found, expected a file, or"):
        instance_problem("nosuch")


def test_bench_runs_on_a_table(qkdopt: CommandLine, bench_here: None) -> None:
    qkdopt.write("keys.csv", STATED)
    answer = qkdopt("bench", "--instance", "keys.csv", "--solver", "dynamic", "-o", "out", "--json")
    assert answer.code == 0
    (result,) = answer.json["tables"]["questions"]
    assert (result["instance"], result["best known"]) == ("keys.csv", "22")  # by hand: KEYS says


def test_bench_takes_no_table_that_does_not_say_its_interval(qkdopt: CommandLine) -> None:
    qkdopt.write("keys.csv", KEYS)
    complaint = qkdopt("bench", "--instance", "keys.csv", "--solver", "dynamic").complaint
    assert "keys.csv: got 'no length of an interval', expected a comment # interval" in complaint


def test_a_folder_in_place_of_its_scenario(qkdopt: CommandLine) -> None:
    (qkdopt.folder / "net").mkdir()
    qkdopt.write("net/scenario.toml", TWO_CITIES)
    by_folder, by_file = (
        qkdopt("solve", name, "--json").json["value"] for name in ("net", "net/scenario.toml")
    )
    assert by_folder == by_file > 0


def test_export_a_problem_as_json(qkdopt: CommandLine) -> None:
    qkdopt.write("keys.csv", KEYS)
    options = ("--interval", "30", "--switch-seconds", "12.5", "--weights", "A=3,B=1")
    answer = qkdopt("export", "keys.csv", "--json", *options, "-o", "problem.json.gz")
    problem = read_problem("problem.json.gz")
    assert answer.json == {
        "written": "problem.json.gz",
        "problem_sha256": problem.sha256,
        "links": 2,
        "active_intervals": 4,
        "interval_s": "30",
        "switch_s": "12.5",
    }
    assert (problem.interval_s, float(problem.switch_s), problem.weights) == (30, 12.5, (3, 1))
    direct = qkdopt("solve", "keys.csv", *options, "--strategy", "pd", "--json").json
    again = qkdopt("solve", "problem.json.gz", "--strategy", "pd", "--json").json
    assert direct["problem_sha256"] == again["problem_sha256"] == problem.sha256
    assert direct["value"] == again["value"]
    # With 10 s assumed, the answer says so, and the problem is another.
    assumed = qkdopt("export", "keys.csv", "--json", "-o", "assumed.json").json
    assert assumed["notes"][0].startswith("ASSUMED: intervals of 10 s")
    assert assumed["problem_sha256"] != problem.sha256


def test_options_change_the_exported_model(qkdopt: CommandLine) -> None:
    # By hand (KEYS): 22 bits with one interval free, 5 + 6 + 7 + 9 = 27 with none.
    qkdopt.write("keys.csv", STATED)
    assert qkdopt("export", "keys.csv", "--mps", "-o", "a.mps").code == 0
    assert qkdopt("export", "keys.csv", "--mps", "--switch-seconds", "0", "-o", "b.mps").code == 0
    assert highs_optimum(qkdopt.folder / "a.mps") == pytest.approx(-22)
    assert highs_optimum(qkdopt.folder / "b.mps") == pytest.approx(-27)
    options = ("--strategy", "pd", "--weights", "A=3,B=1")
    assert qkdopt("export", "keys.csv", "--lp", *options, "-o", "c.lp").code == 0
    assert highs_optimum(qkdopt.folder / "c.lp") == pytest.approx(-36)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--json", "-o", "p.txt"), "a file that ends in .json or .json.gz"),
        (("--json", "--mps", "-o", "p.json"), "one of --mps, --lp, --json"),
        (("--json", "--strategy", "pd", "-o", "p.json"), "none with --json"),
        (("--json", "--formulation", "paper", "-o", "p.json"), "none with --json"),
        (("--mps", "--interval", "20", "-o", "p.mps"), "expected 30 s as in keys.csv:6"),
        (("--mps", "--weights", "A=1", "-o", "p.mps"), "no weight for B"),
    ],
)
def test_options_that_do_not_fit(qkdopt: CommandLine, options: tuple[str, ...], words: str) -> None:
    qkdopt.write("keys.csv", STATED)
    assert words in qkdopt("export", "keys.csv", *options).complaint
    assert not list(qkdopt.folder.glob("p.*"))


def test_contacts_as_a_model(qkdopt: CommandLine) -> None:
    # By hand: pass 0 with its key target 1 (1 + 2) = 3, pass 1 starts the gap later: 0.5; pass 2
    # overlaps both.
    passes = [(0, 0, 100, "2"), (1, 160, 200, "0"), (1, 90, 170, "0")]
    targets = [(0, "1", "QKD"), (1, "0.5", "OPTICAL_ONLY")]
    contact_problem(passes, targets, GAP_S).save(qkdopt.folder / "contacts.json")
    for formulation in ((), ("--formulation", "big_m")):
        for kind in ("mps", "lp"):
            name = f"model.{kind}"
            answer = qkdopt("export", "contacts.json", f"--{kind}", *formulation, "-o", name)
            assert answer.code == 0, answer.err
            assert highs_optimum(qkdopt.folder / name) == pytest.approx(-3.5)
    assert "y(0_0)" in (qkdopt.folder / "model.lp").read_text()
    written = qkdopt("export", "contacts.json", "--json", "-o", "again.json").json
    assert written["passes"] == 3
    assert (
        qkdopt("solve", "again.json", "--json").json["problem_sha256"]
        == (written["problem_sha256"])
    )
    for option in (("--strategy", "gd"), ("--interval", "10"), ("--weights", "A=1")):
        complaint = qkdopt("export", "contacts.json", "--mps", *option, "-o", "x.mps").complaint
        assert f"{option[0]}: got" in complaint
    complaint = qkdopt("export", "contacts.json", "--mps", "--formulation", "paper", "-o", "x.mps")
    assert "cliques or big_m" in complaint.complaint


@given(problem=tiny_contacts())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_exported_contacts_have_the_optimum_that_is_proved(tmp_path: Path, problem) -> None:
    outcome = qo.solve(problem)
    if not outcome.value:
        return  # nothing to gain: refused, see below
    write_contact_model(problem, tmp_path / "m.mps", "cliques")
    value = outcome.value / 10**problem.decimals
    assert -highs_optimum(tmp_path / "m.mps") == pytest.approx(value, abs=1e-6)


def test_contacts_without_anything_to_gain_have_no_model(qkdopt: CommandLine) -> None:
    contact_problem([(0, 0, 100, "0")], [(0, "1", "QKD")]).save(qkdopt.folder / "c.json")
    complaint = qkdopt("export", "c.json", "--mps", "-o", "c.mps").complaint
    assert "got 'no such pair', expected a pass that can serve" in complaint
    assert not (qkdopt.folder / "c.mps").exists()


@pytest.mark.parametrize("name", ["nosuch", "no such", "../x", "asl:nosuch", "xpress"])
def test_a_solver_that_pyomo_does_not_find_is_one_line(qkdopt: CommandLine, name: str) -> None:
    qkdopt.write("keys.csv", STATED)
    options = ("--solver", "milp", "--mip-solver", f"pyomo:{name}")
    complaint = qkdopt("solve", "keys.csv", *options).complaint
    assert complaint == f"Pyomo does not find the solver {name}"
    with pytest.raises(MissingSolverError, match="Pyomo does not find"):
        check_mip_solver(f"pyomo:{name}")


def test_a_benchmark_without_any_solver_is_one_line(qkdopt: CommandLine) -> None:
    qkdopt.write("keys.csv", STATED)
    solver = "milp/pyomo:nosuch"
    complaint = qkdopt("bench", "--instance", "keys.csv", "--solver", solver).complaint
    assert complaint == "nothing to run: Pyomo does not find the solver nosuch"


def test_solvers_say_their_own_version(qkdopt: CommandLine) -> None:
    own = ".".join(
        str(getattr(highspy, f"HIGHS_VERSION_{part}")) for part in ("MAJOR", "MINOR", "PATCH")
    )
    words = f"{own} (highspy {version('highspy')})"
    assert check_mip_solver("highs") == words
    assert check_mip_solver("pyomo:highs") == f"{own} by Pyomo {version('pyomo')}"
    qkdopt.write("keys.csv", f"{STATED}")
    for options in (
        ("--solver", "milp"),
        ("--strategy", "td", "--kl-max", "0.5", "--weights", "A=1,B=1"),
    ):
        assert qkdopt("solve", "keys.csv", *options, "-o", "c.json").code == 0
        made_by = json.loads(Path("c.json").read_text())["made_by"]
        assert words in (made_by.get("mip_solver_version"), made_by.get("highs"))


def test_scip_says_its_own_version() -> None:
    found = MIP_SOLVERS["scip"].found_version()
    if found is None:
        pytest.skip("scip is not installed")
    import pyscipopt

    model = pyscipopt.Model()
    own, _, interface = found.partition(" ")
    assert interface == f"(pyscipopt {version('pyscipopt')})"
    major, minor, _ = own.split(".")
    assert float(f"{major}.{minor}") == pytest.approx(model.version(), abs=0.1)
    assert own != version("pyscipopt")


def test_names_outlive_the_model(tmp_path: Path) -> None:
    problem = contact_problem([(0, 0, 100, "5")], [(0, "1", "QKD")])
    form = compile_model(build_formulation(problem, "cliques"))
    gc.collect()
    write_form(form, tmp_path / "m.mps")
    assert "Unattached" not in (tmp_path / "m.mps").read_text()
    assert "y(0_0)" in (tmp_path / "m.mps").read_text()
