#include "reactor/base/segment.h"

#include <gtest/gtest.h>

#include <iterator>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/reactor/random.h"

namespace parley {
namespace {

TEST(Segment, HasAtLeastTheCapacityAskedFor) {
  for (uint32_t capacity : {0u, 1u, 511u, 512u, 513u, 4096u, 65535u, 65536u, 65537u, 1u << 20}) {
    EXPECT_GE(SegmentRef::Allocate(capacity)->capacity(), capacity) << capacity;
  }
}

TEST(Segment, IsKeptForTheNextAllocationOfItsSize) {
  const Segment* first = SegmentRef::Allocate(4096).get();
  EXPECT_EQ(SegmentRef::Allocate(4096).get(), first);
}

TEST(Slice, KeepsItsBytesWhenTheWriterIsGone) {
  Slice slice;
  {
    SegmentWriter writer;
    slice = writer.Append({AsBytes("hello "), AsBytes(""), AsBytes("world")});
    writer.Append(AsBytes("overwrites nothing"));
  }
  EXPECT_EQ(AsText(slice.bytes()), "hello world");
}

TEST(Slice, NeighboursInOneSegmentContinueEachOther) {
  SegmentWriter writer;
  const Slice first = writer.Append(AsBytes("a"));
  const Slice second = writer.Append(AsBytes("b"));
  const Slice third = writer.Append(AsBytes("c"));
  EXPECT_TRUE(first.ContinuedBy(second));
  EXPECT_FALSE(first.ContinuedBy(third));
  EXPECT_FALSE(second.ContinuedBy(first));
}

TEST(SegmentWriter, BeginsAnotherSegmentWhenAMessageDoesNotFit) {
  SegmentWriter writer(512, 512);
  const Slice first = writer.Append(AsBytes(std::string(500, 'a')));
  const Slice second = writer.Append(AsBytes(std::string(13, 'b')));
  EXPECT_NE(first.segment.get(), second.segment.get());
  EXPECT_EQ(AsText(second.bytes()), std::string(13, 'b'));
}

TEST(SegmentWriter, FillsASegmentToItsLastByte) {
  SegmentWriter writer(512, 512);
  const Slice first = writer.Append(AsBytes(std::string(500, 'a')));
  const Slice second = writer.Append(AsBytes(std::string(12, 'b')));
  EXPECT_EQ(first.segment.get(), second.segment.get());
}

TEST(SegmentWriter, TakesAMessageLargerThanAnySegment) {
  SegmentWriter writer;
  const std::string large(3 * kMaxSegmentBytes + 1, 'x');
  EXPECT_EQ(AsText(writer.Append(AsBytes(large)).bytes()), large);
}

TEST(SegmentWriter, StartsAsLargeAsItsLastBusySpellNeeded) {
  SegmentWriter writer(512, 65536);
  for (int i = 0; i < 10; ++i) writer.Append(AsBytes(std::string(1000, 'x')));
  writer.Rest();
  EXPECT_EQ(writer.Append(AsBytes("x")).segment->capacity(), 16384u);
  writer.Rest();
  EXPECT_EQ(writer.Append(AsBytes("x")).segment->capacity(), 512u);
}

TEST(SegmentWriter, MessagesOfRandomSizesReadBackUnchanged) {
  Random random(1);
  SegmentWriter writer(512, 4096);
  std::vector<std::pair<Slice, std::string>> written;
  for (int i = 0; i < 5000; ++i) {
    std::string text = random.Text(random.Below(random.Percent(2) ? 9000 : 120), "abcdef");
    const size_t cut = random.Index(text.size() + 1);
    Slice slice = writer.Append({AsBytes(text).first(cut), AsBytes(text).subspan(cut)});
    written.emplace_back(std::move(slice), std::move(text));
    if (random.Percent(5)) writer.Rest();
    if (random.Percent(10)) {
      written.erase(written.begin(), written.begin() + std::ssize(written) / 2);
    }
  }
  for (const auto& [slice, text] : written) ASSERT_EQ(AsText(slice.bytes()), text);
}

// The refcount and the bytes behind it must be right when the last reference goes on another thread
// than the one that wrote; the thread sanitizer is the judge of that.
TEST(Segment, MayBeReleasedByAnotherThread) {
  constexpr int kThreads = 4;
  SegmentWriter writer(512, 2048);
  std::vector<Slice> slices;
  for (int i = 0; i < 20000; ++i) slices.push_back(writer.Append(AsBytes(std::to_string(i))));
  std::vector<std::thread> threads;
  std::vector<int> wrong(kThreads, 0);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([copy = slices, t, &wrong]() mutable {
      for (size_t i = 0; i < copy.size(); ++i) {
        if (AsText(copy[i].bytes()) != std::to_string(i)) ++wrong[t];
        copy[i] = Slice();
      }
    });
  }
  slices.clear();
  writer.Rest();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(kThreads, 0));
}

}  // namespace
}  // namespace parley
