#ifndef BENCH_PROTOCOL_H_
#define BENCH_PROTOCOL_H_

// Protocol is what the load generator says to one kind of server, so that different servers can be
// given the same work: let a client in, have a publisher say a text in a room, and find the texts
// in what a recipient receives.
//
// All of them are read in the same way (see FrameReader in bench/load/frame_reader.h): the stream
// is a row of frames, and the frame that delivers a text ends with it, but for `tail_size` bytes of
// line end. A Protocol is asked about a frame only when it is not such a delivery.
//
// Stateless but for its settings; one object serves all clients of a process. One thread.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parley::bench {

// Who a client is on the server. Names and rooms are all of one length within a run, so that the
// frames of deliveries are.
struct Identity {
  std::string name;
  int room = 0;
  bool listens = true;       // hears what is said in its room
  bool hears_tells = false;  // has a channel of its own, where the protocol needs one for that
};

// How far a client has come. kRefused ends the run.
enum class Admission { kPending, kReady, kRefused };

class Protocol {
 public:
  static constexpr size_t kUnfinished = 0;
  static constexpr size_t kMalformed = static_cast<size_t>(-1);

  virtual ~Protocol() = default;

  // Whether who speaks in a room must be in it and hears himself; publishers are then the first of
  // the recipients. Otherwise publishers are clients of their own that listen to nothing.
  virtual bool publisher_listens() const = 0;

  // Whether one client can address another.
  virtual bool can_tell() const { return false; }

  // Bytes of a delivery's frame that follow the text.
  virtual size_t tail_size() const = 0;

  // The size of the text, when a delivered line is to have `payload_bytes`. Line protocols count
  // the whole line with the speaker's name and the line end; the others the text alone, and their
  // framing comes on top.
  virtual size_t TextSize(size_t payload_bytes) const { return payload_bytes; }

  // What a client says as soon as it is connected.
  virtual void AppendHello(const Identity& who, std::string* out) const = 0;

  // A frame that brings no text. What must be answered is appended to `out`. `now` is how far the
  // client has come; returns how far it is with this frame.
  virtual Admission OnFrame(absl::string_view frame, const Identity& who, Admission now,
                            std::string* out) const = 0;

  // Says `text` in the speaker's room.
  virtual void AppendPublish(const Identity& who, absl::string_view text,
                             std::string* out) const = 0;

  // Says `text` to one client. Only where can_tell().
  virtual void AppendTell(const Identity& /*to*/, absl::string_view /*text*/,
                          std::string* /*out*/) const {}

  // The size of the first frame in `bytes` with its end, kUnfinished, or kMalformed.
  virtual size_t FrameSize(absl::string_view bytes) const = 0;
};

// How many rooms there are matters to some: a server with a lobby speaks there when there is one.
// Names: lines (the floors), friendly (parleyd), classic (a room on Python's asynchat), redis,
// nats, irc, mqtt.
absl::StatusOr<std::unique_ptr<Protocol>> MakeProtocol(absl::string_view name, int rooms);

}  // namespace parley::bench

#endif  // BENCH_PROTOCOL_H_
