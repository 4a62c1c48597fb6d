// parley: the chat client. `parley --help` lists its flags.

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "chat/client/client.h"
#include "chat/program/command_line.h"

ABSL_FLAG(std::string, name, "", "log in under this name");

int main(int argc, char** argv) {
  const std::vector<char*> arguments = parley::chat::ParseCommandLine(
      {.name = "parley",
       .usage = "parley [--name=NAME] [HOST:PORT | unix:PATH]: talks to a Parley server, by "
                "default at 127.0.0.1:5267",
       .source = __FILE__},
      argc, argv);
  if (arguments.size() > 2) {
    std::cerr << "parley: expected one address, got \"" << arguments[2] << "\" too\n";
    return 1;
  }
  const auto server =
      parley::SocketAddress::Parse(arguments.size() == 2 ? arguments[1] : "127.0.0.1:5267");
  if (!server.ok()) {
    std::cerr << "parley: " << server.status().message() << "\n";
    return 1;
  }
  auto client = parley::chat::Client::Make();
  if (!client.ok()) {
    std::cerr << "parley: " << client.status().message() << "\n";
    return 1;
  }
  const std::string name = absl::GetFlag(FLAGS_name);
  const int exit_code = (*client)->Run(*server, name.empty() ? "" : absl::StrCat("login ", name));
  // The thread that reads standard input may be in a blocking read and must not outlive its client.
  std::quick_exit(exit_code);
}
