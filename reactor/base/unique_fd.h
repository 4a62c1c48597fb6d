#ifndef REACTOR_BASE_UNIQUE_FD_H_
#define REACTOR_BASE_UNIQUE_FD_H_

// Owns one file descriptor and closes it. Movable, not copyable. Any thread, one at a time.

#include <unistd.h>

#include <utility>

namespace parley {

class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) Reset(other.Release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { Reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }
  void Reset(int fd = -1) {
    // EINTR from close() still closes on Linux and the BSDs: never repeated (close(2)).
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

}  // namespace parley

#endif  // REACTOR_BASE_UNIQUE_FD_H_
