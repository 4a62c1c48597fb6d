# shellcheck shell=bash
# Configuring and building by preset (CMakePresets.json), from the root of the repository.
#
# All scripts share build/<preset>. What it builds only grows: `serve` configures the programs alone, so that
# it needs no test libraries, and `test` adds the rest to the same tree without compiling anything twice.

# ccache(1), where there is one, is told to CMake when a tree is first configured. It names what is below the
# root by relative paths, so that another clone anywhere on this machine finds what this one has compiled;
# CMakeLists.txt maps the relative names to those that files have without it.
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}
  export CCACHE_BASEDIR=${CCACHE_BASEDIR-$PWD}
fi

# configured PRESET VARIABLE...: there is a tree, and these are ON in it.
configured() {
  local tree=build/$1 variable
  [[ -f $tree/build.ninja ]] || return
  for variable in "${@:2}"; do
    grep -q "^$variable:BOOL=ON" "$tree/CMakeCache.txt" || return
  done
}

configure_programs() {
  configured "$1" || cmake --preset "$1" -DPARLEY_BUILD_TESTS=OFF -DPARLEY_BUILD_BENCH=OFF
}

configure_everything() {
  configured "$1" PARLEY_BUILD_TESTS PARLEY_BUILD_BENCH ||
    cmake --preset "$1" -DPARLEY_BUILD_TESTS=ON -DPARLEY_BUILD_BENCH=ON -DPARLEY_UNITY_TESTS=ON
}

build_programs() {
  configure_programs release
  cmake --build --preset release --target parleyd parley
}
