# Sourced by the scripts beside it: the repository's root, messages, the cache, the job count.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"

export CORECAST_CACHE="${CORECAST_CACHE:-$HOME/.cache/corecast}"
venv="$root/build/venv"
jobs="${CORECAST_JOBS:-$(nproc 2>/dev/null || sysctl -n hw.ncpu)}"

say() { printf '\n== %s\n' "$*"; }
die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}
