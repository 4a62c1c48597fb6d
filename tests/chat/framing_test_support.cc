#include "tests/chat/framing_test_support.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace parley::chat {
namespace {

// Splits into three grow with the square of the stream.
constexpr size_t kShortStream = 40;

}  // namespace

bool EventSink::GoOn() {
  EXPECT_FALSE(stopped) << "a message after the sink said stop";
  stopped = stops();
  return !stopped;
}

bool EventSink::OnMessage(absl::string_view message) {
  events.push_back(absl::StrCat("[", message, "]"));
  return GoOn();
}

bool EventSink::OnTooLong(absl::string_view beginning) {
  events.push_back(absl::StrCat("[", beginning, "]!"));
  return GoOn();
}

void EventSink::OnInterrupt() {
  EXPECT_FALSE(stopped);
  events.push_back("interrupt");
}

void EventSink::OnAnswer(absl::string_view bytes) {
  EXPECT_FALSE(stopped);
  events.push_back(absl::StrCat("answer ", bytes));
}

void EventSink::OnLearned(const Capability& capability) {
  EXPECT_FALSE(stopped);
  events.push_back(absl::StrCat("learned ", static_cast<int>(std::get<LengthPrefix>(capability))));
}

void Conversation::Feed(absl::string_view bytes) {
  do {
    if (over_) return;
    sink_.stopped = false;
    const absl::StatusOr<size_t> done = framing_->Feed(AsBytes(bytes), sink_);
    if (!done.ok()) {
      over_ = true;
      sink_.events.push_back(absl::StrCat("error: ", done.status().message()));
      return;
    }
    ASSERT_TRUE(sink_.stopped || *done == bytes.size()) << "left over, and nobody said stop";
    bytes.remove_prefix(*done);
  } while (!bytes.empty());
}

void Conversation::Finish() {
  sink_.stopped = false;
  if (!over_) framing_->Finish(sink_);
}

void Conversation::HandOver() {
  if (over_) return;
  std::unique_ptr<Framing> successor = make_();
  const absl::Status restored = successor->Restore(framing_->Save());
  ASSERT_TRUE(restored.ok()) << restored;
  ASSERT_EQ(successor->Save(), framing_->Save());
  framing_ = std::move(successor);
}

Events ComeAtRandom(const MakeFraming& make, absl::string_view stream, Random& random) {
  Conversation conversation(make);
  const uint64_t stops = random.Percent(50) ? 0 : random.Below(100);
  const uint64_t hand_overs = random.Percent(50) ? 0 : random.Below(100);
  const size_t longest = random.Percent(50) ? 3 : 20;
  conversation.sink().stops = [&] { return random.Percent(stops); };
  while (!stream.empty()) {
    const size_t size = std::min<size_t>(random.Between(1, longest), stream.size());
    conversation.Feed(stream.substr(0, size));
    stream.remove_prefix(size);
    if (random.Percent(hand_overs)) conversation.HandOver();
  }
  conversation.Finish();
  return conversation.events();
}

void ExpectEveryWay(const MakeFraming& make, absl::string_view stream, const Events& expected,
                    uint64_t random_ways) {
  const std::string shown = absl::CHexEscape(stream);
  const auto expect = [&](const char* way, auto come) {
    if (testing::Test::HasFatalFailure()) return;
    Conversation conversation(make);
    come(conversation);
    conversation.Finish();
    ASSERT_EQ(conversation.events(), expected) << way << " of " << shown;
  };
  const auto byte_by_byte = [&](Conversation& conversation, auto after_each) {
    for (const char& byte : stream) {
      conversation.Feed(absl::string_view(&byte, 1));
      after_each();
    }
  };
  const auto nothing = [] {};

  expect("whole", [&](Conversation& c) { c.Feed(stream); });
  expect("byte by byte", [&](Conversation& c) { byte_by_byte(c, nothing); });
  expect("whole, stopping", [&](Conversation& c) {
    c.sink().stops = [] { return true; };
    c.Feed(stream);
  });
  expect("byte by byte, stopping", [&](Conversation& c) {
    c.sink().stops = [] { return true; };
    byte_by_byte(c, nothing);
  });
  expect("byte by byte, handed over after each",
         [&](Conversation& c) { byte_by_byte(c, [&] { c.HandOver(); }); });
  for (size_t first = 0; first <= stream.size(); ++first) {
    expect("split, and handed over there", [&](Conversation& c) {
      c.Feed(stream.substr(0, first));
      c.HandOver();
      c.Feed(stream.substr(first));
    });
    const size_t last_second = stream.size() <= kShortStream ? stream.size() : first;
    for (size_t second = first; second <= last_second; ++second) {
      expect("split", [&](Conversation& c) {
        c.Feed(stream.substr(0, first));
        c.Feed(stream.substr(first, second - first));
        c.Feed(stream.substr(second));
      });
    }
  }
  if (testing::Test::HasFatalFailure()) return;
  for (uint64_t seed = 0; seed < random_ways; ++seed) {
    Random random(seed);
    ASSERT_EQ(ComeAtRandom(make, stream, random), expected) << "seed " << seed << " of " << shown;
  }
}

void ExpectDamageIsRefused(const MakeFraming& make, absl::string_view fed) {
  Conversation conversation(make);
  conversation.Feed(fed);
  const std::string saved = conversation.framing().Save();
  const auto expect_refused = [&](absl::string_view damaged) {
    const std::unique_ptr<Framing> successor = make();
    const std::string before = successor->Save();
    const absl::Status restored = successor->Restore(damaged);
    ASSERT_FALSE(restored.ok()) << absl::CHexEscape(damaged);
    EXPECT_TRUE(absl::StartsWith(restored.message(), "the saved state of '")) << restored;
    EXPECT_EQ(successor->Save(), before);
  };
  for (size_t at = 0; at < saved.size(); ++at) {
    for (const int flipped : {1, 0x80, 0xff}) {
      std::string damaged = saved;
      damaged[at] = static_cast<char>(damaged[at] ^ flipped);
      expect_refused(damaged);
    }
    expect_refused(saved.substr(0, at));
  }
  expect_refused(saved + "x");
}

void ExpectEndlessMessageCosts(const MakeFraming& make, absl::string_view beginning, size_t bytes) {
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{1000}, size_t{64} * 1024}) {
    Conversation conversation(make);
    conversation.Feed(beginning);
    const std::string text(piece, 'x');
    for (size_t fed = 0, checked = 0; fed < size_t{1} << 20; fed += piece) {
      conversation.Feed(text);
      if (fed < checked) continue;
      checked += 10'000;
      ASSERT_LE(conversation.framing().Save().size(), bytes);
    }
    EXPECT_EQ(std::count_if(conversation.events().begin(), conversation.events().end(),
                            [](const std::string& event) { return event.ends_with("]!"); }),
              1);
  }
}

}  // namespace parley::chat
