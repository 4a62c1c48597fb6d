#ifndef CHAT_DELIVERY_RENDERING_H_
#define CHAT_DELIVERY_RENDERING_H_

// How something looks to somebody: everything that decides which bytes an event becomes. Whoever
// has the same rendering reads the same bytes, and so shares a log of the room (delivery.h). What
// belongs to one person alone is no part of it.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "chat/rooms/chat_session.h"
#include "chat/transport/framing.h"
#include "chat/transport/gateway.h"

namespace parley::chat {

enum class Language : uint8_t { kEnglish, kChinese };

struct Rendering {
  const Profile* profile = nullptr;
  Language language = Language::kEnglish;
  uint8_t width_class = 0;  // 0: lines are not wrapped
  bool colour = false;
  int16_t zone_minutes = 0;   // east of UTC, for times that are shown
  uint32_t capabilities = 0;  // bits with a meaning of the profile's
  LengthPrefix length_prefix = LengthPrefix::kBigEndian4Zeros4;  // where messages are frames

  // The same without what is a matter of taste.
  Rendering Base() const {
    return {.profile = profile, .capabilities = capabilities, .length_prefix = length_prefix};
  }

  friend bool operator==(const Rendering&, const Rendering&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Rendering& r) {
    return H::combine(std::move(h), r.profile, r.language, r.width_class, r.colour, r.zone_minutes,
                      r.capabilities, r.length_prefix);
  }
};

// Gives equal renderings one number, so that they are compared and looked up by it. Numbers are not
// used again; there are at most kMost, whatever people set, and what comes beyond has its base:
// what the client can read, and nothing that somebody has set. Thread: the main thread; a rendering
// does not change once it has a number, so what At and NoticeOf give may be read by any.
class RenderingTable {
 public:
  static constexpr size_t kMost = 4096;

  RenderingId Intern(const Rendering& rendering);
  RenderingId BaseOf(RenderingId rendering) { return Intern(At(rendering).Base()); }
  const Rendering& At(RenderingId id) const { return renderings_[id].rendering; }
  // What is read in place of skipped messages; lives as long as the table.
  const SkipNotice& NoticeOf(RenderingId id) const { return renderings_[id]; }
  size_t size() const { return renderings_.size(); }

 private:
  struct Interned final : SkipNotice {
    explicit Interned(const Rendering& interned) : rendering(interned) {}
    std::string Of(uint64_t messages) const override;
    const Rendering rendering;
  };
  std::deque<Interned> renderings_;  // which stay where they are
  absl::flat_hash_map<Rendering, RenderingId> ids_;
};

}  // namespace parley::chat

#endif  // CHAT_DELIVERY_RENDERING_H_
