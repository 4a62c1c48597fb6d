#ifndef REACTOR_BASE_THREAD_FREE_LISTS_H_
#define REACTOR_BASE_THREAD_FREE_LISTS_H_

// Memory blocks that a thread has freed and keeps, a bounded number for each size class, for its next
// allocation. One set of lists per Tag and thread. Every call belongs to the calling thread; a block may
// be kept by another thread than the one that made it.

#include <array>
#include <cstddef>
#include <new>
#include <vector>

namespace parley {

template <typename Tag, size_t kClasses>
class ThreadFreeLists {
 public:
  // A kept block of `size_class`, or null.
  static void* Take(size_t size_class) {
    Lists* lists = OfThisThread();
    if (lists == nullptr || lists->blocks[size_class].empty()) return nullptr;
    void* block = lists->blocks[size_class].back();
    lists->blocks[size_class].pop_back();
    return block;
  }

  // Keeps a block that came from operator new, or deletes it when there are `most` already.
  static void Give(size_t size_class, size_t most, void* block) {
    Lists* lists = OfThisThread();
    if (lists != nullptr && lists->blocks[size_class].size() < most) {
      lists->blocks[size_class].push_back(block);
    } else {
      ::operator delete(block);
    }
  }

 private:
  struct Lists {
    ~Lists() {
      for (auto& list : blocks) {
        for (void* block : list) ::operator delete(block);
      }
      is_gone = true;
    }
    std::array<std::vector<void*>, kClasses> blocks;
  };

  // Null once the thread's lists are destroyed: other destructors may still free blocks after that.
  static Lists* OfThisThread() {
    static thread_local Lists lists;
    return is_gone ? nullptr : &lists;
  }
  static inline thread_local bool is_gone = false;
};

}  // namespace parley

#endif  // REACTOR_BASE_THREAD_FREE_LISTS_H_
