#!/usr/bin/env bash
# Runs the kernel tests with AddressSanitizer and UndefinedBehaviorSanitizer in the kernels.
#   bash tests/kernels/sanitize.sh [PYTHON] [PYTEST ARGUMENTS...]
# PYTHON is that of an environment with saiki, its test extra, nanobind and cmake; g++ compiles.
# Everything that is built stays in build/sanitize.
set -euo pipefail

cd "$(dirname "$0")/../.."
python=$(command -v "${1:-python}")
shift || true
build=$PWD/build/sanitize
cmake=$(command -v cmake || echo "$(dirname "$python")/cmake")

CXX=g++ "$cmake" -S . -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSAIKI_SANITIZE=ON \
  -DPython_EXECUTABLE="$python" -Dnanobind_DIR="$("$python" -m nanobind --cmake_dir)" >"$build.log" ||
  { cat "$build.log"; exit 1; }
"$cmake" --build "$build" --parallel 2 >>"$build.log" || { cat "$build.log"; exit 1; }

# The sanitised module takes its place before anything imports the installed one, however saiki
# was installed; the plugin says which one runs and refuses another.
cat >"$build/sanitized.py" <<PLUGIN
import importlib.util
import sys
from pathlib import Path

MODULES = {}
for place in sorted(Path(__file__).parent.glob("_*.so")):
    name = "saiki.kernels." + place.name.split(".")[0]
    spec = importlib.util.spec_from_file_location(name, place)
    sys.modules[name] = MODULES[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(MODULES[name])


def pytest_report_header():
    import saiki.kernels

    for name, module in MODULES.items():
        setattr(saiki.kernels, name.split(".")[-1], module)
        assert importlib.import_module(name) is module, f"another {name} is in use"
    maps = Path("/proc/self/maps").read_text()
    assert "libasan" in maps, "AddressSanitizer is not loaded"
    return "sanitised kernels: " + ", ".join(MODULES)
PLUGIN

# pytest keeps what a test prints, and a process that is aborted keeps it for ever.
rm -f "$build"/report.*
trap 'cat "$build"/report.* 2>/dev/null || true' EXIT

# torch.compile and torch.export start compilers of their own and add nothing here; neither do
# tests of an installation without kernels, or of how an optimising compiler rounds.
LD_PRELOAD="$(g++ -print-file-name=libasan.so) $(g++ -print-file-name=libubsan.so) $(g++ -print-file-name=libstdc++.so)" \
  ASAN_OPTIONS="detect_leaks=0:abort_on_error=1:log_path=$build/report" \
  UBSAN_OPTIONS="print_stacktrace=1:log_path=$build/report" \
  PYTHONPATH="$build${PYTHONPATH:+:$PYTHONPATH}" OMP_NUM_THREADS=1 \
  "$python" -m pytest -p sanitized -p no:cacheprovider --hypothesis-profile=sanitize \
  -W "ignore:.*fork:DeprecationWarning" tests/kernels \
  -k "not graph and not exported and not contract and not without_kernels and not silences and not same_code" "$@"
