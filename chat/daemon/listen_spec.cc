#include "chat/daemon/listen_spec.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "chat/profiles/all.h"
#include "chat/profiles/friendly/phrases.h"
#include "chat/text/names.h"

namespace parley::chat {
namespace {

absl::string_view NameOf(LagPolicy policy) {
  return policy == LagPolicy::kSkip ? "skip" : "disconnect";
}

std::string ProfileNames() {
  std::vector<absl::string_view> names;
  for (const Profile* profile : AllProfiles()) names.push_back(profile->name);
  return absl::StrJoin(names, ", ");
}

// What stands behind a plus: +skip, +disconnect, +room=NAME.
absl::Status ParseOption(absl::string_view option, ListenSpec& spec) {
  absl::string_view room = option;
  if (absl::ConsumePrefix(&room, "room=")) {
    if (!spec.room.empty()) return absl::InvalidArgumentError("--listen: +room= is there twice");
    CheckedName checked = CheckName(room);
    if (!checked.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--listen: ", NameSentence("room name", room, checked.problem)));
    }
    spec.room = std::move(checked.name);
    return absl::OkStatus();
  }
  absl::StatusOr<LagPolicy> policy = ParseLagPolicy(option);
  if (!policy.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--listen: ", policy.status().message(), "; or say +room=NAME"));
  }
  if (spec.lag_policy.has_value()) {
    return absl::InvalidArgumentError("--listen: there are two lag policies");
  }
  spec.lag_policy = *policy;
  return absl::OkStatus();
}

absl::StatusOr<ListenSpec> ParseOne(absl::string_view text) {
  const size_t at = text.find('@');
  if (at == absl::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("--listen: \"", text, "\" is not PROFILE@HOST:PORT or PROFILE@unix:PATH"));
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(text.substr(0, at), '+');
  ListenSpec spec;
  spec.profile = FindProfile(parts.front());
  if (spec.profile == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--listen: there is no profile \"", parts.front(), "\"; there are ", ProfileNames()));
  }
  for (size_t part = 1; part < parts.size(); ++part) {
    if (absl::Status parsed = ParseOption(parts[part], spec); !parsed.ok()) return parsed;
  }
  absl::StatusOr<SocketAddress> address = SocketAddress::Parse(text.substr(at + 1));
  if (!address.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--listen: ", address.status().message()));
  }
  spec.address = *address;
  return spec;
}

}  // namespace

std::string ListenSpec::ToString() const {
  const std::string policy =
      lag_policy.has_value() ? absl::StrCat("+", NameOf(*lag_policy)) : std::string();
  const std::string begins = room.empty() ? "" : absl::StrCat("+room=", room);
  return absl::StrCat(profile->name, policy, begins, "@", address.ToString());
}

absl::StatusOr<LagPolicy> ParseLagPolicy(absl::string_view text) {
  for (const LagPolicy policy : {LagPolicy::kSkip, LagPolicy::kDisconnect}) {
    if (text == NameOf(policy)) return policy;
  }
  return absl::InvalidArgumentError(absl::StrCat("there is no lag policy \"", text,
                                                 "\"; there are ", NameOf(LagPolicy::kSkip),
                                                 " and ", NameOf(LagPolicy::kDisconnect)));
}

absl::StatusOr<std::vector<ListenSpec>> ParseListenSpecs(absl::string_view text) {
  std::vector<ListenSpec> specs;
  for (absl::string_view entry : absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    absl::StatusOr<ListenSpec> spec = ParseOne(entry);
    if (!spec.ok()) return spec.status();
    for (const ListenSpec& before : specs) {
      if (!before.address.Overlaps(spec->address)) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("--listen: ", before.address.ToString(), " and ", spec->address.ToString(),
                       " overlap: one socket cannot have what another has"));
    }
    specs.push_back(*std::move(spec));
  }
  if (specs.empty()) {
    return absl::InvalidArgumentError("--listen is empty: there would be nothing to serve");
  }
  return specs;
}

}  // namespace parley::chat
