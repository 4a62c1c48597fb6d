// What only real descriptors have: address families, pipes, urgent bytes, the reactor's own
// sockets.

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "reactor/engine/socket_calls.h"
#include "tests/reactor/contract_world.h"

namespace parley {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// A directory that goes with the test.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "parley-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~ScratchDirectory() { std::filesystem::remove_all(path_); }
  std::string operator/(absl::string_view name) const { return absl::StrCat(path_, "/", name); }

 private:
  std::string path_;
};

SocketAddress Address(absl::string_view text) { return *SocketAddress::Parse(text); }

// Both ends on one reactor: connects, says a word each way, and closes.
void TalkOver(World& world, const SocketAddress& address) {
  RecordingAcceptor& acceptor = world.NewAcceptor();
  const absl::StatusOr<Handle> listener = world.reactor().Listen(address, {}, &acceptor);
  ASSERT_TRUE(listener.ok()) << listener.status();
  const SocketAddress bound = world.reactor().AddressOf(*listener);
  Recorder& client = world.NewRecorder();
  const absl::StatusOr<Handle> handle =
      world.reactor().Connect(address.is_unix() ? address : bound, &client, seconds(10));
  ASSERT_TRUE(handle.ok()) << handle.status();
  client.set_handle(*handle);
  world.reactor().Send(*handle, AsBytes("ping"));
  world.Until(
      [&] { return acceptor.accepted.size() == 1 && acceptor.accepted[0]->heard == "ping"; },
      "the ping");
  ASSERT_EQ(acceptor.accepted.size(), 1u);
  Recorder& server = *acceptor.accepted[0];
  world.reactor().Send(server.handle(), AsBytes("pong"));
  world.reactor().CloseWhenDone(server.handle());
  world.Until([&] { return server.closed() && client.closed(); }, "both ends to close");
  EXPECT_EQ(client.heard, "pong");
  EXPECT_EQ(client.events, "cbex");
  EXPECT_EQ(client.reason.cause, CloseCause::kPeerClosed);
  EXPECT_EQ(server.reason.cause, CloseCause::kAsked);
}

PARLEY_CONTRACT(TalksOverIpv4, kSocketsOnly) { TalkOver(world, Address("127.0.0.1:0")); }

PARLEY_CONTRACT(TalksOverIpv6, kSocketsOnly) {
  if (::access("/proc/sys/net/ipv6", F_OK) != 0 && ::access("/proc", F_OK) == 0) {
    GTEST_SKIP() << "this machine has no IPv6";
  }
  TalkOver(world, Address("[::1]:0"));
}

PARLEY_CONTRACT(TalksOverUnixSockets, kSocketsOnly) {
  const ScratchDirectory directory;
  TalkOver(world, Address(absl::StrCat("unix:", directory / "socket")));
}

PARLEY_CONTRACT(TheSocketFileGoesWithItsListener, kSocketsOnly) {
  const ScratchDirectory directory;
  const std::string path = directory / "socket";
  RecordingAcceptor& acceptor = world.NewAcceptor();
  const absl::StatusOr<Handle> listener =
      world.reactor().Listen(Address("unix:" + path), {}, &acceptor);
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_TRUE(std::filesystem::exists(path));
  world.reactor().CloseListener(*listener);
  world.Until([&] { return acceptor.listener_closed == 1; }, "the listener to close");
  EXPECT_FALSE(std::filesystem::exists(path));
}

PARLEY_CONTRACT(APipeIsReadAndWritten, kSocketsOnly) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC), 0);
  UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  Recorder& reader = world.NewRecorder();
  Recorder& writer = world.NewRecorder();
  ConnectionOptions file;
  file.kind = FdKind::kFile;
  file.max_lag_bytes = 0;
  reader.set_handle(*world.reactor().Adopt(std::move(read_end), &reader, file));
  file.read_enabled = false;
  writer.set_handle(*world.reactor().Adopt(std::move(write_end), &writer, file));
  const std::string text(500000, 'p');
  world.reactor().Send(writer.handle(), AsBytes(text));
  const TimePoint begin = world.reactor().Now();
  world.reactor().CloseWhenDone(writer.handle(), minutes(1));
  world.Until([&] { return reader.closed() && writer.closed(); }, "both ends to close");
  EXPECT_TRUE(reader.heard == text);
  EXPECT_EQ(reader.events, "bex");
  EXPECT_EQ(writer.reason.cause, CloseCause::kAsked);
  EXPECT_LT(world.reactor().Now() - begin, seconds(1)) << "a pipe has no peer's end to wait for";
}

PARLEY_CONTRACT(APipeWhoseReaderIsGoneIsClosed, kSocketsOnly) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC), 0);
  UniqueFd read_end(ends[0]);
  Recorder& writer = world.NewRecorder();
  ConnectionOptions file;
  file.kind = FdKind::kFile;
  file.read_enabled = false;
  writer.set_handle(*world.reactor().Adopt(UniqueFd(ends[1]), &writer, file));
  read_end.Reset();
  world.reactor().Send(writer.handle(), AsBytes("nobody reads this"));
  world.Until([&] { return writer.closed(); }, "the close");
  EXPECT_EQ(writer.reason.cause, CloseCause::kReset);
}

