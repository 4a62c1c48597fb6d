#include "chat/profiles/pickle/string_pickle.h"

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "chat/text/utf8.h"

namespace parley::chat {
namespace {

// Opcodes.
constexpr char kProto = '\x80';
constexpr char kFrame = '\x95';
constexpr char kString = 'S';
constexpr char kBinString = 'T';
constexpr char kShortBinString = 'U';
constexpr char kUnicode = 'V';
constexpr char kBinUnicode = 'X';
constexpr char kShortBinUnicode = '\x8c';
constexpr char kBinUnicode8 = '\x8d';
constexpr char kPut = 'p';
constexpr char kBinPut = 'q';
constexpr char kLongBinPut = 'r';
constexpr char kMemoize = '\x94';
constexpr char kStop = '.';

constexpr uint64_t kNewestProtocol = 5;

absl::Status Wrong(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("The pickle ", what, "."));
}

// What is left of a pickle. Taking more than there is gives nothing.
class Reader {
 public:
  explicit Reader(absl::string_view rest) : rest_(rest) {}

  bool empty() const { return rest_.empty(); }
  absl::string_view rest() const { return rest_; }

  std::optional<char> Byte() {
    if (rest_.empty()) return std::nullopt;
    const char byte = rest_[0];
    rest_.remove_prefix(1);
    return byte;
  }
  std::optional<absl::string_view> Bytes(uint64_t count) {
    if (count > rest_.size()) return std::nullopt;
    const absl::string_view bytes = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return bytes;
  }
  // Least significant byte first.
  std::optional<uint64_t> Number(size_t size) {
    const std::optional<absl::string_view> bytes = Bytes(size);
    if (!bytes) return std::nullopt;
    uint64_t number = 0;
    for (size_t place = size; place-- > 0;) {
      number = number << 8 | static_cast<unsigned char>((*bytes)[place]);
    }
    return number;
  }
  std::optional<absl::string_view> Counted(size_t size_of_count) {
    const std::optional<uint64_t> count = Number(size_of_count);
    return count ? Bytes(*count) : std::nullopt;
  }
  // Up to an LF, which is dropped.
  std::optional<absl::string_view> Line() {
    const size_t end = rest_.find('\n');
    if (end == absl::string_view::npos) return std::nullopt;
    const absl::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return line;
  }

