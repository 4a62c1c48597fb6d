#include "bench/payload.h"

namespace parley::bench {
namespace {

void AppendSixes(uint64_t value, int characters, std::string* out) {
  for (int i = 0; i < characters; ++i) {
    out->push_back(static_cast<char>('0' + (value & 0x3f)));
    value >>= 6;
  }
}

}  // namespace

void AppendPayload(const PayloadHeader& header, size_t size, std::string* out) {
  const size_t end = out->size() + size;
  out->append(kPayloadMarker.data(), kPayloadMarker.size());
  AppendSixes(header.publisher, 6, out);
  AppendSixes(header.sequence, 8, out);
  AppendSixes(header.scheduled, 8, out);
  out->append(end - out->size(), '.');
}

}  // namespace parley::bench
