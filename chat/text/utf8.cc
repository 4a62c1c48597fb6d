#include "chat/text/utf8.h"

#include <utf8proc.h>

namespace parley::chat {
namespace {

constexpr int kTabColumns = 8;

int ColumnsOf(char32_t code_point) {
  if (code_point == '\t') return kTabColumns;
  return utf8proc_charwidth(static_cast<utf8proc_int32_t>(code_point));
}

}  // namespace

// Table 3-7 of The Unicode Standard: only the second byte's range depends on the first byte.
Decoded DecodeFirst(absl::string_view text) {
  if (text.empty()) return {};
  const auto lead = static_cast<uint8_t>(text[0]);
  if (lead < 0x80) return {lead, 1, Utf8::kValid};

  size_t size = 0;
  char32_t code_point = 0;
  uint8_t lowest = 0x80;
  uint8_t highest = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    size = 2;
    code_point = lead & 0x1FU;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    size = 3;
    code_point = lead & 0x0FU;
    if (lead == 0xE0) lowest = 0xA0;
    if (lead == 0xED) highest = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    size = 4;
    code_point = lead & 0x07U;
    if (lead == 0xF0) lowest = 0x90;
    if (lead == 0xF4) highest = 0x8F;
  } else {
    return {kReplacementCharacter, 1, Utf8::kInvalid};
  }

  for (size_t i = 1; i < size; ++i) {
    if (i == text.size()) return {kReplacementCharacter, i, Utf8::kIncomplete};
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte < lowest || byte > highest) return {kReplacementCharacter, i, Utf8::kInvalid};
    code_point = code_point << 6 | (byte & 0x3FU);
    lowest = 0x80;
    highest = 0xBF;
  }
  return {code_point, size, Utf8::kValid};
}

Utf8 Validate(absl::string_view text) {
  for (const Decoded& decoded : CodePoints(text)) {
    if (decoded.verdict != Utf8::kValid) return decoded.verdict;
  }
  return Utf8::kValid;
}

void AppendUtf8(char32_t code_point, std::string* text) {
  const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point > 0x10FFFF || is_surrogate) code_point = kReplacementCharacter;
  utf8proc_uint8_t bytes[4];
  const utf8proc_ssize_t size =
      utf8proc_encode_char(static_cast<utf8proc_int32_t>(code_point), bytes);
  text->append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
}

CharacterKind KindOf(char32_t code_point) {
  const utf8proc_propval_t category =
      utf8proc_get_property(static_cast<utf8proc_int32_t>(code_point))->category;
  if (category >= UTF8PROC_CATEGORY_MN && category <= UTF8PROC_CATEGORY_ME) {
    return CharacterKind::kMark;
  }
  return category == UTF8PROC_CATEGORY_ZS ? CharacterKind::kSpace : CharacterKind::kOther;
}

int DisplayWidth(absl::string_view text) {
  int columns = 0;
  for (const Decoded& decoded : CodePoints(text)) columns += ColumnsOf(decoded.code_point);
  return columns;
}

absl::string_view FirstGrapheme(absl::string_view text) {
  Decoded previous = DecodeFirst(text);
  size_t end = previous.size;
  utf8proc_int32_t state = 0;
  while (end < text.size()) {
    const Decoded next = DecodeFirst(text.substr(end));
    if (utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(previous.code_point),
                                         static_cast<utf8proc_int32_t>(next.code_point), &state)) {
      break;
    }
    end += next.size;
    previous = next;
  }
  return text.substr(0, end);
}

absl::string_view TruncateToColumns(absl::string_view text, int columns) {
  size_t end = 0;
  while (end < text.size()) {
    const absl::string_view grapheme = FirstGrapheme(text.substr(end));
    columns -= DisplayWidth(grapheme);
    if (columns < 0) break;
    end += grapheme.size();
  }
  return text.substr(0, end);
}

absl::string_view TruncateToBytes(absl::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text;
  // One whole code point past the limit decides whether a cluster goes on there; looking no further
  // keeps a cluster of a million marks cheap.
  const absl::string_view window = text.substr(0, bytes + 4);
  size_t end = 0;
  while (end < window.size()) {
    const absl::string_view grapheme = FirstGrapheme(window.substr(end));
    if (grapheme.size() > bytes - end) break;
    end += grapheme.size();
  }
  return text.substr(0, end);
}

}  // namespace parley::chat
