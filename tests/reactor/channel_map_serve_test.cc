// ChannelMap::Serve: what the sessions are given, and how their listener listens.

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <utility>

#include "tests/reactor/channel_test_support.h"

namespace parley {
namespace {

class Greeter : public AsyncChat {
 public:
  Greeter(ChannelMap& map, UniqueFd socket, const std::string& greeting, int& served)
      : AsyncChat(map, std::move(socket)) {
    ++served;
    Push(greeting);
    Push("\n");
  }
  void FoundTerminator() override {}
};

class Owner : public AsyncChat {
 public:
  Owner(ChannelMap& map, UniqueFd socket, const std::unique_ptr<std::string>& greeting)
      : AsyncChat(map, std::move(socket)) {
    Push(*greeting);
    Push("\n");
  }
  void FoundTerminator() override {}
};

class ChannelMapServe : public ChannelMapTest {};

TEST_P(ChannelMapServe, L13_ArgumentsAreReferredToOrKept) {
  int served = 0;
  const auto listener =
      map_->Serve<Greeter>("127.0.0.1:0", std::string("hello of the listener's own"), served);
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_EQ(FirstLineOf(*map_, (*listener)->Address()), "hello of the listener's own");
  EXPECT_EQ(FirstLineOf(*map_, (*listener)->Address()), "hello of the listener's own")
      << "each peer, not the first alone";
  EXPECT_EQ(served, 2);
}

TEST_P(ChannelMapServe, L13_WhatCanOnlyBeMovedIsKept) {
  const auto listener =
      map_->Serve<Owner>("127.0.0.1:0", std::make_unique<std::string>("once made"));
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_EQ(FirstLineOf(*map_, (*listener)->Address()), "once made");
}

TEST_P(ChannelMapServe, L13_OptionsAreTheListeners) {
  int served = 0;
  const std::string greeting = "hello";
  ListenOptions options;
  options.reuse_port = true;
  const auto first = map_->Serve<Greeter>("127.0.0.1:0", options, greeting, served);
  ASSERT_TRUE(first.ok()) << first.status();
  const std::string address = (*first)->Address().ToString();
  const auto second = map_->Serve<Greeter>(address, options, greeting, served);
  EXPECT_TRUE(second.ok()) << second.status();
  const auto third = map_->Serve<Greeter>(address, greeting, served);
  EXPECT_EQ(third.status().code(), absl::StatusCode::kAlreadyExists) << "without them";
}

INSTANTIATE_TEST_SUITE_P(Engines, ChannelMapServe, testing::ValuesIn(EngineNames()),
                         EngineTestName);

}  // namespace
}  // namespace parley
