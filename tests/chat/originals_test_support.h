#ifndef TESTS_CHAT_ORIGINALS_TEST_SUPPORT_H_
#define TESTS_CHAT_ORIGINALS_TEST_SUPPORT_H_

// People of the originals 0, 1 and 2, as originals_test.cc and originals_bugs_test.cc have them.

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/chat/chat_world.h"

namespace parley::chat {

// People whose server answers in bytes that need not be lines.
class OriginalsTest : public ChatTest {
 protected:
  // Connects to the listener of this profile and room and reads the greeting.
  static Person Connect(ChatWorld& world, absl::string_view profile, absl::string_view room = "") {
    Person person = world.ConnectTo(profile, room);
    person.HearsRawBytes();
    ExpectToHear(person, profile == "classic" ? "Connect Success"
                         : profile == "qq"    ? "welcome to QQ \n"
                                              : "Welcome to ChatRoom \r\n");
    return person;
  }
  // Somebody of `classic` or `qq` who has logged in and read the welcome.
  static Person Arrive(ChatWorld& world, absl::string_view profile, absl::string_view name) {
    Person person = Connect(world, profile);
    person.Send(absl::StrCat("login ", name, "\n"));
    ExpectToHear(person, profile == "classic" ? "Login Success"
                                              : absl::StrCat(name, " has enter in the room \n"));
    return person;
  }

 private:
  static void ExpectToHear(Person& person, const std::string& text) {
    EXPECT_EQ(person.HearsUntil(text), text);
  }
};

class ClassicTest : public OriginalsTest {
 protected:
  static Person Connect(ChatWorld& world) { return OriginalsTest::Connect(world, "classic"); }
  static Person Arrive(ChatWorld& world, absl::string_view name) {
    return OriginalsTest::Arrive(world, "classic", name);
  }
};

class QqTest : public OriginalsTest {
 protected:
  static Person Connect(ChatWorld& world) { return OriginalsTest::Connect(world, "qq"); }
  static Person Arrive(ChatWorld& world, absl::string_view name) {
    return OriginalsTest::Arrive(world, "qq", name);
  }
};

class RelayTest : public OriginalsTest {
 protected:
  static Person Connect(ChatWorld& world) { return OriginalsTest::Connect(world, "relay"); }
};

}  // namespace parley::chat

#endif  // TESTS_CHAT_ORIGINALS_TEST_SUPPORT_H_
