// A network inside another program's loop, in one thread: GLib's main loop waits for the reactor and for
// its own timers, as a graphical program's does. A client that says "ticks" hears how often the program's
// own timer has fired; "quit" ends the program's loop.
#include <glib.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "reactor/async_chat/async_chat.h"

namespace {

struct Program {
  GMainLoop* loop = g_main_loop_new(nullptr, FALSE);
  int ticks = 0;
};

class Session : public parley::AsyncChat {
 public:
  Session(parley::ChannelMap& map, parley::UniqueFd socket, Program& program)
      : AsyncChat(map, std::move(socket)), program_(program) {
    SetTerminator("\n");
  }
  void FoundTerminator() override {
    const std::string line = TakeCollected();
    if (line == "ticks") Push(std::to_string(program_.ticks) + "\n");
    if (line == "quit") g_main_loop_quit(program_.loop);
  }

 private:
  Program& program_;
};

// The reactor as one of the things that GLib waits for (g_source_new). GLib asks Prepare before it
// waits, Check when it has waited, and calls Dispatch when one of them has said so.
struct ReactorSource {
  GSource base;
  parley::ChannelMap* map;
  parley::TimePoint due;
  gpointer polled;

  static ReactorSource& Of(GSource* source) { return *reinterpret_cast<ReactorSource*>(source); }
  bool IsDue() const { return due <= map->reactor().Now(); }

  static gboolean Prepare(GSource* source, gint* timeout_ms) {
    ReactorSource& self = Of(source);
    self.due = self.map->PrepareToPoll();
    *timeout_ms = -1;
    if (self.due == parley::kNever) return FALSE;
    const auto wait =
        std::chrono::ceil<std::chrono::milliseconds>(self.due - self.map->reactor().Now());
    *timeout_ms = static_cast<gint>(std::clamp<int64_t>(wait.count(), 0, G_MAXINT));
    return self.IsDue();
  }
  static gboolean Check(GSource* source) {
    return g_source_query_unix_fd(source, Of(source).polled) != 0 || Of(source).IsDue();
  }
  static gboolean Dispatch(GSource* source, GSourceFunc, gpointer) {
    Of(source).map->RunOnce();
    return G_SOURCE_CONTINUE;
  }
};

GSource* Attach(parley::ChannelMap& map, int descriptor) {
  static GSourceFuncs calls{&ReactorSource::Prepare,
                            &ReactorSource::Check,
                            &ReactorSource::Dispatch,
                            nullptr,
                            nullptr,
                            nullptr};
  GSource* const source = g_source_new(&calls, sizeof(ReactorSource));
  ReactorSource& self = ReactorSource::Of(source);
  self.map = &map;
  self.polled = g_source_add_unix_fd(source, descriptor, G_IO_IN);
  g_source_attach(source, nullptr);
  return source;
}

}  // namespace

int main(int argc, char** argv) {
  parley::ChannelMap& map = parley::ChannelMap::Default();
  Program program;
  const auto door = map.Serve<Session>(argc > 1 ? argv[1] : "127.0.0.1:5271", program);
  if (!door.ok()) {
    return std::fprintf(stderr, "%s\n", std::string(door.status().message()).c_str()), 1;
  }
  const int polled = map.reactor().PollableDescriptor();
  if (polled < 0) return std::fprintf(stderr, "no descriptor is left to wait for\n"), 1;
  const parley::SocketAddress address = map.reactor().AddressOf((*door)->handle());
  std::printf("listening on %s\n", address.ToString().c_str());
  std::fflush(stdout);
  const auto tick = [](gpointer ticks) -> gboolean {
    ++*static_cast<int*>(ticks);
    return G_SOURCE_CONTINUE;
  };
  g_timeout_add(10, tick, &program.ticks);
  GSource* const source = Attach(map, polled);
  g_main_loop_run(program.loop);
  g_source_destroy(source);
  g_source_unref(source);
  g_main_loop_unref(program.loop);
}
