#include "reactor/async_chat/channel.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <typeinfo>

#include "absl/strings/str_cat.h"
#include "reactor/async_chat/channel_map.h"

namespace parley {
namespace {

constexpr Duration kLongestTimeout = std::chrono::hours(24 * 24);

// The class of an object with virtual functions; null where that was compiled without type
// information (-fno-rtti). Then typeid would follow a null pointer: in the Itanium C++ ABI (2.5.2,
// Virtual Table Components) the word before the first virtual function points at the type_info, or
// is 0.
const std::type_info* TypeOf(const Channel& channel) {
  const void* const* const functions = *reinterpret_cast<const void* const* const*>(&channel);
  return functions[-1] == nullptr ? nullptr : &typeid(channel);
}

std::string TypeName(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> readable(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), &std::free);
  return status == 0 ? readable.get() : type.name();
}

}  // namespace

std::string DescribeException(const std::exception_ptr& error) {
  // What was thrown has type information in any program, and its class need not.
  const auto thrown = [] {
    const std::type_info* type = abi::__cxa_current_exception_type();
    return type == nullptr ? "unknown exception" : TypeName(*type);
  };
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    return absl::StrCat(thrown(), ": ", exception.what());
  } catch (...) {
    return thrown();
  }
}

Channel::~Channel() { Close(); }

Reactor& Channel::reactor() const { return map_->reactor(); }

absl::Status Channel::Connect(const SocketAddress& address, const ConnectOptions& options) {
  if (open_) return absl::FailedPreconditionError(absl::StrCat(Describe(), " is open already"));
  ConnectionOptions connection = options.connection;
  connection.keep_half_open = true;
  const absl::StatusOr<Handle> handle =
      reactor().Connect(address, map_, options.timeout, connection, options.stream);
  if (!handle.ok()) return handle.status();
  map_->Add(*this, *handle);
  return absl::OkStatus();
}

absl::Status Channel::Connect(absl::string_view address, const ConnectOptions& options) {
  const absl::StatusOr<SocketAddress> parsed = SocketAddress::Parse(address);
  return parsed.ok() ? Connect(*parsed, options) : parsed.status();
}

void Channel::Adopt(UniqueFd fd, const ConnectionOptions& options) {
  ConnectionOptions connection = options;
  connection.keep_half_open = true;
  const absl::StatusOr<Handle> handle = reactor().Adopt(std::move(fd), map_, connection);
  if (!handle.ok()) {
    parley::Log(Severity::kError,
                absl::StrCat("a channel cannot be opened: ", handle.status().message()));
    to_reap_ = true;
    return;
  }
  connected_ = true;
  map_->Add(*this, *handle);
}

void Channel::OpenWithoutSocket() {
  connected_ = true;
  map_->Add(*this, {});
}

void Channel::Close() {
  if (open_) map_->Remove(*this);
}

// ---- time -------------------------------------------------------------------------------------

void Channel::SetTimeout(Duration after) { SetTimeouts(after, Duration::zero()); }
void Channel::SetIdleTimeout(Duration idle) { SetTimeouts(idle, idle); }

void Channel::SetTimeouts(Duration next, Duration idle) {
  if (!connected_ || !handle_ || IsClosing()) return;
  next = std::min<Duration>(next, kLongestTimeout);
  map_->SetIdleTimeout(handle_, std::min<Duration>(idle, kLongestTimeout));
  reactor().SetDeadline(handle_, next <= Duration::zero() ? kNever : reactor().Now() + next);
}

void Channel::TakeDeadline() {
  const Handle timed = handle_;
  if (ChannelMap::Idle* idle = map_->IdleOf(timed); idle != nullptr) {
    const Duration limit = std::chrono::milliseconds(idle->limit_ms);
    const TimePoint now = reactor().Now();
    const TimePoint due = reactor().LastInput(timed) + limit;
    // Bytes that wait in the socket are read before anybody is judged silent: in the next turn,
    // unless the channel does not read.
    const bool waits = due <= now && !idle->waited && reactor().HasUnreadInput(timed);
    idle->waited = waits;
    if (due > now || waits) return reactor().SetDeadline(timed, std::max(due, now));
    reactor().SetDeadline(timed, now + limit);
  }
  Call("HandleTimeout", [&] { HandleTimeout(); });
}

// ---- names and errors -------------------------------------------------------------------------

SocketAddress Channel::Address() const { return reactor().AddressOf(handle_); }
SocketAddress Channel::Peer() const { return reactor().PeerOf(handle_); }
int Channel::descriptor() const { return handle_ ? reactor().DescriptorOf(handle_) : -1; }

std::string Channel::Describe() const {
  const std::type_info* const type = TypeOf(*this);
  std::string text = absl::StrCat("<", type == nullptr ? "channel" : TypeName(*type));
  if (accepting_) {
    absl::StrAppend(&text, " listening ", Address().ToString());
  } else if (connected_ && handle_) {
    const SocketAddress peer = Peer();
    absl::StrAppend(&text, " connected", peer.size() == 0 ? "" : " ",
                    peer.size() == 0 ? "" : peer.ToString());
  } else {
    absl::StrAppend(&text, open_ ? (connected_ ? " open" : " connecting") : " closed");
  }
  return absl::StrCat(text, ">");
}

void Channel::Log(Severity severity, absl::string_view message) const {
  parley::Log(severity, message);
}

void Channel::HandleConnect() { Log(Severity::kWarning, "unhandled connect event"); }
void Channel::HandleExpt(ByteSpan) { Log(Severity::kWarning, "unhandled urgent data"); }
void Channel::HandleClose(CloseReason) { Log(Severity::kWarning, "unhandled close event"); }

// A listener is there for the next peer, whatever became of this one.
bool Channel::DropsPeer() const { return accepting_ && !told_close_; }

std::string Channel::DescribeThrown(absl::string_view handler,
                                    const std::exception_ptr& error) const {
  return absl::StrCat(DropsPeer() ? "dropping a peer of " : "closing ", Describe(), " because its ",
                      handler, " threw ", DescribeException(error));
}

void Channel::HandleError(const std::exception_ptr& error, absl::string_view handler) {
  Log(Severity::kError, DescribeThrown(handler, error));
  if (!DropsPeer()) End({CloseCause::kError, 0});
}

void Channel::Threw(absl::string_view handler, const std::exception_ptr& error) {
  if (map_->TakeExit(error)) return;
  try {
    HandleError(error, handler);
  } catch (...) {
    const std::exception_ptr second = std::current_exception();
    if (map_->TakeExit(second)) return;
    parley::Log(Severity::kError, DescribeThrown("HandleError", second));
    if (!DropsPeer()) Close();
  }
}

void Channel::TellClose(CloseReason reason) {
  if (told_close_) return;
  told_close_ = true;
  Call("HandleClose", [&] { HandleClose(reason); });
}

void Channel::End(CloseReason reason) {
  const Handle ended = handle_;
  TellClose(reason);
  if (handle_ == ended) Close();  // unless HandleClose has connected it again
}

}  // namespace parley
