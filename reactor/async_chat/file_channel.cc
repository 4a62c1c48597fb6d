#include "reactor/async_chat/file_channel.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "absl/strings/str_cat.h"
#include "reactor/async_chat/channel_map.h"
#include "reactor/base/errno_status.h"
#include "reactor/engine/socket_calls.h"

namespace parley {
namespace {

bool IsAlwaysReady(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
}

Transfer Read(int fd, std::span<std::byte> into) { return Receive(fd, /*is_socket=*/false, into); }

Transfer Write(int fd, ByteSpan bytes) {
  const iovec vector{const_cast<std::byte*>(bytes.data()), bytes.size()};
  return Send(fd, /*is_socket=*/false, {&vector, 1});
}

absl::StatusOr<size_t> CountOf(const Transfer& transfer, absl::string_view call) {
  if (transfer.bytes >= 0) return static_cast<size_t>(transfer.bytes);
  return ErrnoStatus(transfer.error, call);
}

}  // namespace

FileWrapper::FileWrapper(int fd) : fd_(::fcntl(fd, F_DUPFD_CLOEXEC, 0)) {}

absl::StatusOr<size_t> FileWrapper::Recv(std::span<std::byte> into) {
  return CountOf(Read(fd_.get(), into), "read");
}

absl::StatusOr<size_t> FileWrapper::Send(ByteSpan bytes) {
  return CountOf(Write(fd_.get(), bytes), "write");
}

absl::Status FileWrapper::Close() {
  if (!fd_) return absl::OkStatus();
  if (::close(fd_.Release()) != 0) return ErrnoStatus(errno, "close");
  return absl::OkStatus();
}

FileChannel::FileChannel(ChannelMap& map, int fd) : Dispatcher(map), file_(fd) {
  if (!file_.is_open() || !MakeNonBlocking(file_.descriptor())) {
    const absl::Status why = ErrnoStatus(errno, absl::StrCat("descriptor ", fd));
    Log(Severity::kError, absl::StrCat("a file channel cannot be opened: ", why.message()));
    to_reap_ = true;
    return;
  }
  always_ready_ = IsAlwaysReady(file_.descriptor());
  if (always_ready_) {
    OpenWithoutSocket();
  } else {
    ConnectionOptions options;
    options.kind = FdKind::kFile;
    Adopt(file_.Release(), options);
  }
}

size_t FileChannel::Recv(std::span<std::byte> into) {
  if (!always_ready_) return Dispatcher::Recv(into);
  if (!is_open() || into.empty()) return 0;
  const Transfer got = Read(file_.descriptor(), into);
  error_ = got.error;
  ended_ = got.bytes == 0;
  return got.bytes < 0 ? 0 : static_cast<size_t>(got.bytes);
}

size_t FileChannel::Send(ByteSpan bytes) {
  if (!always_ready_) return Dispatcher::Send(bytes);
  if (!is_open()) return 0;
  const Transfer sent = Write(file_.descriptor(), bytes);
  error_ = sent.error;
  return sent.bytes < 0 ? 0 : static_cast<size_t>(sent.bytes);
}

}  // namespace parley
