#include "reactor/base/terminator_parser.h"

#include <string>

#include "reactor/base/check.h"

namespace parley {

struct TerminatorParser::Rejudged {
  ByteSpan rest() const { return AsBytes(undecided).subspan(done); }

  std::string handed_out;  // the piece that Next returned
  std::string undecided;   // held back by a terminator that was replaced since
  size_t done = 0;         // so many of them are decided
};

TerminatorParser::TerminatorParser(Terminator terminator) : terminator_(std::move(terminator)) {}
TerminatorParser::TerminatorParser(TerminatorParser&&) noexcept = default;
TerminatorParser& TerminatorParser::operator=(TerminatorParser&&) noexcept = default;
TerminatorParser::~TerminatorParser() = default;

TerminatorParser::Rejudged& TerminatorParser::NeedRejudged() {
  if (rejudged_ == nullptr) rejudged_ = std::make_unique<Rejudged>();
  return *rejudged_;
}

bool TerminatorParser::HasUndecided() {
  if (!rejudged_->rest().empty()) return true;
  rejudged_.reset();
  return false;
}

// A terminator holds bytes back only when all that came before them is decided, and so is what a
// former one held back: each judges that first, and begins with nothing matched.
void TerminatorParser::SetTerminator(Terminator terminator) {
  if (terminator_.matched() > 0) {
    Rejudged& rejudged = NeedRejudged();
    PARLEY_CHECK(rejudged.rest().empty());
    rejudged.undecided = std::string(terminator_.Held());
    rejudged.done = 0;
  }
  terminator_ = std::move(terminator);
  terminator_.Forget();
}

TerminatorParser::Piece TerminatorParser::Release(const Terminator::Step& step) {
  // Copied, because they lie in the terminator, which may be replaced while they are collected.
  Rejudged& rejudged = NeedRejudged();
  rejudged.handed_out = std::string(AsText(step.held_back));
  return {AsBytes(rejudged.handed_out), step.consumed, false};
}

TerminatorParser::Piece TerminatorParser::NextUndecided(ByteSpan input) {
  if (!HasUndecided()) return NextOf(input);
  const ByteSpan rest = rejudged_->rest();
  const Terminator::Step step = terminator_.Next(rest);
  // Copied, because SetTerminator may replace what is undecided while this is collected.
  rejudged_->handed_out = std::string(AsText(rest.first(step.collect)));
  rejudged_->done += step.consumed;
  return {AsBytes(rejudged_->handed_out), 0, step.found};
}

void TerminatorParser::Forget() {
  terminator_.Forget();
  if (rejudged_ != nullptr) {
    rejudged_->undecided.clear();
    rejudged_->done = 0;
  }
}

}  // namespace parley
