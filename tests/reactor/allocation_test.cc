// What a delivery costs in allocations: nothing. operator new is counted, so this is a program of
// its own.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "reactor/loop/reactor.h"

namespace {
std::atomic<long> allocations{0};
}  // namespace

// Not inlined: the compiler would see malloc here and delete there.
[[gnu::noinline]] void* operator new(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace parley {
namespace {

using std::chrono::seconds;

struct Listener : ConnectionHandler {
  void OnBytes(Handle, ByteSpan) override {}
  void OnClosed(Handle, CloseReason) override {}
};

struct Room {
  Room() : reactor(*Reactor::Create()), broadcast(*reactor) {}

  void AddMember() {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    const absl::StatusOr<Handle> handle = reactor->Adopt(UniqueFd(ends[0]), &listener);
    ASSERT_TRUE(handle.ok());
    broadcast.Join(*handle);
    handles.push_back(*handle);
    far.emplace_back(ends[1]);
  }
  // Says a line and turns until everybody has it.
  void Say(absl::string_view line) {
    broadcast.Append(AsBytes(line));
    for (const UniqueFd& fd : far) {
      size_t got = 0;
      while (got < line.size()) {
        const ssize_t count = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
        if (count > 0) {
          got += static_cast<size_t>(count);
        } else {
          reactor->RunOnce(seconds(0));
        }
      }
    }
    while (broadcast.log().retained_bytes() > 0) reactor->RunOnce(seconds(0));
  }

  Listener listener;
  std::unique_ptr<Reactor> reactor;
  Broadcast broadcast;
  std::vector<Handle> handles;
  std::vector<UniqueFd> far;
  std::array<char, 4096> buffer;
};

TEST(Allocations, ABroadcastAllocatesNothingPerDeliveryOrPerLine) {
  Room room;
  for (int i = 0; i < 500; ++i) room.AddMember();
  const std::string line(64, 'x');
  for (int i = 0; i < 20; ++i) room.Say(line);  // the pools fill
  const long before = allocations.load();
  for (int i = 0; i < 200; ++i) room.Say(line);
  EXPECT_EQ(allocations.load() - before, 0) << "over 100,000 deliveries";
}

TEST(Allocations, APrivateReplyToACaughtUpConnectionAllocatesAFixedNumberOfTimes) {
  Room room;
  room.AddMember();
  const auto reply = [&] {
    room.reactor->Send(room.handles[0], AsBytes("reply\r\n"));
    while (::recv(room.far[0].get(), room.buffer.data(), room.buffer.size(), 0) <= 0) {
      room.reactor->RunOnce(seconds(0));
    }
  };
  for (int i = 0; i < 100; ++i) reply();
  const long before = allocations.load();
  constexpr int kReplies = 1000;
  for (int i = 0; i < kReplies; ++i) reply();
  // The queue that exists only while something private is owed: its record and its entries.
  EXPECT_LE(allocations.load() - before, 2 * kReplies + 16);
}

TEST(Allocations, AnIdleTurnAllocatesNothing) {
  Room room;
  for (int i = 0; i < 10; ++i) room.AddMember();
  room.Say("x");
  room.reactor->RunOnce(seconds(0));
  const long before = allocations.load();
  for (int i = 0; i < 100; ++i) room.reactor->RunOnce(seconds(0));
  EXPECT_EQ(allocations.load() - before, 0);
}

}  // namespace
}  // namespace parley
