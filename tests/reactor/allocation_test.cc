// What a delivery costs in allocations: nothing; and what an allocation that fails costs while a
// peer is accepted. operator new is counted, so this is a program of its own.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "reactor/async_chat/async_chat.h"
#include "reactor/base/log.h"
#include "reactor/loop/reactor.h"

namespace {
std::atomic<long> allocations{0};
long allocations_to_failure = 0;  // 0: none fails
}  // namespace

// Not inlined: the compiler would see malloc here and delete there.
[[gnu::noinline]] void* operator new(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  const bool fails = allocations_to_failure > 0 && --allocations_to_failure == 0;
  void* memory = fails ? nullptr : std::malloc(size);
  if (memory != nullptr) return memory;
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
  BroadcastGroup broadcast;
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

// Greets its peer, with a name that needs memory.
class Greeter : public AsyncChat {
 public:
  Greeter(ChannelMap& map, UniqueFd socket) : AsyncChat(map, std::move(socket)), name_(100, 'n') {
    Push("hello");
  }
  void FoundTerminator() override {}

 private:
  std::string name_;
};

// Of the allocations that serving a peer takes, the one with this number fails.
class Door : public Dispatcher {
 public:
  using Dispatcher::Dispatcher;
  void HandleAccepted(UniqueFd socket, const SocketAddress&) override {
    allocations_to_failure = to_fail;
    struct Afterwards {
      ~Afterwards() { allocations_to_failure = 0; }
    } afterwards;
    map().Make<Greeter>(std::move(socket));
    none_failed = allocations_to_failure > 0;
  }
  long to_fail = 0;
  bool none_failed = false;
};

TEST(Allocations, L1_WhicheverFailsWhileAPeerIsAcceptedOnlyThatPeerIsDropped) {
  SetLogSink([](Severity, absl::string_view) {});
  const std::unique_ptr<ChannelMap> map = *ChannelMap::Create();
  Door door(*map);
  ASSERT_TRUE(door.Listen("127.0.0.1:0").ok());
  const SocketAddress address = door.Address();
  const auto heard_by_visitor = [&] {
    const UniqueFd visitor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(visitor.get(), address.get(), address.size()), 0);
    std::array<char, 64> heard{};
    ssize_t count = -1;
    while (count < 0) {
      map->Loop(std::chrono::milliseconds(1), 1);
      count = ::recv(visitor.get(), heard.data(), heard.size(), MSG_DONTWAIT);
    }
    return std::string(heard.data(), static_cast<size_t>(count));
  };
  int dropped = 0;
  while (!door.none_failed) {
    ++door.to_fail;
    const std::string heard = heard_by_visitor();
    ASSERT_TRUE(door.is_open()) << "after allocation " << door.to_fail << " failed";
    if (!door.none_failed) ++dropped;
    if (door.none_failed) {
      EXPECT_EQ(heard, "hello");
    }
  }
  SetLogSink(nullptr);
  EXPECT_GE(dropped, 3);
}

}  // namespace
}  // namespace parley
