#include <cstdint>

#include "absl/strings/str_cat.h"
#include "bench/protocols/all.h"

namespace parley::bench {
namespace {

// First bytes of packets, with the flags that the standard asks for (section 2.2).
enum Packet : uint8_t {
  kConnect = 0x10,
  kConnectAnswer = 0x20,
  kPublish = 0x30,
  kSubscribe = 0x82,
  kSubscribeAnswer = 0x90,
};

void AppendNumber(size_t number, std::string* out) {
  out->push_back(static_cast<char>(number >> 8 & 0xff));
  out->push_back(static_cast<char>(number & 0xff));
}

void AppendString(absl::string_view text, std::string* out) {
  AppendNumber(text.size(), out);
  out->append(text.data(), text.size());
}

// The length of the rest in groups of seven bits, lowest first (section 2.2.3).
void AppendPacket(Packet packet, absl::string_view rest, std::string* out) {
  out->push_back(static_cast<char>(packet));
  size_t left = rest.size();
  do {
    const size_t group = left & 0x7f;
    left >>= 7;
    out->push_back(static_cast<char>(left > 0 ? group | 0x80 : group));
  } while (left > 0);
  out->append(rest.data(), rest.size());
}

void AppendPublishTo(absl::string_view topic, absl::string_view text, std::string* out) {
  std::string rest;
  AppendString(topic, &rest);
  rest.append(text.data(), text.size());
  AppendPacket(kPublish, rest, out);
}

class MqttProtocol : public Protocol {
 public:
  bool publisher_listens() const override { return false; }
  bool can_tell() const override { return true; }
  size_t tail_size() const override { return 0; }

  // A clean session without keep-alive; a listener then subscribes with quality of service 0.
  void AppendHello(const Identity& who, std::string* out) const override {
    constexpr char kLevel = 4;
    constexpr char kCleanSession = 2;
    constexpr char kAtMostOnce = 0;
    std::string connect;
    AppendString("MQTT", &connect);
    connect.push_back(kLevel);
    connect.push_back(kCleanSession);
    AppendNumber(0, &connect);
    AppendString(who.name, &connect);
    AppendPacket(kConnect, connect, out);
    if (!who.listens) return;
    std::string subscribe;
    AppendNumber(1, &subscribe);
    AppendString(RoomName(who.room), &subscribe);
    subscribe.push_back(kAtMostOnce);
    if (who.hears_tells) {
      AppendString(who.name, &subscribe);
      subscribe.push_back(kAtMostOnce);
    }
    AppendPacket(kSubscribe, subscribe, out);
  }

  Admission OnFrame(absl::string_view frame, const Identity& who, Admission now,
                    std::string* /*out*/) const override {
    const auto packet = static_cast<uint8_t>(frame[0]);
    if (packet == kConnectAnswer) {
      if (frame.size() != 4 || frame[3] != 0) return Admission::kRefused;
      return who.listens ? now : Admission::kReady;
    }
    return packet == kSubscribeAnswer ? Admission::kReady : now;
  }

  void AppendPublish(const Identity& who, absl::string_view text, std::string* out) const override {
    AppendPublishTo(RoomName(who.room), text, out);
  }

  void AppendTell(const Identity& to, absl::string_view text, std::string* out) const override {
    AppendPublishTo(to.name, text, out);
  }

  size_t FrameSize(absl::string_view bytes) const override {
    size_t rest = 0;
    for (size_t i = 1; i < bytes.size(); ++i) {
      if (i > 4) return kMalformed;
      const auto group = static_cast<uint8_t>(bytes[i]);
      rest |= size_t{group & 0x7fU} << (7 * (i - 1));
      if ((group & 0x80) != 0) continue;
      const size_t whole = i + 1 + rest;
      return bytes.size() < whole ? kUnfinished : whole;
    }
    return kUnfinished;
  }
};

}  // namespace

std::unique_ptr<Protocol> MakeMqttProtocol() { return std::make_unique<MqttProtocol>(); }

}  // namespace parley::bench
