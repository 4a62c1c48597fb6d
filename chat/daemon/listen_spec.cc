#include "chat/daemon/listen_spec.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "chat/profiles/all.h"

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

absl::StatusOr<ListenSpec> ParseOne(absl::string_view text) {
  const size_t at = text.find('@');
  if (at == absl::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("--listen: \"", text, "\" is not PROFILE@HOST:PORT or PROFILE@unix:PATH"));
  }
  absl::string_view profile = text.substr(0, at);
  std::optional<LagPolicy> lag_policy;
  if (const size_t plus = profile.find('+'); plus != absl::string_view::npos) {
    absl::StatusOr<LagPolicy> parsed = ParseLagPolicy(profile.substr(plus + 1));
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("--listen: ", parsed.status().message()));
    }
    lag_policy = *parsed;
    profile = profile.substr(0, plus);
  }
  const std::optional<ProfileId> found = FindProfile(profile);
  if (!found.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat("--listen: there is no profile \"", profile,
                                                   "\"; there are ", ProfileNames()));
  }
  absl::StatusOr<SocketAddress> address = SocketAddress::Parse(text.substr(at + 1));
  if (!address.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--listen: ", address.status().message()));
  }
  return ListenSpec{*found, lag_policy, *address};
}

}  // namespace

std::string ListenSpec::ToString() const {
  const std::string policy =
      lag_policy.has_value() ? absl::StrCat("+", NameOf(*lag_policy)) : std::string();
  return absl::StrCat(AllProfiles()[profile]->name, policy, "@", address.ToString());
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
