# Stands in for Abseil's own package when cross-compiling: its headers, which are the same everywhere, and
# no libraries. PARLEY_CROSS_INCLUDE is the folder that has them.

foreach(name IN ITEMS any_invocable cord flags flags_parse flags_reflection flags_usage flat_hash_map
                      flat_hash_set hash inlined_vector span status statusor str_format strings time)
  if(NOT TARGET absl::${name})
    add_library(absl::${name} INTERFACE IMPORTED)
    target_include_directories(absl::${name} SYSTEM INTERFACE ${PARLEY_CROSS_INCLUDE})
  endif()
endforeach()
