// The whole: a chat with rooms, in which a session is always in one room, and the room decides what
// its lines mean.
//
//   chat_with_rooms [HOST:PORT]
#include <csignal>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "reactor/async_chat/async_chat.h"

using namespace parley;

class ChatSession;
class Room;

// Finds the command of a line.
class CommandHandler {
 public:
  virtual ~CommandHandler() = default;
  void Handle(ChatSession& session, const std::string& line);

 protected:
  virtual void Login(ChatSession& session, const std::string&) { Unknown(session, "login"); }
  virtual void Say(ChatSession& session, const std::string&) { Unknown(session, "say"); }
  virtual void Look(ChatSession& session) { Unknown(session, "look"); }
  virtual void Logout(ChatSession& session);
  virtual void Unknown(ChatSession& session, const std::string& command);
};

class Room : public CommandHandler {
 public:
  explicit Room(Reactor& reactor) : everybody_(reactor) {}
  virtual void Add(ChatSession& session);
  virtual void Remove(ChatSession& session);

 protected:
  void Announce(const std::string& text) { everybody_.Append(AsBytes(text)); }
  std::map<std::string, ChatSession*> people_;

 private:
  BroadcastGroup everybody_;
};

// What all rooms share.
struct Chat {
  explicit Chat(Reactor& reactor);
  std::map<std::string, ChatSession*> users;
  std::unique_ptr<Room> login_room, main_room;
};

class ChatSession : public AsyncChat {
 public:
  ChatSession(ChannelMap& map, UniqueFd socket, Chat& the_chat)
      : AsyncChat(map, std::move(socket)), chat(the_chat) {
    SetTerminator("\n");
    Enter(chat.login_room.get());
  }
  void Enter(Room* next) {
    if (room_ != nullptr) room_->Remove(*this);
    room_ = next;
    if (room_ != nullptr) room_->Add(*this);
  }
  void FoundTerminator() override {
    std::string line = TakeCollected();
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (room_ != nullptr) room_->Handle(*this, line);
  }
  // Leaving, by whatever way: the name is free again.
  void HandleClose(CloseReason) override {
    Enter(nullptr);
    if (!name.empty()) chat.users.erase(name);
  }

  Chat& chat;
  std::string name;

 private:
  Room* room_ = nullptr;
};

void CommandHandler::Handle(ChatSession& session, const std::string& line) {
  const size_t end = line.find(' ');
  const std::string command = line.substr(0, end);
  const std::string rest = end == std::string::npos ? "" : line.substr(end + 1);
  if (command == "login") return Login(session, rest);
  if (command == "say") return Say(session, rest);
  if (command == "look") return Look(session);
  if (command == "logout") return Logout(session);
  if (!command.empty()) Unknown(session, command);
}
void CommandHandler::Logout(ChatSession& session) { session.CloseWhenDone(); }
void CommandHandler::Unknown(ChatSession& session, const std::string& command) {
  session.Push(absl::StrCat("Unknown command ", command, "\r\n"));
}

void Room::Add(ChatSession& session) {
  people_[session.name] = &session;
  everybody_.Join(session.handle());
}
void Room::Remove(ChatSession& session) {
  everybody_.Leave(session.handle());
  people_.erase(session.name);
}

class LoginRoom : public Room {
 public:
  using Room::Room;
  void Add(ChatSession& session) override { session.Push("Welcome. login NAME\r\n"); }
  void Remove(ChatSession&) override {}

 protected:
  void Login(ChatSession& session, const std::string& name) override {
    if (name.empty() || name.size() > 20) return session.Push("Please say a short name\r\n");
    if (!session.chat.users.emplace(name, &session).second) {
      return session.Push(absl::StrCat("The name ", name, " is taken\r\n"));
    }
    session.name = name;
    session.Enter(session.chat.main_room.get());
  }
};

class ChatRoom : public Room {
 public:
  using Room::Room;
  void Add(ChatSession& session) override {
    Announce(absl::StrCat(session.name, " has entered the room.\r\n"));
    Room::Add(session);
  }
  void Remove(ChatSession& session) override {
    Room::Remove(session);
    Announce(absl::StrCat(session.name, " has left the room.\r\n"));
  }

 protected:
  void Say(ChatSession& session, const std::string& text) override {
    Announce(absl::StrCat(session.name, ": ", text, "\r\n"));
  }
  void Look(ChatSession& session) override {
    std::string text = "In this room:\r\n";
    for (const auto& [name, person] : people_) absl::StrAppend(&text, name, "\r\n");
    session.Push(text);
  }
};

Chat::Chat(Reactor& reactor)
    : login_room(std::make_unique<LoginRoom>(reactor)),
      main_room(std::make_unique<ChatRoom>(reactor)) {}

int main(int argc, char** argv) {
  ChannelMap& map = ChannelMap::Default();
  Chat chat(map.reactor());
  const auto server = map.Serve<ChatSession>(argc > 1 ? argv[1] : "127.0.0.1:5267", chat);
  Log(Severity::kInfo,
      server.ok() ? (*server)->Describe() : std::string(server.status().message()));
  const int interrupt[] = {SIGINT};
  const absl::Status watching = map.reactor().OnSignals(interrupt, [&map](int) { map.CloseAll(); });
  if (!watching.ok()) Log(Severity::kWarning, watching.ToString());
  map.Loop();
  return server.ok() ? 0 : 1;
}
