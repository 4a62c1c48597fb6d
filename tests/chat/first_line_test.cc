// Which first bytes are another protocol's, and which are what a person may type.

#include "chat/transport/first_line.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace parley::chat {

void PrintTo(FirstLine::Verdict verdict, std::ostream* out) {
  constexpr const char* kNames[] = {"kUndecided", "kLines", "kHttp", "kTls", "kSsh"};
  *out << kNames[static_cast<size_t>(verdict)];
}

namespace {

using Verdict = FirstLine::Verdict;

// Of `text` in two pieces: what the second says, if the first leaves it open.
Verdict VerdictOn(absl::string_view text, size_t cut) {
  FirstLine first_line;
  const Verdict first = first_line.Take(AsBytes(text.substr(0, cut)));
  return first != Verdict::kUndecided ? first : first_line.Take(AsBytes(text.substr(cut)));
}

void ExpectInEverySplit(absl::string_view text, Verdict expected) {
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(VerdictOn(text, cut), expected)
        << ::testing::PrintToString(std::string(text)) << " cut at " << cut;
  }
  FirstLine first_line;
  Verdict verdict = Verdict::kUndecided;
  for (size_t i = 0; i < text.size() && verdict == Verdict::kUndecided; ++i) {
    verdict = first_line.Take(AsBytes(text.substr(i, 1)));
  }
  EXPECT_EQ(verdict, expected) << ::testing::PrintToString(std::string(text)) << " byte by byte";
}

TEST(FirstLineTest, ARequestLineIsHttpWhateverItsMethodAndTarget) {
  for (const char* line : {
           "GET / HTTP/1.1", "POST /chat?x=1 HTTP/1.0", "PRI * HTTP/2.0",
           "CONNECT example.org:443 HTTP/1.1", "OPTIONS * HTTP/1.1",
           "GET http://example.org/ HTTP/1.1", "login /evil HTTP/1.1", "M-SEARCH * HTTP/1.1",
           "S / HTTP/1.1", "SS / HTTP/1.1", "SSH / HTTP/1.1", "SSH- / HTTP/1.1",
           "SEARCH / HTTP/1.1", "x!#$%&'*+-.^_`|~9 / HTTP/1.1", "GET /\xc3\xa4 HTTP/1.1",
           "GET /\xff HTTP/1.1",
           "GET  /\t HTTP/1.1 ",  // RFC 9112, 3: other blanks may stand where one space should
       }) {
    for (const char* end : {"\n", "\r\n", "\r"}) {
      ExpectInEverySplit(absl::StrCat(line, end), Verdict::kHttp);
      ExpectInEverySplit(absl::StrCat("\r\n\n", line, end), Verdict::kHttp);
    }
    ExpectInEverySplit(line, Verdict::kUndecided);
    FirstLine first_line;
    EXPECT_EQ(first_line.Take(AsBytes(line)), Verdict::kUndecided);
    EXPECT_EQ(first_line.Finish(), Verdict::kHttp) << line;
  }
}

TEST(FirstLineTest, ARequestLineMayBeOfAnyLength) {
  const std::string line = absl::StrCat("POST /", std::string(1 << 20, 'x'), " HTTP/1.1\r\n");
  EXPECT_EQ(VerdictOn(line, line.size() - 3), Verdict::kHttp);
}

TEST(FirstLineTest, AClientHelloIsTlsBeforeItsLineEnds) {
  ExpectInEverySplit("\x16\x03", Verdict::kTls);
  ExpectInEverySplit(std::string("\x16\x03\x01\x02\x00\x01", 6), Verdict::kTls);
  ExpectInEverySplit("\x16\x03\x03\n\n", Verdict::kTls);
}

TEST(FirstLineTest, AClientHelloInSsl2FormIsTls) {
  ExpectInEverySplit(std::string("\x80\x2e\x01\x00\x02", 5), Verdict::kTls);
  ExpectInEverySplit(std::string("\x80\x0a\x01\x03\x01", 5), Verdict::kTls);
  for (const char* other : {"\x80\x2e\x02", "\x80\x2e\x01\x04", "\x80\x2e\x01\x03\x41"}) {
    ExpectInEverySplit(other, Verdict::kLines);
  }
  ExpectInEverySplit(std::string("\x80\x2e\x01\x00\x03", 5), Verdict::kLines);
}

TEST(FirstLineTest, ABannerIsSshBeforeItsLineEnds) {
  ExpectInEverySplit("SSH-2.0-OpenSSH_9.2", Verdict::kSsh);
  ExpectInEverySplit("SSH-1.99-x\r\n", Verdict::kSsh);
}

TEST(FirstLineTest, TelnetCommandsInFrontArePassedOver) {
  const std::string telnet = "\xff\xfd\x03\xff\xfb\x1f\xff\xf1\xff\xfb\xff";
  ExpectInEverySplit(absl::StrCat(telnet, "GET / HTTP/1.1\r\n"), Verdict::kHttp);
  ExpectInEverySplit(absl::StrCat(telnet, "login ann\r\n"), Verdict::kLines);
  ExpectInEverySplit("\xff\xfa\x18", Verdict::kLines);
  ExpectInEverySplit("\xff\xff", Verdict::kLines);
}

TEST(FirstLineTest, WhatAPersonMayTypeIsNoOtherProtocol) {
  for (const char* line : {
           "GET lost",
           "GET",
           "GET ",
           "get /",
           "login ann",
           "PRI",
           "POST it",
           "say hello",
           "I like HTTP/1.1",
           "GET lost HTTP/1.1",
           "what ** HTTP/1.1",
           "what is new in HTTP/1.1 and later",
           "HTTP/1.1 200 OK",
           "HTTP/1.1",
           "GET / HTTP/1",
           "GET / HTTP/1.",
           "GET / HTTP/11",
           "GET / HTTP/1.1.1",
           "GET / HTTP/x.y",
           "GET / http/1.1",
           "GET / HTTP/1.1 please",
           "GET a b HTTP/1.1",
           " GET / HTTP/1.1",
           "SSH is not telnet",
           "SSH-keys are longer",
           "SSHD",
           "SSH-",
           "Sssh",
           "/me waves",
           "\xe4\xb8\xad\xe6\x96\x87",
           "\xc3\x9c / HTTP/1.1",
           "caf\xc3\xa9 / HTTP/1.1",
           "\x16",
           "\x16\x16",
           "\x03",
           "(a) / HTTP/1.1",
       }) {
    ExpectInEverySplit(absl::StrCat(line, "\r\n"), Verdict::kLines);
  }
}

TEST(FirstLineTest, BlankLinesLeaveItOpen) {
  ExpectInEverySplit("\r\n\r\n", Verdict::kUndecided);
  ExpectInEverySplit(std::string("\r\0\n", 3), Verdict::kUndecided);
}

TEST(FirstLineTest, ARefusalSaysWhatToUseInstead) {
  EXPECT_EQ(RefusalOf(Verdict::kHttp),
            "This port speaks plain lines of text, not HTTP: connect with telnet, nc or parley "
            "instead.");
  EXPECT_THAT(RefusalOf(Verdict::kTls), ::testing::HasSubstr("not TLS"));
  EXPECT_THAT(RefusalOf(Verdict::kSsh), ::testing::HasSubstr("not SSH"));
}

}  // namespace
}  // namespace parley::chat
