#ifndef REACTOR_BASE_ERRNO_STATUS_H_
#define REACTOR_BASE_ERRNO_STATUS_H_

// What a system call refused, as a status. Thread: any.

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace parley {

// "text: what strerror says", with the value kept for ErrnoOf. The codes are those of
// absl::ErrnoToStatusCode, but for EADDRNOTAVAIL, which is UNAVAILABLE (there ALREADY_EXISTS): it
// says that this machine has no such address, or no free port of it.
absl::Status ErrnoStatus(int error, absl::string_view text);

// The status with the value, for one whose words are better than strerror's.
absl::Status WithErrno(absl::Status status, int error);
// The errno value of a status of this library; 0 where there is none.
int ErrnoOf(const absl::Status& status);

}  // namespace parley

#endif  // REACTOR_BASE_ERRNO_STATUS_H_
