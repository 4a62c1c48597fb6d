#ifndef REACTOR_BASE_CHECK_H_
#define REACTOR_BASE_CHECK_H_

// PARLEY_CHECK(condition, value...) states an invariant of this program. When it does not hold, the
// process prints file, line, the condition and the values, and aborts, in release builds too.
//
//   PARLEY_CHECK(cursor <= head, cursor, head);
//
// What a peer sends is never an invariant: a bad peer gets an error, not an abort.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace parley {

[[noreturn]] void CheckFailed(const char* file, int line, absl::string_view condition,
                              absl::string_view values);

namespace check_internal {
template <typename... Values>
std::string Join(const Values&... values) {
  std::string joined;
  ((absl::StrAppend(&joined, joined.empty() ? "" : ", ", values)), ...);
  return joined;
}
}  // namespace check_internal
}  // namespace parley

#define PARLEY_CHECK(condition, ...)                                      \
  do {                                                                    \
    if (!(condition)) [[unlikely]] {                                      \
      ::parley::CheckFailed(__FILE__, __LINE__, #condition,               \
                            ::parley::check_internal::Join(__VA_ARGS__)); \
    }                                                                     \
  } while (false)

#endif  // REACTOR_BASE_CHECK_H_