struct TcpPair {
  Recorder* recorder;
  UniqueFd far;
};

// A connection whose far end is a plain socket of the test's.
TcpPair RawPair(World& world, bool urgent_in_line, const ConnectionOptions& options = {}) {
  ListenOptions listen;
  listen.stream.urgent_in_line = urgent_in_line;
  const UniqueFd listener = *MakeListeningSocket(Address("127.0.0.1:0"), listen);
  const SocketAddress address = SocketAddress::OfSocket(listener.get());
  UniqueFd far = MakeStreamSocket(AF_INET);
  static_cast<void>(
      ::connect(far.get(), address.get(), address.size()));  // goes on in the background
  SocketAddress peer;
  UniqueFd near = AcceptNext(listener.get(), peer);
  EXPECT_TRUE(near.get() >= 0);
  Recorder& recorder = world.NewRecorder();
  recorder.set_handle(*world.reactor().Adopt(std::move(near), &recorder, options));
  return {&recorder, std::move(far)};
}

PARLEY_CONTRACT(WhatFollowsAnUrgentByteIsReadWithoutANewEdge, kSocketsOnly) {
  for (const bool in_line : {true, false}) {
    const TcpPair pair = RawPair(world, in_line);
    std::string urgent;
    pair.recorder->on_urgent = [&](ByteSpan bytes) { absl::StrAppend(&urgent, AsText(bytes)); };
    // All of it waits when the reactor looks for the first time.
    ::send(pair.far.get(), "before", 6, 0);
    ::send(pair.far.get(), "!", 1, MSG_OOB);
    ::send(pair.far.get(), "after", 5, 0);
    const std::string expected = in_line ? "before!after" : "beforeafter";
    world.Until([&] { return pair.recorder->heard.size() >= expected.size(); }, "what follows");
    EXPECT_EQ(pair.recorder->heard, expected);
    EXPECT_EQ(urgent, in_line || !world.reactor().tells_urgent() ? "" : "!");
  }
}

PARLEY_CONTRACT(ReadingGoesOnAfterManyUrgentBytes, kSocketsOnly) {
  const TcpPair pair = RawPair(world, /*urgent_in_line=*/true);
  std::string expected;
  for (int i = 0; i < 50; ++i) {
    ::send(pair.far.get(), "a", 1, 0);
    ::send(pair.far.get(), "!", 1, MSG_OOB);
    ::send(pair.far.get(), "b", 1, 0);
    expected += "a!b";
    if (i % 5 == 0) world.Turn(seconds(0));
  }
  world.Until([&] { return pair.recorder->heard.size() >= expected.size(); }, "all of it");
  EXPECT_EQ(pair.recorder->heard, expected);
}

// A handler that makes a new connection whenever one ends, as a client that reconnects does.
PARLEY_CONTRACT(AReactorIsDestroyedThoughHandlersReconnect, kSocketsOnly) {
  struct Reconnecting : ConnectionHandler {
    void OnBytes(Handle, ByteSpan) override {}
    void OnClosed(Handle, CloseReason closed_because) override {
      ++closed;
      reason = closed_because;
      refused = !reactor->Connect(address, this, seconds(1)).ok();
    }
    Reactor* reactor = nullptr;
    SocketAddress address;
    CloseReason reason;
    int closed = 0;
    bool refused = false;
  };
  const UniqueFd listener = *MakeListeningSocket(Address("127.0.0.1:0"), {});
  Reconnecting handler;
  handler.address = SocketAddress::OfSocket(listener.get());
  {
    absl::StatusOr<std::unique_ptr<Reactor>> reactor =
        Reactor::Create(world.reactor().engine_name());
    ASSERT_TRUE(reactor.ok()) << reactor.status();
    handler.reactor = reactor->get();
    ASSERT_TRUE((*reactor)->Connect(handler.address, &handler, seconds(1)).ok());
    (*reactor)->RunOnce(milliseconds(10));
  }
  EXPECT_EQ(handler.closed, 1);
  EXPECT_EQ(handler.reason.cause, CloseCause::kShutdown);
  EXPECT_TRUE(handler.refused);
}

PARLEY_CONTRACT(ARegularFileIsRefusedWithAReason, kSocketsOnly) {
  const ScratchDirectory directory;
  UniqueFd file(::open((directory / "file").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  Recorder& recorder = world.NewRecorder();
  ConnectionOptions options;
  options.kind = FdKind::kFile;
  const absl::StatusOr<Handle> handle = world.reactor().Adopt(std::move(file), &recorder, options);
  if (!handle.ok()) {
    EXPECT_FALSE(handle.status().message().empty());
    EXPECT_EQ(world.reactor().connections(), 0u);
    return;
  }
  recorder.set_handle(*handle);  // an engine that can read files reads it to its end
  world.Until([&] { return recorder.closed(); }, "the end of the file");
}

}  // namespace
}  // namespace parley
