// What each kind of server sends, and how much of it is a measured text.

#include "bench/load/frame_reader.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/payload.h"
#include "bench/protocol.h"

namespace parley::bench {
namespace {

constexpr size_t kTextSize = 54;

std::string Text(uint64_t sequence) {
  std::string text;
  AppendPayload({.publisher = 0, .sequence = sequence, .scheduled = 1}, kTextSize, &text);
  return text;
}

struct Dialect {
  std::string protocol;
  std::string before;  // around a text of kTextSize
  std::string after;
  std::vector<std::string> others;  // frames that bring no text
};

std::string Mqtt(const char* bytes, size_t size) { return std::string(bytes, size); }

std::vector<Dialect> Dialects() {
  return {
      {"lines",
       "",
       "\n",
       {"welcome\n", "\n",
        "something else that is longer than a text would be, "
        "with an end that is none\n"}},
      {"friendly",
       "p00000: ",
       "\r\n",
       {"p00001 has entered the room.\r\n", "p00002 has left the room.\r\n", "\r\n"}},
      {"irc",
       ":q00000!q00000@127.0.0.1 PRIVMSG #r00000 :",
       "\r\n",
       {"PING :abc\r\n", ":p00001!p@127.0.0.1 JOIN :#r00000\r\n"}},
      {"redis",
       "*3\r\n$7\r\nmessage\r\n$6\r\nr00000\r\n$54\r\n",
       "\r\n",
       {":1000\r\n", "+PONG\r\n", "$-1\r\n", "*3\r\n$9\r\nsubscribe\r\n$6\r\nr00000\r\n:1\r\n"}},
      {"nats", "MSG r00000 1 54\r\n", "\r\n", {"PING\r\n", "+OK\r\n", "INFO {\"x\":1}\r\n"}},
      {"mqtt",
       Mqtt("\x30\x3e\x00\x06r00000", 10),
       "",
       {Mqtt("\xd0\x00", 2), Mqtt("\x90\x03\x00\x01\x00", 5)}},
  };
}

struct Found {
  std::vector<uint64_t> sequences;
  std::vector<std::string> others;
};

// Reads `stream` in pieces of `piece` bytes, as a worker does.
Found ReadInPieces(const Protocol& protocol, const std::string& stream, size_t piece) {
  FrameReader reader(&protocol, kTextSize);
  Found found;
  std::string waiting;
  for (size_t at = 0; at < stream.size(); at += piece) {
    waiting += stream.substr(at, piece);
    const size_t used = reader.Read(
        waiting,
        [&](const char* text) {
          PayloadHeader header;
          EXPECT_TRUE(ReadPayload(text, kTextSize, &header));
          found.sequences.push_back(header.sequence);
        },
        [&](absl::string_view frame) { found.others.emplace_back(frame); });
    if (used == Protocol::kMalformed) {
      ADD_FAILURE() << "malformed";
      break;
    }
    waiting.erase(0, used);
  }
  EXPECT_TRUE(waiting.empty());
  return found;
}

TEST(FrameReaderTest, FindsEveryTextAndEveryOtherFrameHoweverTheStreamIsSplit) {
  for (const Dialect& dialect : Dialects()) {
    SCOPED_TRACE(dialect.protocol);
    const std::unique_ptr<Protocol> protocol = *MakeProtocol(dialect.protocol, 1);
    std::string stream;
    std::vector<uint64_t> sequences;
    std::vector<std::string> others;
    for (uint64_t i = 0; i < 40; ++i) {
      // Runs of texts, and other frames between them at changing places.
      if (i % 7 == 0) {
        others.push_back(dialect.others[i / 7 % dialect.others.size()]);
        stream += others.back();
      }
      stream += dialect.before + Text(i) + dialect.after;
      sequences.push_back(i);
    }
    for (const size_t piece : {size_t{1}, size_t{2}, size_t{7}, size_t{64}, size_t{1000}}) {
      const Found found = ReadInPieces(*protocol, stream, piece);
      EXPECT_EQ(found.sequences, sequences) << piece;
      EXPECT_EQ(found.others, others) << piece;
    }
  }
}

TEST(FrameReaderTest, FindsTellsAmongSpeech) {
  const std::unique_ptr<Protocol> protocol = *MakeProtocol("friendly", 1);
  const std::string stream =
      absl::StrCat("p00000: ", Text(0), "\r\n", "t00001 tells you: ", Text(1), "\r\n",
                   "p00000: ", Text(2), "\r\n", "p00000: ", Text(3), "\r\n");
  EXPECT_EQ(ReadInPieces(*protocol, stream, 50).sequences, (std::vector<uint64_t>{0, 1, 2, 3}));
}

TEST(FrameReaderTest, ALineThatIsCutShortIsNoText) {
  const std::unique_ptr<Protocol> protocol = *MakeProtocol("friendly", 1);
  const std::string cut = Text(1).substr(0, 30) + "\r\n";
  const std::string stream =
      absl::StrCat("p00000: ", Text(0), "\r\n", "p00000: ", cut, "p00000: ", Text(2), "\r\n");
  const Found found = ReadInPieces(*protocol, stream, stream.size());
  EXPECT_EQ(found.sequences, (std::vector<uint64_t>{0, 2}));
  EXPECT_EQ(found.others, (std::vector<std::string>{"p00000: " + cut}));
}

TEST(ProtocolTest, WhatIsPublishedIsWhatIsDelivered) {
  const Identity who = {.name = "q00000", .room = 0};
  for (const auto& [name, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"lines", "TEXT\n"},
           {"friendly", "TEXT\n"},
           {"irc", "PRIVMSG #r00000 :TEXT\r\n"},
           {"redis", "*3\r\n$7\r\nPUBLISH\r\n$6\r\nr00000\r\n$4\r\nTEXT\r\n"},
           {"nats", "PUB r00000 4\r\nTEXT\r\n"},
           {"mqtt", std::string("\x30\x0c\x00\x06r00000TEXT", 14)}}) {
    std::string out;
    (*MakeProtocol(name, 1))->AppendPublish(who, "TEXT", &out);
    EXPECT_EQ(out, wanted) << name;
  }
}

TEST(ProtocolTest, AFriendlyDeliveryHasTheSizeThatWasAskedFor) {
  const std::unique_ptr<Protocol> protocol = *MakeProtocol("friendly", 1);
  EXPECT_EQ(protocol->TextSize(64) + std::string("p00000: \r\n").size(), 64u);
}

TEST(ProtocolTest, AFriendlyClientIsInWhenItsRoomIsConfirmed) {
  const Identity who = {.name = "p00003", .room = 17};
  const std::unique_ptr<Protocol> protocol = *MakeProtocol("friendly", 100);
  std::string out;
  Admission now = Admission::kPending;
  now = protocol->OnFrame("Welcome to Parley.\r\n", who, now, &out);
  EXPECT_EQ(now, Admission::kPending);
  EXPECT_EQ(out, "");
  now = protocol->OnFrame("Hello, p00003.\r\n", who, now, &out);
  EXPECT_EQ(now, Admission::kPending);
  EXPECT_EQ(out, "/join r00017\n");
  now = protocol->OnFrame("p00004 has entered the room.\r\n", who, now, &out);
  EXPECT_EQ(now, Admission::kPending);
  now = protocol->OnFrame("You are now in r00017.\r\n", who, now, &out);
  EXPECT_EQ(now, Admission::kReady);
}

TEST(ProtocolTest, AnUnknownNameIsRefusedWithTheKnownOnes) {
  const auto protocol = MakeProtocol("gopher", 1);
  ASSERT_FALSE(protocol.ok());
  EXPECT_NE(std::string(protocol.status().message()).find("friendly"), std::string::npos);
}

}  // namespace
}  // namespace parley::bench
