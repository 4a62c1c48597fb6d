#ifndef TESTS_CHAT_ORIGINALS_TEST_SUPPORT_H_
#define TESTS_CHAT_ORIGINALS_TEST_SUPPORT_H_

// People of the originals 0, 1 and 2, as originals_test.cc and originals_bugs_test.cc have them.

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/chat/chat_world.h"

namespace parley::chat {

// Somebody whose server answers in bytes that need not be lines.
class OriginalsTest : public ChatTest {
 protected:
  // Connects to the listener of this profile and room and reads the greeting.
  static Person Connect(ChatWorld& world, absl::string_view profile, absl::string_view greeting,
                        absl::string_view room = "") {
    Person person = world.ConnectTo(profile, room);
    person.HearsRawBytes();
    EXPECT_EQ(person.HearsUntil(greeting), greeting);
    return person;
  }
};

class ClassicTest : public OriginalsTest {
 protected:
  static Person Connect(ChatWorld& world) {
    return OriginalsTest::Connect(world, "classic", "Connect Success");
  }
  static Person Arrive(ChatWorld& world, absl::string_view name) {
    Person person = Connect(world);
    person.Send(absl::StrCat("login ", name, "\n"));
    EXPECT_EQ(person.HearsUntil("Login Success"), "Login Success");
    return person;
  }
};

class QqTest : public OriginalsTest {
 protected:
  static Person Connect(ChatWorld& world) {
    return OriginalsTest::Connect(world, "qq", "welcome to QQ \n");
  }
  static Person Arrive(ChatWorld& world, absl::string_view name) {
    Person person = Connect(world);
    person.Send(absl::StrCat("login ", name, "\n"));
    const std::string entered = absl::StrCat(name, " has enter in the room \n");
    EXPECT_EQ(person.HearsUntil(entered), entered);
    return person;
  }
};

class RelayTest : public OriginalsTest {
 protected:
  static Person Connect(ChatWorld& world) {
    return OriginalsTest::Connect(world, "relay", "Welcome to ChatRoom \r\n");
  }
};

}  // namespace parley::chat

#endif  // TESTS_CHAT_ORIGINALS_TEST_SUPPORT_H_
