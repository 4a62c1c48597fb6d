#include "reactor/base/slot_table.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "tests/reactor/random.h"

namespace parley {
namespace {

struct Entry {
  uint32_t generation = 0;
  int value = 0;
};

TEST(Handle, DefaultNamesNothing) {
  SlotTable<Entry> table;
  EXPECT_FALSE(Handle{});
  EXPECT_EQ(table.Find(Handle{}), nullptr);
  table.Allocate();
  EXPECT_EQ(table.Find(Handle{}), nullptr);
}

TEST(Handle, GoesThroughOneWordUnchanged) {
  const Handle handle{0xfffffffe, 0xabcdef01};
  EXPECT_EQ(Handle::FromWord(handle.ToWord()), handle);
}

TEST(SlotTable, AHandleKeptTooLongFindsNothing) {
  SlotTable<Entry> table;
  const Handle old = table.Allocate();
  table.Find(old)->value = 7;
  table.Free(old);
  const Handle fresh = table.Allocate();
  EXPECT_EQ(fresh.slot, old.slot);
  EXPECT_NE(fresh.generation, old.generation);
  EXPECT_EQ(table.Find(old), nullptr);
  EXPECT_EQ(table.Find(fresh)->value, 0);
}

TEST(SlotTable, FindsNothingBehindItsEnd) {
  SlotTable<Entry> table;
  table.Allocate();
  EXPECT_EQ(table.Find({1, 1}), nullptr);
  EXPECT_EQ(table.Find({1000000, 1}), nullptr);
}

TEST(SlotTableDeathTest, FreeingTwiceStopsTheProcess) {
  SlotTable<Entry> table;
  const Handle handle = table.Allocate();
  table.Free(handle);
  EXPECT_DEATH(table.Free(handle), "invariant does not hold");
}

TEST(SlotTable, EntriesNeverMoveAndAgreeWithAMapOverRandomUse) {
  Random random(3);
  SlotTable<Entry> table;
  std::map<uint64_t, std::pair<Entry*, int>> model;
  std::vector<Handle> dead;
  for (int step = 0; step < 50000; ++step) {
    if (model.empty() || random.Percent(55)) {
      const Handle handle = table.Allocate();
      Entry* entry = table.Find(handle);
      entry->value = step;
      ASSERT_TRUE(model.emplace(handle.ToWord(), std::pair(entry, step)).second);
    } else {
      auto victim = model.lower_bound(random.Next() % (model.rbegin()->first + 1));
      const Handle handle = Handle::FromWord(victim->first);
      table.Free(handle);
      model.erase(victim);
      dead.push_back(handle);
    }
    ASSERT_EQ(table.live(), model.size());
  }
  for (const auto& [word, expected] : model) {
    Entry* entry = table.Find(Handle::FromWord(word));
    ASSERT_EQ(entry, expected.first);
    ASSERT_EQ(entry->value, expected.second);
  }
  for (Handle handle : dead) ASSERT_EQ(table.Find(handle), nullptr);
}

TEST(SlotArray, MakesEntriesWithInitialValues) {
  SlotArray<Entry> array;
  EXPECT_EQ(array.capacity(), 0u);
  array.At(1000).value = 5;
  EXPECT_EQ(array[999].value, 0);
  EXPECT_EQ(array[1000].value, 5);
  EXPECT_GE(array.capacity(), 1001u);
}

}  // namespace
}  // namespace parley
