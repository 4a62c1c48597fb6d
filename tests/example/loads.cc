// Loads a shared library and calls what is in it, as a plugin's host does. Used by run_install_test.sh.

#include <dlfcn.h>

#include <cstdio>

int main(int argc, char** argv) {
  void* const library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : nullptr;
  void* const function = library == nullptr ? nullptr : dlsym(library, "UseParley");
  if (function == nullptr) {
    std::fprintf(stderr, "%s\n", argc == 2 ? dlerror() : "loads LIBRARY");
    return 1;
  }
  return reinterpret_cast<int (*)()>(function)();
}
