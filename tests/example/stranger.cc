// A library of somebody else's with ours inside. Built and loaded by run_install_test.sh.

#include "reactor/async_chat/async_chat.h"

extern "C" int UseParley() {
  auto map = parley::ChannelMap::Create();
  if (!map.ok()) return 1;
  bool fired = false;
  (*map)->reactor().After(std::chrono::milliseconds(1), [&] { fired = true; });
  (*map)->Loop();
  return fired ? 0 : 2;
}
