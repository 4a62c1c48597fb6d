#ifndef REACTOR_BASE_TERMINATOR_PARSER_H_
#define REACTOR_BASE_TERMINATOR_PARSER_H_

// Cuts a stream of bytes into messages at a terminator that may be replaced at any time: a string,
// a count of bytes, or none (terminator.h). It owns no socket and calls nobody: bytes go in, pieces
// of messages come out, each where it lies.
//
//   TerminatorParser parser(Terminator::String("\r\n"));
//   while (parser.HasNext(input)) {
//     const TerminatorParser::Piece piece = parser.Next(input);
//     input = input.subspan(piece.consumed);
//     if (!piece.bytes.empty()) Collect(piece.bytes);   // either may call SetTerminator,
//     if (piece.found) MessageEnded();                  // or Forget
//   }
//
// One may leave the loop behind any piece: what was consumed is done with, the rest of the input is
// fed again later.
//
// A change of the terminator loses nothing and decides nothing twice. Every byte is in one of three
// states: it was handed out in a piece or was part of a terminator that was found, which is final;
// or the parser holds it back, because it may begin the terminator; or it has not been consumed.
// Those of the second kind become the first bytes that the new terminator judges, before the rest of
// the input. Hence the loop asks HasNext and not whether the input is empty: such bytes may hold
// whole messages of the new terminator, and a count of 0 has its message without any.
//
// What is held back is not stored, because it equals the terminator's beginning. A block of memory
// is needed only for bytes that were held back and are then released or judged again; the loop gives
// it back. 24 bytes; not thread-safe; units: bytes. Errors: none, every input has an answer.

#include <cstddef>
#include <memory>
#include <utility>

#include "reactor/base/bytes.h"
#include "reactor/base/terminator.h"

namespace parley {

class TerminatorParser {
 public:
  explicit TerminatorParser(Terminator terminator = Terminator::None());
  TerminatorParser(TerminatorParser&&) noexcept;
  TerminatorParser& operator=(TerminatorParser&&) noexcept;
  ~TerminatorParser();

  // What follows the last piece ends at this one.
  void SetTerminator(Terminator terminator);
  const Terminator& terminator() const { return terminator_; }

  struct Piece {
    ByteSpan bytes;       // of the message; valid until HasNext or Next is called; may be empty
    size_t consumed = 0;  // so many bytes of the input are done with
    bool found = false;   // whether the message ends behind `bytes`
  };
  // Whether there is anything to find or to look at: input, bytes that a former terminator held
  // back, or the empty message of a count of 0.
  bool HasNext(ByteSpan input) {
    return !input.empty() || terminator_.is_empty_count() ||
           (rejudged_ != nullptr && HasUndecided());
  }
  // The next bytes of the message, up to its end. A piece may be empty and not found; the loop
  // still comes to its end.
  Piece Next(ByteSpan input) {
    if (rejudged_ != nullptr) [[unlikely]]
      return NextUndecided(input);
    return NextOf(input);
  }

  // Drops bytes that are held back, as if they had not come. A count goes on counting.
  void Forget();

 private:
  struct Rejudged;

  bool HasUndecided();
  Piece NextOf(ByteSpan input) {
    const Terminator::Step step = terminator_.Next(input);
    if (!step.held_back.empty()) [[unlikely]]
      return Release(step);
    return {input.first(step.collect), step.consumed, step.found};
  }
  Piece NextUndecided(ByteSpan input);
  Piece Release(const Terminator::Step& step);
  Rejudged& NeedRejudged();

  Terminator terminator_;
  std::unique_ptr<Rejudged> rejudged_;  // null but for a moment
};

}  // namespace parley

#endif  // REACTOR_BASE_TERMINATOR_PARSER_H_
