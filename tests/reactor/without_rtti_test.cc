// This file is compiled with -fno-rtti, as some programs are: classes that derive from the library's
// have no type information then (L10).

#include <gtest/gtest.h>

#include <exception>
#include <memory>
#include <string>

#include "reactor/async_chat/async_chat.h"
#include "tests/reactor/channel_test_support.h"

#ifdef __GXX_RTTI
#error "compiled with type information, this tests nothing"
#endif

namespace parley {
namespace {

class OutOfOrder : public std::exception {
 public:
  const char* what() const noexcept override { return "out of order"; }
};

class Nameless : public AsyncChat {
 public:
  using AsyncChat::AsyncChat;
  void FoundTerminator() override { throw OutOfOrder(); }
  void Log(Severity, absl::string_view message) const override { logged = std::string(message); }
  mutable std::string logged;
};

TEST(WithoutRtti, L10_AChannelDescribesItself) {
  const std::unique_ptr<ChannelMap> map = *ChannelMap::Create();
  Nameless channel(*map);
  EXPECT_EQ(channel.Describe(), "<channel closed>");
}

TEST(WithoutRtti, L10_WhatAHandlerThrowsIsLogged) {
  const std::unique_ptr<ChannelMap> map = *ChannelMap::Create();
  int fds[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
  const UniqueFd peer(fds[1]);
  Nameless channel(*map, UniqueFd(fds[0]));
  channel.SetTerminator('\n');
  ASSERT_EQ(::write(peer.get(), "x\n", 2), 2);
  ASSERT_TRUE(LoopUntil(*map, [&] { return !channel.is_open(); }));
  EXPECT_EQ(channel.logged,
            "closing <channel connected unix:> because its FoundTerminator threw "
            "parley::(anonymous namespace)::OutOfOrder: out of order");
}

}  // namespace
}  // namespace parley
