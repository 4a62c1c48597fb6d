#ifndef TESTS_CHAT_FRAMING_TEST_SUPPORT_H_
#define TESTS_CHAT_FRAMING_TEST_SUPPORT_H_

// What the tests of framings share: events as text, and the ways in which one stream may come. A
// framing must hand over the same events whichever way it is.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "chat/transport/framing.h"
#include "tests/reactor/random.h"

namespace parley::chat {

using Events = std::vector<std::string>;
using MakeFraming = std::function<std::unique_ptr<Framing>()>;

// A literal with the NUL bytes inside it, and without the one that ends it.
template <size_t kSize>
std::string Literal(const char (&text)[kSize]) {
  return std::string(text, kSize - 1);
}

// Writes down what it is told: "[message]", "[beginning]!", "interrupt", "answer ..", "learned N".
class EventSink final : public MessageSink {
 public:
  bool OnMessage(absl::string_view message) override;
  bool OnTooLong(absl::string_view beginning) override;
  void OnInterrupt() override;
  void OnAnswer(absl::string_view bytes) override;
  void OnLearned(const Capability& capability) override;

  // Whether it says stop at the next message. It must then not be told anything until it is asked.
  std::function<bool()> stops = [] { return false; };
  bool stopped = false;
  Events events;

 private:
  bool GoOn();
};

// A conversation: a framing, its sink, and what the caller of the framing has to do.
class Conversation {
 public:
  explicit Conversation(MakeFraming make) : make_(std::move(make)), framing_(make_()) {}

  // Feeds `bytes`, again and again as long as the sink says stop. Does nothing after an error, which
  // is the last event: "error: ..".
  void Feed(absl::string_view bytes);
  void Finish();
  // Goes on with a new framing that was told what this one saved.
  void HandOver();

  Framing& framing() { return *framing_; }
  EventSink& sink() { return sink_; }
  const Events& events() const { return sink_.events; }

 private:
  MakeFraming make_;
  std::unique_ptr<Framing> framing_;
  EventSink sink_;
  bool over_ = false;
};

// Feeds `stream` whole, at every split into three when it is short enough and else into two, byte by
// byte, with a sink that stops at every message, with a hand-over at every byte and at all of them,
// and by `random_ways` of all that mixed. Each must have the events `expected`.
void ExpectEveryWay(const MakeFraming& make, absl::string_view stream, const Events& expected,
                    uint64_t random_ways = 10);

// One random way.
Events ComeAtRandom(const MakeFraming& make, absl::string_view stream, Random& random);

// Expects that what `framing` saves is refused when any one of its bytes is changed, when it is cut
// off anywhere, and when bytes are added, with a sentence and without an effect.
void ExpectDamageIsRefused(const MakeFraming& make, absl::string_view fed);

// Expects no more than `bytes` in what is saved, which holds all that is remembered, while a message
// without an end comes in pieces of various sizes.
void ExpectEndlessMessageCosts(const MakeFraming& make, absl::string_view beginning, size_t bytes);

}  // namespace parley::chat

#endif  // TESTS_CHAT_FRAMING_TEST_SUPPORT_H_
