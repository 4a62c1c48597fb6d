#ifndef CHAT_ROOMS_COMMAND_HANDLER_H_
#define CHAT_ROOMS_COMMAND_HANDLER_H_

// Carries out operations: one method for each, which a kind of room overrides for what can be done
// in it. What it does not override is unknown there. Every method checks what it is asked against
// rights and limits, changes the rooms, publishes what happened, and returns what became of it.
//
// Thread: the main thread. Errors: an outcome with a code.

#include "chat/rooms/operation.h"
#include "chat/rooms/outcome.h"

namespace parley::chat {

class ChatSession;
struct Chat;

// What an operation is carried out with.
struct Call {
  Chat& chat;
  ChatSession& session;
  const Operation& operation;
};

class CommandHandler {
 public:
  virtual ~CommandHandler() = default;

  // Whether anybody hears what is no command.
  virtual bool accepts_speech() const = 0;

  Outcome Handle(const Call& call);

 protected:
  virtual Outcome Login(const Call& call) { return Unknown(call); }
  virtual Outcome LoginAs(const Call& call) { return Unknown(call); }
  virtual Outcome Logout(const Call& call) { return Unknown(call); }
  virtual Outcome Speak(const Call& call) { return Unknown(call); }
  virtual Outcome Act(const Call& call) { return Unknown(call); }
  virtual Outcome Tell(const Call& call) { return Unknown(call); }
  virtual Outcome Look(const Call& call) { return Unknown(call); }
  virtual Outcome LookAloud(const Call& call) { return Unknown(call); }
  virtual Outcome Who(const Call& call) { return Unknown(call); }
  virtual Outcome ListRooms(const Call& call) { return Unknown(call); }
  virtual Outcome Join(const Call& call) { return Unknown(call); }
  virtual Outcome Leave(const Call& call) { return Unknown(call); }
  virtual Outcome ShowTopic(const Call& call) { return Unknown(call); }
  virtual Outcome SetTopic(const Call& call) { return Unknown(call); }
  virtual Outcome Help(const Call& call) { return Unknown(call); }
  virtual Outcome Incomplete(const Call& call) { return Unknown(call); }
  virtual Outcome MayBeSpeech(const Call& call) { return Unknown(call); }
  virtual Outcome Unknown(const Call& call) = 0;
};

}  // namespace parley::chat

#endif  // CHAT_ROOMS_COMMAND_HANDLER_H_
