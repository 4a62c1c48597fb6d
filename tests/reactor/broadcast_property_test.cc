// Outboxes and logs against a model that pushes every line into every recipient's own string.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "reactor/broadcast/broadcast_log.h"
#include "reactor/broadcast/outbox.h"
#include "tests/reactor/random.h"

namespace parley {
namespace {

constexpr size_t kOutboxes = 8;
constexpr size_t kLogs = 3;

class Model {
 public:
  explicit Model(uint64_t seed) : random_(seed), writer_(512, 1024) {
    for (auto& member : members_) member.outbox = std::make_unique<Outbox>();
    for (auto& log : logs_) log = std::make_unique<BroadcastLog>();
    longest_ = random_.Percent(20) ? 700 : 20;
  }

  void Step() {
    const uint64_t what = random_.Below(100);
    Member& member = members_[random_.Index(kOutboxes)];
    const size_t log = random_.Index(kLogs);
    if (what < 35) {
      Say(log);
    } else if (what < 50) {
      Push(member);
    } else if (what < 75) {
      Send(member);
    } else if (what < 85) {
      Join(member, log);
    } else if (what < 88) {
      Leave(member);
    } else if (what < 90) {
      Clear(member);
    } else if (what < 91) {
      DestroyLog(log);
    } else if (what < 97) {
      Sweep(log);
    } else {
      SendEverything();
    }
  }

  void Check() {
    for (const Member& member : members_) {
      ASSERT_EQ(member.outbox->pending_bytes(), member.owed.size());
      ASSERT_EQ(member.outbox->empty(), member.owed.empty());
      std::array<iovec, kSendMost> vectors;
      ASSERT_EQ(member.owed.substr(0, GatheredText(member, vectors).size()),
                GatheredText(member, vectors));
    }
    for (size_t log = 0; log < kLogs; ++log) {
      size_t count = 0;
      for (const Member& member : members_) {
        if (member.log == static_cast<int>(log)) ++count;
      }
      ASSERT_EQ(logs_[log]->members(), count);
      if (count == 0) {
        ASSERT_EQ(logs_[log]->retained_bytes(), 0u);
      }
    }
  }

  // Sends all that is owed: after that, no log may hold anything.
  void SendEverything() {
    for (Member& member : members_) {
      while (!member.owed.empty()) Send(member);
    }
    for (const auto& log : logs_) ASSERT_EQ(log->retained_bytes(), 0u);
  }

 private:
  static constexpr size_t kSendMost = 16;
  struct Member {
    std::unique_ptr<Outbox> outbox;
    std::string owed;
    int log = -1;
    size_t heard =
        0;  // how much of `owed` reaches to the last thing its log said since the last visit
  };

  std::string Line() {
    return absl::StrCat("<", ++lines_, random_.Text(random_.Below(longest_), "abc"), ">");
  }

  void Say(size_t log) {
    const std::string line = random_.Percent(3) ? "" : Line();
    std::array<std::string, kOutboxes> heard;  // by each
    heard.fill(line);
    std::vector<BroadcastLog::Override> overrides;
    for (size_t i = 0; i < kOutboxes; ++i) {
      if (!random_.Percent(10)) continue;
      heard[i] = random_.Percent(50) ? "" : Line();
      overrides.push_back({members_[i].outbox.get(), writer_.Append(AsBytes(heard[i]))});
    }
    if (random_.Percent(50)) {
      const size_t cut = random_.Index(line.size() + 1);
      logs_[log]->Append({AsBytes(line).first(cut), AsBytes(line).subspan(cut)}, overrides);
    } else {
      logs_[log]->Append(writer_.Append(AsBytes(line)), overrides);
    }
    for (size_t i = 0; i < kOutboxes; ++i) {
      Member& member = members_[i];
      if (member.log != static_cast<int>(log)) continue;
      member.owed += heard[i];
      if (!heard[i].empty()) member.heard = member.owed.size();
    }
  }

  void Push(Member& member) {
    const std::string line = Line();
    member.outbox->Push(writer_.Append(AsBytes(line)));
    member.owed += line;
  }

  std::string GatheredText(const Member& member, std::span<iovec> vectors) {
    const Outbox::Gathered gathered = member.outbox->Gather(vectors);
    std::string text;
    for (size_t i = 0; i < gathered.vectors; ++i) {
      EXPECT_GT(vectors[i].iov_len, 0u);
      text.append(static_cast<const char*>(vectors[i].iov_base), vectors[i].iov_len);
    }
    EXPECT_EQ(text.size(), gathered.bytes);
    // The engines rely on it: with room to spare, this is all there is.
    if (gathered.vectors < vectors.size()) {
      EXPECT_EQ(text.size(), member.owed.size());
    }
    return text;
  }

  void Send(Member& member) {
    std::array<iovec, kSendMost> storage;
    const std::span<iovec> vectors(storage.data(), random_.Between(1, kSendMost));
    const std::string text = GatheredText(member, vectors);
    ASSERT_EQ(member.owed.substr(0, text.size()), text);
    const size_t sent = random_.Percent(40) ? text.size() : random_.Index(text.size() + 1);
    member.outbox->Advance(sent);
    member.owed.erase(0, sent);
    member.heard -= std::min(member.heard, sent);
  }

  void Join(Member& member, size_t log) {
    member.outbox->Join(*logs_[log]);
    member.log = static_cast<int>(log);
    member.heard = 0;
  }

  void Leave(Member& member) {
    member.outbox->Leave();
    member.log = -1;
  }

  void Clear(Member& member) {
    if (random_.Percent(30)) {
      member.outbox = std::make_unique<Outbox>();
    } else {
      member.outbox->Clear();
    }
    member.owed.clear();
    member.heard = 0;
    member.log = -1;
  }

  void DestroyLog(size_t log) {
    logs_[log] = std::make_unique<BroadcastLog>();
    for (Member& member : members_) {
      if (member.log == static_cast<int>(log)) member.log = -1;
    }
  }

  void Sweep(size_t log) {
    const bool finished = logs_[log]->Sweep(random_.Between(1, 4), [&](Outbox& outbox) {
      for (Member& member : members_) {
        if (member.outbox.get() == &outbox) member.heard = 0;
      }
    });
    ASSERT_EQ(finished, !logs_[log]->needs_sweep());
    if (!finished) return;
    for (Member& member : members_) {
      if (member.log == static_cast<int>(log)) {
        ASSERT_EQ(member.heard, 0u) << "not visited";
      }
    }
  }

  Random random_;
  SegmentWriter writer_;
  std::array<Member, kOutboxes> members_;
  std::array<std::unique_ptr<BroadcastLog>, kLogs> logs_;
  uint64_t lines_ = 0;
  uint64_t longest_;
};

TEST(BroadcastProperty, EveryStreamIsTheOrderInWhichThingsWereSaid) {
  const uint64_t seeds = NumberFromEnvironment("PARLEY_SEEDS", 3000);
  const uint64_t first = NumberFromEnvironment("PARLEY_SEED", 0);
  const uint64_t last = std::getenv("PARLEY_SEED") == nullptr ? seeds : first + 1;
  for (uint64_t seed = first; seed < last; ++seed) {
    SCOPED_TRACE(absl::StrCat("PARLEY_SEED=", seed));
    Model model(seed);
    for (int step = 0; step < 150; ++step) {
      model.Step();
      model.Check();
      if (HasFailure()) return;
    }
    model.SendEverything();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace parley
