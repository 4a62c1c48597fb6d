#ifndef CHAT_TRANSPORT_SUBNEGOTIATION_FILTER_H_
#define CHAT_TRANSPORT_SUBNEGOTIATION_FILTER_H_

// Takes telnet's subnegotiations (RFC 855: IAC SB OPTION ... IAC SE) out of a client's bytes. No
// option that has any is agreed on, so each is skipped whole, whatever is in it, and nobody has to
// understand it.
//
//   SubnegotiationFilter filter;
//   std::string rest;
//   const std::string error = filter.Take(bytes, rest);   // rest: what was not skipped
//
// Three are errors, because what follows would be lost or would not be text: one of over kMostBytes
// (it may have no end), one with another command inside (RFC 855 has none), and those that begin
// compression (MCCP, options 85 and 86).
//
// A few bytes of state, whatever comes. Thread: one.

#include <cstddef>
#include <cstdint>
#include <string>

#include "reactor/base/bytes.h"

namespace parley::chat {

class SubnegotiationFilter {
 public:
  // Between IAC SB OPTION and IAC SE; a doubled IAC counts once.
  static constexpr size_t kMostBytes = size_t{16} * 1024;

  // Appends to `rest` what of `bytes` is in no subnegotiation; an IAC that ends `bytes` waits for
  // the byte behind it. Returns "", or the sentence about what is wrong: what stands behind that is
  // dropped, and Take is not called again.
  std::string Take(ByteSpan bytes, std::string& rest);

 private:
  enum class State : uint8_t {
    kText,
    kCommand,  // behind IAC
    kOption,   // behind IAC and WILL, WONT, DO or DONT
    kSubnegotiationOption,
    kSubnegotiation,
    kSubnegotiationCommand,  // behind IAC in one
  };
  std::string Skip(unsigned char byte);

  State state_ = State::kText;
  size_t skipped_ = 0;  // of this subnegotiation
};

}  // namespace parley::chat

#endif  // CHAT_TRANSPORT_SUBNEGOTIATION_FILTER_H_
