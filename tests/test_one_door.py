"""Files are opened, and text becomes a number, in one place each; exceptions are listed here."""

import ast
from functools import cache

import pytest

from command_line import SOURCE

PACKAGE = SOURCE / "qkdopt"

# What opens files for reading besides the one door, and why that may be.
OPENERS = {
    "opening.py": "the door itself",
    "verifier": "shares no code with the rest, has a door of its own",
    "compiled.py": "source files of this package",
    "kernel_cache.py": "a lock, created there",
    "lazy.py": "stubs of this package",
    "bench/supervise.py": "files of its own child process, in a folder of its own",
    "bench/child.py": "the job that its parent wrote, and /proc",
    "bench/machine.py": "/proc",
    "mip/highs_model.py": "what a solver wrote into a temporary folder",
    "mip/cbc.py": "what a solver wrote into a temporary folder",
    "mip/glpk.py": "what a solver wrote into a temporary folder",
    "mip/cp_sat.py": "what a child process wrote into a temporary folder",
    "mip/cp_sat_process.py": "what its parent wrote into a temporary folder",
    "netcdf_header.py": "opens by the descriptor that the door gave",
    "mip/native_output.py": "the null device, to write to",
    "study/resume.py": "source files of this package",
    "study/folder.py": "a lock, created there",
    "cli/exits.py": "the null device, to write to",
    "cli/commands/new.py": "the package's own template",
    "report/page.py": "the package's own assets",
}
READING = {"open", "open_dataset", "open_mfdataset", "load_dataset"}
MODULES = {
    "gzip": {"open", "decompress", "GzipFile"}, "tomllib": {"load", "loads"},
    "json": {"load", "loads"}, "csv": {"reader", "DictReader"}, "os": {"open"}, "io": {"open"},
    "np": {"load", "loadtxt", "genfromtxt", "fromfile", "memmap"}, "netCDF4": {"Dataset"},
    "zlib": {"decompress"}, "shutil": {"copyfile", "copy"},
}  # fmt: skip
PARSERS = {
    "documents.py": "bounded JSON and TOML",
    "comma_separated.py": "rows of CSV",
    "netcdf_header.py": "bounded NetCDF",
}

# Rooms in which text from outside is read; there every conversion is by qkdopt.numerals, but for
# numbers that are numbers already.
READERS = (
    "bench/instances.py", "bench/plan.py", "certificates", "cli", "comma_separated.py",
    "contact/problem_file.py", "documents.py", "interop", "library.py",
    "optimize/operations.py", "optimize/operations_file.py", "optimize/problem",
    "optimize/problem_file.py",
    "optimize/strategies.py", "optimize/traffic_file.py",
    "optimize/heuristics/genetic/settings_text.py", "physics/clouds", "physics/scenario",
    "study/published.py", "study/schedule_file.py", "tensor", "timegrid.py",
)  # fmt: skip
KINDS = {"int", "float", "complex", "Decimal", "Fraction"}

# Conversions of what is a number already: decimals, fractions, values of arrays, whole counts.
OF_NUMBERS = {
    "optimize/problem/joined.py": {"int(self.satellite[interval])"},
    "optimize/problem/parts.py": {"int(interval[first])"},
    "optimize/problem/receivers.py": {"int(self.receivers[slots[0]])", "int(self.tau[slots[0]])"},
    "certificates/outcome.py": {"Fraction(self.value)", "Fraction(self.bound)"},  # whole ones
    "cli/bounded.py": {"float(number)", "int(number)"},
    "cli/clouds_table.py": {"float(claimed.risk.alpha)"},
    "cli/commands/evaluate.py": {"int(number)"},
    "cli/table.py": {
        "Fraction(verdict.value)", "Fraction(verdict.bound)", "int(exact)", "float(exact)",
    },
    "cli/schedule_exports.py": {
        "int(Path(source).stat().st_mtime)",
    },
    "cli/commands/import_.py": {"int(problem.interval.size)"},
    "cli/commands/sharing.py": {"int(x)", "float(x)"},
    "documents.py": {"Decimal(text)", "float(number)"},  # of TOML: inf and nan; what was read
    "interop/conversions.py": {"float(keys.interval_s)", "int(problem.bits[n, a])"},
    "interop/czml.py": {"float(seconds[-1])"},
    "interop/dzn.py": {"int(first)", "int(last)", "map(Decimal)"},
    "interop/kamke.py": {"int(seconds)", "Decimal(value)"},
    "interop/quake.py": {
        "Fraction(length)", "Fraction(step)", "Fraction(offset)", "Fraction(rate)", "map(int)",
    },
    "interop/quake_clouds.py": {"Fraction(self._cover[city][times[row]])"},
    "optimize/rule_times.py": {"Fraction(begins)", "Fraction(ends)"},
    "optimize/heuristics/genetic/settings_text.py": {"int(number)", "float(number)"},
    "optimize/strategies.py": {"Decimal(_LARGEST_DIVERGENCE)"},
    "physics/clouds/ensemble_files.py": {
        "int(np.flatnonzero(~np.isclose(own.grid, model.grid, atol=1e-06).all(axis=1))[0])",
        "int(odd[0])",
    },
    "physics/clouds/era5.py": {"float(cover[outside][0])"},
    "physics/clouds/netcdf_file.py": {"float(first)"},
    "physics/clouds/samples.py": {
        "int(i[0])", "int(t)", "int(time_s[twice[0]])", "int(self.time_s[row])",
        "float(self.code[row, column])",
    },
    "physics/clouds/steps.py": {
        "int(distances[odd[0]])", "int(samples.time_s[0])", "int(samples.time_s[-1])",
        "int(samples.time_s[odd[0]])",
    },
    "physics/scenario/drag.py": {"float(twin.cc1)", "float(ahead_rad)"},
    "physics/scenario/elements.py": {"int(c)", "int(self.satrec(where).satnum)"},  # c: one digit
    "physics/scenario/horizon.py": {
        "int(seconds)", "int(count)", "float(ut1)", "float(length_s)", "float(days)",
    },
    "physics/scenario/validation.py": {"float(value)"},
    "physics/scenario/values.py": {"float(value)"},
    "study/published.py": {"Fraction(number)"},
    "study/schedule_file.py": {"int(mean.bits[n, a])"},
    "tensor/scenarios.py": {"map(Fraction)"},
    "tensor/csv_statements.py": {
        "Decimal(length.numerator)", "int(since)", "float(s)", "float(length)",
    },
    "tensor/checks.py": {
        "int(i)", "int(indices[-1])", "int(indices[position])", "int(indices[position - 1])",
        "int(wrong[0])",
    },
    "tensor/netcdf_file.py": {"int(keys.interval[-1])"},
    "tensor/whole_bits.py": {"int(number)"},
    "timegrid.py": {"Fraction(switch_s)", "Fraction(interval_s)"},
}  # fmt: skip


