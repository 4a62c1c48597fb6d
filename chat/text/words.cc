#include "chat/text/words.h"

#include <algorithm>

namespace parley::chat {

FirstWord SplitFirstWord(absl::string_view text) {
  text = StripBlanks(text);
  const auto* const end = std::find_if(text.begin(), text.end(), IsBlank);
  const auto length = static_cast<size_t>(end - text.begin());
  return {text.substr(0, length), StripBlanks(text.substr(length))};
}

}  // namespace parley::chat
