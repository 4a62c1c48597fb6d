# shellcheck shell=bash
# Configuring and building by preset (CMakePresets.json), from the root of the repository.
#
# All scripts share build/<preset>. What it builds only grows: `serve` configures the programs alone, so that
# it needs no test libraries, and `test` adds the rest to the same tree without compiling anything twice.

# ccache(1), where there is one, is told to CMake when a tree is first configured.
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}
fi

configure_programs() {
  local preset=$1
  [[ -f build/$preset/build.ninja ]] ||
    cmake --preset "$preset" -DPARLEY_BUILD_TESTS=OFF -DPARLEY_BUILD_BENCH=OFF
}

configure_everything() {
  local preset=$1
  [[ -f build/$preset/build.ninja ]] &&
    grep -q '^PARLEY_BUILD_TESTS:BOOL=ON' "build/$preset/CMakeCache.txt" &&
    grep -q '^PARLEY_BUILD_BENCH:BOOL=ON' "build/$preset/CMakeCache.txt" ||
    cmake --preset "$preset" -DPARLEY_BUILD_TESTS=ON -DPARLEY_BUILD_BENCH=ON
}

build_programs() {
  configure_programs release
  cmake --build --preset release --target parleyd parley
}
