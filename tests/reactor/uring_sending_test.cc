// Sends that io_uring has in flight, and what is owed behind them.

#include <chrono>
#include <string>
#include <utility>

#include "reactor/loop/reactor.h"
#include "tests/reactor/uring_engine_fixture.h"

namespace parley {
namespace {

class Ignoring : public ConnectionHandler {
 public:
  void OnBytes(Handle, ByteSpan) override {}
  void OnClosed(Handle, CloseReason) override {}
};

TEST_F(UringEngineTest, WhatIsOwedBehindAStalledSendFollowsInOrder) {
  Start();
  if (IsSkipped()) return;
  Connection connection = ConnectStalled();
  EXPECT_TRUE(sink_.records[connection.handle].blocked);
  std::string heard;
  ASSERT_TRUE(Until([&] {
    heard += Hear(connection.peer);
    return heard.size() == 1'000'000;
  }));
  EXPECT_EQ(heard, Pattern(1'000'000));
  EXPECT_FALSE(sink_.records[connection.handle].blocked);
  EXPECT_EQ(engine_->InFlight(connection.handle), 0u);
}

TEST_F(UringEngineTest, TheEndIsSaidBehindASendInFlight) {
  Start();
  if (IsSkipped()) return;
  Connection connection = ConnectStalled();
  engine_->ShutdownWrite(connection.handle);
  std::string heard;
  ASSERT_TRUE(Until([&] {
    heard += Hear(connection.peer);
    return IsAtEnd(connection.peer);
  }));
  EXPECT_EQ(heard, Pattern(1'000'000));
}

TEST_F(UringEngineTest, DiscardingKeepsWhatTheKernelIsReading) {
  Start();
  if (IsSkipped()) return;
  Ignoring handler;
  Reactor reactor(std::move(engine_));
  auto near_and_peer = Pair();
  auto& near = near_and_peer.first;
  auto& peer = near_and_peer.second;
  const Handle handle = *reactor.Adopt(std::move(near), &handler, {.max_lag_bytes = 0});
  const std::string first = Pattern(2'000'000);
  BroadcastGroup broadcast(reactor);
  broadcast.Join(handle);
  for (size_t at = 0; at < first.size(); at += 50'000) {
    broadcast.Append(AsBytes(absl::string_view(first).substr(at, 50'000)));
  }
  uint64_t pending = 0;
  do {
    pending = reactor.PendingBytes(handle);
    for (int i = 0; i < 5; ++i) reactor.RunOnce(std::chrono::milliseconds(1));
  } while (reactor.PendingBytes(handle) != pending || pending == first.size());
  reactor.DiscardPending(handle);
  EXPECT_LT(reactor.PendingBytes(handle), pending);
  reactor.Send(handle, AsBytes("the end"));
  std::string heard;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (heard.size() < 7 || heard.substr(heard.size() - 7) != "the end") {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    reactor.RunOnce(std::chrono::milliseconds(1));
    heard += Hear(peer);
  }
  heard.resize(heard.size() - 7);
  EXPECT_EQ(heard, first.substr(0, heard.size()));
  EXPECT_EQ(reactor.PendingBytes(handle), 0u);
}

}  // namespace
}  // namespace parley
