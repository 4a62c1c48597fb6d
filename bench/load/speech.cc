#include "bench/load/speech.h"

#include <algorithm>
#include <utility>

#include "bench/payload.h"

namespace parley::bench {
namespace {

// To the next multiple of `step`; 0 leaves it as it is.
int64_t RoundUp(int64_t time, int64_t step) {
  return step == 0 ? time : (time + step - 1) / step * step;
}

}  // namespace

Speech::Speech(const Setting& setting, std::vector<Client*> speakers, std::optional<Identity> told)
    : setting_(setting), speakers_(std::move(speakers)), told_(std::move(told)) {
  has_speakers_ = std::any_of(speakers_.begin(), speakers_.end(),
                              [](const Client* client) { return client != nullptr; });
}

void Speech::Start(int64_t start_ns) {
  start_ns_ = start_ns;
  if (has_speakers_) FindNext();
}

void Speech::FindNext() {
  const Schedule& schedule = *setting_.schedule;
  while (next_piece_ < schedule.total_pieces() &&
         speakers_[next_piece_ % schedule.publishers()] == nullptr) {
    ++next_piece_;
  }
  next_time_ = next_piece_ < schedule.total_pieces()
                   ? start_ns_ + RoundUp(schedule.PieceTime(next_piece_), setting_.interval_ns)
                   : kOver;
}

std::vector<Client*> Speech::SayDue(int64_t now, Histogram* delay) {
  std::vector<Client*> spoke;
  const Schedule& schedule = *setting_.schedule;
  while (next_time_ <= now) {
    const Schedule::Piece piece = schedule.PieceAt(next_piece_);
    Client* client = speakers_[piece.publisher];
    const bool was_empty = client->out.empty();
    Say(piece, client);
    if (schedule.LineNumber(piece.publisher, piece.sequence) >= schedule.first_measured()) {
      delay->Record(now - start_ns_ - schedule.PieceTime(next_piece_));
    }
    ++next_piece_;
    FindNext();
    if (was_empty) spoke.push_back(client);
    // One byte, one segment: the next byte must not join it.
    if (setting_.pieces_per_line > 1) break;
  }
  return spoke;
}

void Speech::Say(const Schedule::Piece& piece, Client* client) {
  if (!client->fd) return;
  const Schedule& schedule = *setting_.schedule;
  const bool trickle = setting_.pieces_per_line > 1;
  std::string* line = trickle ? &client->trickled : &client->out;
  if (piece.piece == 0) {
    const int64_t due =
        start_ns_ + schedule.LineTime(schedule.LineNumber(piece.publisher, piece.sequence));
    text_.clear();
    AppendPayload({.publisher = setting_.first_publisher + piece.publisher,
                   .sequence = piece.sequence,
                   .scheduled = static_cast<uint64_t>(due)},
                  setting_.text_size, &text_);
    if (trickle) line->clear();
    if (told_.has_value()) {
      setting_.protocol->AppendTell(*told_, text_, line);
    } else {
      setting_.protocol->AppendPublish(client->identity, text_, line);
    }
  }
  if (trickle) client->out.push_back(client->trickled[piece.piece]);
}

}  // namespace parley::bench
