#include "reactor/base/errno_status.h"

#include <cerrno>
#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace parley {
namespace {

constexpr absl::string_view kErrnoPayload = "parley/errno";

}  // namespace

absl::Status ErrnoStatus(int error, absl::string_view text) {
  absl::Status status = absl::ErrnoToStatus(error, text);
  if (error == EADDRNOTAVAIL) status = absl::UnavailableError(status.message());
  return WithErrno(std::move(status), error);
}

absl::Status WithErrno(absl::Status status, int error) {
  status.SetPayload(kErrnoPayload, absl::Cord(absl::StrCat(error)));
  return status;
}

int ErrnoOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kErrnoPayload);
  int error = 0;
  return payload && absl::SimpleAtoi(std::string(*payload), &error) ? error : 0;
}

}  // namespace parley
