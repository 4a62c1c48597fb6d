#ifndef CHAT_TRANSPORT_LENGTH_PREFIX_FRAMING_H_
#define CHAT_TRANSPORT_LENGTH_PREFIX_FRAMING_H_

// Frames with their length in front, as original 4 has them: the client writes the native
// `unsigned long` of htonl(length), which is different bytes on different machines.
//
//   4 bytes, big-endian                 32-bit machines, and Windows
//   4 bytes, big-endian, 4 zero bytes   64-bit machines that are little-endian (x86-64)
//   8 bytes, big-endian                 64-bit machines that are big-endian
//
// The first frame tells which, and the sink is told (LengthPrefix), before the first message: its
// first 4 bytes are zero only in the third; of the other two, the fifth byte is zero only in the
// second, because it is the first of the payload in the first, and no pickle begins with a zero
// byte. All further frames have the same prefix.
//
// A length of 0 is an error, and so is one over 2^28 - 1, and a prefix whose zero bytes are not
// zero. The first bytes of HTTP, TLS and SSH mean more than that, and so does what becomes of -1. A
// frame over the limit is reported as too long when as many of its bytes as the limit have come;
// the rest is counted and dropped. Memory is taken for bytes that have come, never for a length
// that was announced.
//
// At the end of the stream an unfinished frame is dropped. 64 bytes; a ring from a pool while a
// frame is unfinished.

#include "chat/transport/framing.h"
#include "reactor/base/ring_buffer.h"
#include "reactor/base/terminator_parser.h"

namespace parley::chat {

class LengthPrefixFraming final : public Framing {
 public:
  // 1 <= max_message_bytes <= kLargestLength.
  explicit LengthPrefixFraming(size_t max_message_bytes);
  static constexpr uint64_t kLargestLength = (uint64_t{1} << 28) - 1;

  absl::StatusOr<size_t> Feed(ByteSpan bytes, MessageSink& sink) override;
  void Finish(MessageSink& sink) override;
  std::string Save() const override;
  absl::Status Restore(absl::string_view saved) override;

 private:
  // What the bytes are that the parser counts now.
  enum class Part : uint8_t {
    kFirst4,       // of the stream
    kFirst4Lower,  // behind 4 zero bytes: the lower half of a length of 8 bytes
    kFifth,        // of the stream: a zero byte of the prefix, or the first of the payload
    kZeros3,       // that follow when the fifth was zero
    kPrefix,       // of a frame behind the first
    kPayload,      // what of it fits into the limit
    kRest,         // of a payload that was too long: dropped
  };

  // What Take makes of a part that is complete: whether to go on, or what is wrong.
  absl::StatusOr<bool> Take(absl::string_view part, MessageSink& sink);
  absl::StatusOr<bool> TakeFifth(absl::string_view byte, MessageSink& sink);
  absl::Status TakePrefix(absl::string_view prefix);
  bool TakePayload(absl::string_view payload, MessageSink& sink);
  absl::Status SetLength(uint64_t length);
  void Learn(LengthPrefix prefix, MessageSink& sink);
  void Await(Part part, uint64_t bytes);
  void AwaitPrefix();
  void AwaitPayload();
  static bool IsPossible(Part part, LengthPrefix prefix, uint64_t come, uint64_t remaining,
                         uint64_t length);

  TerminatorParser parser_;
  RingBuffer unfinished_;  // of the part, as far as it has come
  uint32_t max_message_bytes_;
  uint32_t length_ = 0;  // of the frame
  Part part_ = Part::kFirst4;
  LengthPrefix prefix_ = LengthPrefix::kBigEndian4;  // once the first prefix is complete
};

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_LENGTH_PREFIX_FRAMING_H_