 private:
  absl::string_view rest_;
};

// A number of at most `most` digits in the front of `text`, in base 8 or 16; they are dropped.
std::optional<uint32_t> TakeDigits(absl::string_view& text, size_t least, size_t most,
                                   uint32_t base) {
  uint32_t number = 0;
  size_t digits = 0;
  for (; digits < most && digits < text.size(); ++digits) {
    const auto byte = static_cast<unsigned char>(text[digits]);
    if (!absl::ascii_isxdigit(byte)) break;
    const uint32_t digit = absl::ascii_isdigit(byte)
                               ? byte - uint32_t{'0'}
                               : static_cast<unsigned char>(absl::ascii_tolower(byte)) - 'a' + 10U;
    if (digit >= base) break;
    number = number * base + digit;
  }
  if (digits < least) return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

// What stands for one byte behind a backslash; nothing where it stands for itself.
std::optional<char> SimpleEscape(char letter) {
  constexpr absl::string_view kLetters = "abfnrtv";
  constexpr absl::string_view kMeanings = "\a\b\f\n\r\t\v";
  const size_t place = kLetters.find(letter);
  if (place == absl::string_view::npos) return std::nullopt;
  return kMeanings[place];
}

// The inside of a string literal of Python 2.
std::optional<std::string> UnescapeLiteral(absl::string_view inside, char quote) {
  std::string text;
  while (!inside.empty()) {
    const char byte = inside[0];
    inside.remove_prefix(1);
    if (byte == quote) return std::nullopt;
    if (byte != '\\') {
      text.push_back(byte);
      continue;
    }
    if (inside.empty()) return std::nullopt;
    const char letter = inside[0];
    if (letter >= '0' && letter <= '7') {
      text.push_back(static_cast<char>(*TakeDigits(inside, 1, 3, 8)));
      continue;
    }
    inside.remove_prefix(1);
    if (letter == 'x') {
      const std::optional<uint32_t> number = TakeDigits(inside, 2, 2, 16);
      if (!number) return std::nullopt;
      text.push_back(static_cast<char>(*number));
    } else if (letter == '\\' || letter == '\'' || letter == '"') {
      text.push_back(letter);
    } else if (const std::optional<char> meaning = SimpleEscape(letter)) {
      text.push_back(*meaning);
    } else {
      text.push_back('\\');
      text.push_back(letter);
    }
  }
  return text;
}

std::optional<std::string> ParseLiteral(absl::string_view line) {
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
  if (line.size() < 2 || (line[0] != '\'' && line[0] != '"') || line.back() != line[0]) {
    return std::nullopt;
  }
  return UnescapeLiteral(line.substr(1, line.size() - 2), line[0]);
}

constexpr bool IsHighSurrogate(uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
constexpr bool IsLowSurrogate(uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

// "raw-unicode-escape": bytes are Latin-1, \uXXXX and \UXXXXXXXX are code points, and a backslash
// before anything else is one. A Python with narrow characters writes a pair of surrogates.
std::optional<std::string> ParseRawUnicode(absl::string_view line) {
  std::string text;
  uint32_t high = 0;
  while (!line.empty()) {
    uint32_t unit = static_cast<unsigned char>(line[0]);
    line.remove_prefix(1);
    if (unit == '\\' && !line.empty() && (line[0] == 'u' || line[0] == 'U')) {
      const size_t digits = line[0] == 'u' ? 4 : 8;
      line.remove_prefix(1);
      const std::optional<uint32_t> number = TakeDigits(line, digits, digits, 16);
      if (!number) return std::nullopt;
      unit = *number;
    }
    if (high != 0 && IsLowSurrogate(unit)) {
      unit = 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00);
    } else if (high != 0) {
      AppendUtf8(kReplacementCharacter, &text);
    }
    high = IsHighSurrogate(unit) ? unit : 0;
    if (high == 0) AppendUtf8(unit, &text);
  }
  if (high != 0) AppendUtf8(kReplacementCharacter, &text);
  return text;
}

std::optional<std::string> Copied(std::optional<absl::string_view> bytes) {
  if (!bytes) return std::nullopt;
  return std::string(*bytes);
}

absl::StatusOr<PickledString> ParseString(char opcode, Reader& reader) {
  PickledString string;
  std::optional<std::string> text;
  switch (opcode) {
    case kString:
      if (const auto line = reader.Line()) text = ParseLiteral(*line);
      break;
    case kBinString:
      text = Copied(reader.Counted(4));
      break;
    case kShortBinString:
      text = Copied(reader.Counted(1));
      break;
    case kUnicode:
      string.unicode = true;
      if (const auto line = reader.Line()) text = ParseRawUnicode(*line);
      break;
    case kBinUnicode:
      string.unicode = true;
      text = Copied(reader.Counted(4));
      break;
    case kShortBinUnicode:
      string.unicode = true;
      text = Copied(reader.Counted(1));
      break;
    case kBinUnicode8:
      string.unicode = true;
      text = Copied(reader.Counted(8));
      break;
    default:
      return Wrong("is not one of a string");
  }
  if (!text) return Wrong("has a string that is cut off or badly escaped");
  string.text = *std::move(text);
  return string;
}

// What may stand in front of the string.
absl::Status SkipHeader(Reader& reader) {
  if (!reader.empty() && reader.rest()[0] == kProto) {
    reader.Byte();
    const std::optional<uint64_t> protocol = reader.Number(1);
    if (!protocol || *protocol > kNewestProtocol) return Wrong("has an unknown protocol");
  }
  if (!reader.empty() && reader.rest()[0] == kFrame) {
    reader.Byte();
    const std::optional<uint64_t> size = reader.Number(8);
    if (!size || *size != reader.rest().size()) return Wrong("has a frame of a wrong size");
  }
  return absl::OkStatus();
}

// What may stand behind it: where to remember the string, which nobody asks for, and the end.
absl::Status SkipToEnd(Reader& reader) {
  while (const std::optional<char> opcode = reader.Byte()) {
    bool complete = true;
    switch (*opcode) {
      case kPut:
        complete = reader.Line().has_value();
        break;
      case kBinPut:
        complete = reader.Bytes(1).has_value();
        break;
      case kLongBinPut:
        complete = reader.Bytes(4).has_value();
        break;
      case kMemoize:
        break;
      case kStop:
        return reader.empty() ? absl::OkStatus() : Wrong("has something behind its end");
      default:
        return Wrong("has more than a string");
    }
    if (!complete) break;
  }
  return Wrong("is cut off");
}

void AppendEscapedBytes(absl::string_view text, char quote, std::string& out) {
  for (const char byte : text) {
    if (byte == '\\' || byte == quote) {
      out.push_back('\\');
      out.push_back(byte);
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\r') {
      out += "\\r";
    } else if (byte == '\t') {
      out += "\\t";
    } else if (const auto value = static_cast<unsigned char>(byte); value < 0x20 || value >= 0x7f) {
      absl::StrAppendFormat(&out, "\\x%02x", value);
    } else {
      out.push_back(byte);
    }
  }
}

void AppendRawUnicode(absl::string_view text, std::string& out) {
  for (const Decoded& decoded : CodePoints(text)) {
    const char32_t point = decoded.code_point;
    if (point > 0xffff) {
      absl::StrAppendFormat(&out, "\\U%08x", static_cast<uint32_t>(point));
    } else if (point > 0xff || point == '\\' || point < ' ') {
      absl::StrAppendFormat(&out, "\\u%04x", static_cast<uint32_t>(point));
    } else {
      out.push_back(static_cast<char>(point));
    }
  }
}

}  // namespace

absl::StatusOr<PickledString> ParsePickledString(absl::string_view pickle) {
  Reader reader(pickle);
  if (absl::Status header = SkipHeader(reader); !header.ok()) return header;
  const std::optional<char> opcode = reader.Byte();
  if (!opcode) return Wrong("is cut off");
  absl::StatusOr<PickledString> string = ParseString(*opcode, reader);
  if (!string.ok()) return string;
  if (absl::Status end = SkipToEnd(reader); !end.ok()) return end;
  return string;
}

void AppendPickledString(absl::string_view text, bool unicode, std::string& out) {
  if (unicode) {
    out.push_back(kUnicode);
    AppendRawUnicode(text, out);
  } else {
    const bool has_single = text.find('\'') != absl::string_view::npos;
    const char quote = has_single && text.find('"') == absl::string_view::npos ? '"' : '\'';
    out.push_back(kString);
    out.push_back(quote);
    AppendEscapedBytes(text, quote, out);
    out.push_back(quote);
  }
  out += "\np1\n.";
}

}  // namespace parley::chat