@cache
def sources():
    paths = [(path.relative_to(PACKAGE).as_posix(), path) for path in sorted(PACKAGE.rglob("*.py"))]
    return [(name, ast.parse(path.read_text(encoding="utf-8"))) for name, path in paths]


def calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node


def called(node):
    """Return (module or None, name) of what a call calls."""
    function = node.func
    if isinstance(function, ast.Attribute):
        owner = function.value
        return (owner.id if isinstance(owner, ast.Name) else ""), function.attr
    return None, getattr(function, "id", "")


def reads(node):
    owner, name = called(node)
    if name in MODULES.get(owner, ()):
        return True
    if name in ("read_text", "read_bytes"):  # of a path; those of the door are plain functions
        return owner is not None
    if name not in READING or owner in ("webbrowser", "Image"):
        return False
    modes = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return not any(set(mode) & set("wax") and len(mode) <= 3 for mode in modes)


def listed(name, allowed):
    return any(name == entry or name.startswith(f"{entry}/") for entry in allowed)


def test_files_are_read_through_one_door():
    strays = [
        f"{name}:{node.lineno}"
        for name, tree in sources()
        if not listed(name, OPENERS) and not listed(name, PARSERS)
        for node in calls(tree)
        if reads(node)
    ]
    assert strays == []


@pytest.mark.parametrize("name", sorted(OPENERS) + sorted(PARSERS))
def test_every_exception_is_one(name):
    trees = [tree for found, tree in sources() if listed(found, [name])]
    assert any(reads(node) for tree in trees for node in calls(tree))


def conversions(tree):
    """Yield (line, source) of what may turn text into a number: no arithmetic in the argument."""
    for node in calls(tree):
        owner, name = called(node)
        if owner is None and name in KINDS and len(node.args) == 1:
            argument = node.args[0]
            simple = isinstance(argument, ast.Name | ast.Attribute | ast.Subscript)
            words = ast.unparse(argument)
            if simple or any(mark in words for mark in ("str(", ".strip", ".group(", ".split(")):
                yield node.lineno, ast.unparse(node)
        elif name == "map" and isinstance(node.args[0], ast.Name) and node.args[0].id in KINDS:
            yield node.lineno, f"map({node.args[0].id})"


def test_text_becomes_a_number_in_one_place():
    strays = [
        f"{name}:{line}: {words} (by qkdopt.numerals, or listed in this test)"
        for name, tree in sources()
        if listed(name, READERS)
        for line, words in conversions(tree)
        if words not in OF_NUMBERS.get(name, ())
    ]
    assert strays == []


def test_every_listed_conversion_is_one():
    trees = dict(sources())
    for name, listed_words in OF_NUMBERS.items():
        assert listed_words <= {words for _, words in conversions(trees[name])}, name


def test_no_other_room_reads_numbers_from_text():
    marks = ("str(", ".strip", ".group(", ".split(", "text", "match[")
    strays = [
        f"{name}: {words}"
        for name, tree in sources()
        if not listed(name, (*READERS, *OPENERS, "numerals.py"))
        for _, words in conversions(tree)
        if any(mark in words.replace("context", "") for mark in marks)
    ]
    assert strays == []
