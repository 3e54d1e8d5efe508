# The jobs of .ci/run. A job is a function job_NAME; it runs in a copy of the repository and may
# stop anywhere: an error ends it.
# shellcheck shell=bash disable=SC2154

all_jobs() { # the longest first
    printf '%s\n' tests develop lowest no_fonts user
    local version
    for version in $(declared_pythons); do
        [ "$version" = "$main_python" ] || echo "python$version"
    done
}

declared_pythons() { sed -n 's/.*"Programming Language :: Python :: \(3\.[0-9]*\)".*/\1/p' pyproject.toml; }

run_job() {
    local copy=$scratch/$1-copy
    mkdir "$scratch/$1-tmp"
    cp -R "$scratch/source" "$copy"
    cd "$copy"
    export NUMBA_CACHE_DIR=$scratch/$1-numba # starts empty: no stale machine code
    export MPLCONFIGDIR=$scratch/$1-matplotlib TMPDIR=$scratch/$1-tmp
    case $1 in
    python*) job_python "${1#python}" ;;
    *) "job_$1" ;;
    esac
    times >"$scratch/$1.times"
    awk 'NR == 2 { split($1, own, /[ms]/); split($2, kernel, /[ms]/)
        printf "\n== CPU: %d s\n", 60 * (own[1] + kernel[1]) + own[2] + kernel[2] }' \
        "$scratch/$1.times"
}

step() { printf '\n== %s\n' "$1"; }

environment() { # NAME [PYTHON]: makes it, leaves it active
    "${2:-python3}" -m venv "$scratch/$1-env"
    # shellcheck disable=SC1090,SC1091
    . "$scratch/$1-env/bin/activate"
}

readme_command() { grep -m 1 "^python -m pip install $1" README.md; }

fast_tests() {
    python -c 'import platform, matplotlib, numpy, xarray
print("Python", platform.python_version(), "numpy", numpy.__version__, "xarray", xarray.__version__,
      "matplotlib", matplotlib.__version__)'
    pytest --fast "$@"
}

# The README's test command as it stands there: the newest releases, every test.
job_tests() {
    environment tests
    step "$(readme_command -e)"
    eval "$(readme_command -e)"
}

# The README's main job as it stands there, away from the repository, and the verifier after it.
job_user() {
    environment user
    local job install
    job=$(readme_command '\. &&')
    install=${job%%&&*}
    step "$job"
    eval "$install"
    mkdir "$scratch/elsewhere"
    cd "$scratch/elsewhere"
    eval "${job#*&&}"
    qkdopt verify qkdopt-results/micius-china-2016/{gd,pd,td}.json
}

# What developers see, with the versions of constraints.txt: style, types, contracts, documentation.
job_develop() {
    export UV_CONSTRAINT=$PWD/constraints.txt PIP_CONSTRAINT=$PWD/constraints.txt
    environment develop
    "$uv" pip install --quiet -e ".[dev,browser]"
    step "lint, types, import contracts"
    ruff check .
    ruff format --check .
    mypy
    local folder
    for folder in benchmarks benchmarks/{quality,speed,decisions,constellations}; do
        (cd "$folder" && MYPYPATH=$OLDPWD/src mypy --config-file "$OLDPWD/benchmarks/mypy.ini" ./*.py)
    done
    lint-imports
    step "the documentation: strict build, links"
    python -m sphinx -W --keep-going -q -b html docs "$scratch/docs"
    python docs/check_links.py "$scratch/docs"
    step "code blocks and notebooks; the report and the documentation in a real browser"
    command -v chromium >/dev/null || {
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core
    } >/dev/null
    QKDOPT_DOCS=$scratch/docs pytest -m "docs or browser"
}

# The lowest versions that pyproject.toml allows.
job_lowest() {
    environment lowest
    "$uv" pip install --quiet --resolution lowest-direct -e ".[test]"
    fast_tests -W ignore::DeprecationWarning # old releases use what newer ones discourage
}

# Another declared Python, if there is one.
job_python() {
    local found
    found=$(find_python "$1") || { echo "skipped: no Python $1 on this machine"; return; }
    environment "python$1" "$found"
    "$uv" pip install --quiet -e ".[test]"
    fast_tests
}

find_python() {
    local place
    for place in "$("$uv" python find --no-project "$1" 2>/dev/null)" "$(type -P "python$1")" \
        "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1".*/bin/python3; do
        if [ -x "$place" ] && "$place" -c "import sys, venv
sys.exit('%d.%d' % sys.version_info[:2] != '$1')" 2>/dev/null; then
            echo "$place"
            return
        fi
    done
    return 1
}

# A machine without fonts: matplotlib finds only those that it brings.
job_no_fonts() {
    environment no_fonts
    UV_LINK_MODE=copy "$uv" pip install --quiet -e ".[test]"
    python - <<'PYTHON'
import re
from importlib.util import find_spec
from pathlib import Path

module = Path(find_spec("matplotlib").origin).with_name("font_manager.py")
without = """def findSystemFonts(fontpaths=None, fontext="ttf"):
    return [] if fontpaths is None else _found_below(fontpaths, fontext)


def _found_below("""
text, changed = re.subn(r"^def findSystemFonts\(", without, module.read_text(), flags=re.M)
assert changed == 1
module.write_text(text)
PYTHON
    python -c 'from pathlib import Path
from matplotlib import get_data_path
from matplotlib.font_manager import fontManager
elsewhere = [f.fname for f in fontManager.ttflist if not Path(f.fname).is_relative_to(get_data_path())]
assert not elsewhere, elsewhere
assert fontManager.ttflist
print(len(fontManager.ttflist), "fonts, all of matplotlib")'
    local drawing
    mapfile -t drawing < <(grep -lE 'matplotlib|\.png|\.svg|plots|timeline|"run"' tests/test_*.py)
    pytest --fast "${drawing[@]}"
    pytest tests/test_rough_conditions.py -k no_home
}
