#ifndef BENCH_LOAD_SHARED_ARRAY_H_
#define BENCH_LOAD_SHARED_ARRAY_H_

// Memory that this process shares with the children it forks afterwards, all zero at first. The
// elements are never constructed or destroyed: for types whose zero bytes are a fresh object.

#include <sys/mman.h>

#include <cerrno>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace parley::bench {

template <typename T>
class SharedArray {
 public:
  static absl::StatusOr<SharedArray> Make(size_t size) {
    const size_t bytes = (size > 0 ? size : 1) * sizeof(T);
    void* memory =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return absl::ErrnoToStatus(errno, "cannot map shared memory");
    return SharedArray(static_cast<T*>(memory), size, bytes);
  }

  SharedArray(SharedArray&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(other.size_), bytes_(other.bytes_) {}
  SharedArray& operator=(SharedArray&&) = delete;
  SharedArray(const SharedArray&) = delete;
  SharedArray& operator=(const SharedArray&) = delete;
  ~SharedArray() {
    if (data_ != nullptr) ::munmap(data_, bytes_);
  }

  T* data() { return data_; }
  size_t size() const { return size_; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }

 private:
  SharedArray(T* data, size_t size, size_t bytes) : data_(data), size_(size), bytes_(bytes) {}

  T* data_;
  size_t size_;
  size_t bytes_;
};

}  // namespace parley::bench

#endif  // BENCH_LOAD_SHARED_ARRAY_H_
