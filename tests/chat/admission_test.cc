// Who may come in, and the accounts of addresses: what is owed, and for how long it is remembered.

#include "chat/transport/admission.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "chat/transport/rate.h"

namespace parley::chat {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kBegan{std::chrono::hours(1)};
constexpr uint32_t kAddressRate = 1000;

SocketAddress Address(absl::string_view text) { return *SocketAddress::Parse(text); }

Limits RateOfAnAddress() {
  Limits limits;
  limits.max_bytes_per_second_per_address = kAddressRate;
  return limits;
}

TEST(AddressAccountTest, ABurstPassesAtOnceAndTheRestAtTheRate) {
  Admission admission(RateOfAnAddress());
  AddressAccount* const account = admission.Enter(Address("192.0.2.7:1"), kBegan).account;
  for (int i = 0; i <= 20; ++i) EXPECT_LE(account->Charge(kBegan, 100), kBegan) << i;
  EXPECT_EQ(account->Charge(kBegan, 100), kBegan + milliseconds(100));
  EXPECT_EQ(account->Charge(kBegan, 100), kBegan + milliseconds(200));
  const TimePoint later = kBegan + seconds(60);
  EXPECT_LE(account->Charge(later, 5000), later) << "what is longer than a burst passes too";
  EXPECT_EQ(account->Charge(later, 100), later + seconds(3)) << "at its price";
  admission.Leave(account, later);
}

TEST(AddressAccountTest, WhatWasDroppedBeforeItWasDueIsTakenBack) {
  Admission admission(RateOfAnAddress());
  AddressAccount* const account = admission.Enter(Address("192.0.2.7:1"), kBegan).account;
  account->Charge(kBegan, 2000);
  const TimePoint due = account->Charge(kBegan, 500);
  account->Refund(500);
  EXPECT_EQ(account->Charge(kBegan, 500), due);
  admission.Leave(account, kBegan);
}

TEST(AddressAccountTest, ConnectionsOfAnAddressShareItAndThoseOfAnotherDoNot) {
  Admission admission(RateOfAnAddress());
  AddressAccount* const one = admission.Enter(Address("[2001:db8::1]:1"), kBegan).account;
  AddressAccount* const same_64 = admission.Enter(Address("[2001:db8::9:2]:1"), kBegan).account;
  AddressAccount* const other = admission.Enter(Address("[2001:db8:0:1::1]:1"), kBegan).account;
  EXPECT_EQ(one, same_64);
  EXPECT_NE(one, other);
  for (AddressAccount* account : {one, same_64, other}) admission.Leave(account, kBegan);
  EXPECT_EQ(admission.accounts(), 0u);
}

TEST(AddressAccountTest, UnixSocketsAreExempt) {
  Limits limits = RateOfAnAddress();
  EXPECT_EQ(Admission(limits).Enter(Address("unix:/run/parley/socket"), kBegan).account, nullptr);
  limits.max_connections_per_address = 10;
  Admission admission(limits);
  AddressAccount* const account = admission.Enter(Address("unix:/run/s"), kBegan).account;
  ASSERT_NE(account, nullptr) << "but they are counted";
  account->Charge(kBegan, 1'000'000);
  EXPECT_LE(account->Charge(kBegan, 1), kBegan);
  admission.Leave(account, kBegan);
}

TEST(AddressAccountTest, WithoutALimitThereAreNoAccounts) {
  Limits limits;
  limits.max_bytes_per_second_per_address = 0;
  Admission admission(limits);
  EXPECT_EQ(admission.Enter(Address("192.0.2.7:1"), kBegan).account, nullptr);
}

// F4: an address's debt must not vanish by reconnecting.
TEST(AddressAccountTest, IsKeptUntilWhatItOwesIsPaidAndNoLonger) {
  Admission admission(RateOfAnAddress());
  const SocketAddress address = Address("192.0.2.7:1");
  AddressAccount* account = admission.Enter(address, kBegan).account;
  account->Charge(kBegan, 4000);
  admission.Leave(account, kBegan);
  EXPECT_EQ(admission.accounts(), 1u);

  const TimePoint soon = kBegan + seconds(1);
  account = admission.Enter(address, soon).account;
  EXPECT_EQ(account->Charge(soon, 100), soon + seconds(1)) << "three seconds of four are owed";
  admission.Leave(account, soon);

  const TimePoint paid = kBegan + seconds(5);
  admission.Leave(admission.Enter(Address("192.0.2.8:1"), paid).account, paid);
  EXPECT_EQ(admission.accounts(), 0u);
}

TEST(AddressAccountTest, ThousandsThatComeSendAndGoAreAllForgotten) {
  constexpr int kAddresses = 4000;
  Admission admission(RateOfAnAddress());
  for (int i = 0; i < kAddresses; ++i) {
    const std::string text = "[2001:db8:0:" + std::to_string(i) + "::1]:1";
    AddressAccount* const account = admission.Enter(Address(text), kBegan).account;
    account->Charge(kBegan, 3000);
    admission.Leave(account, kBegan);
  }
  EXPECT_EQ(admission.accounts(), kAddresses);
  const TimePoint paid = kBegan + seconds(4);
  for (int i = 0; i < kAddresses; ++i) {
    admission.Leave(admission.Enter(Address("unix:/run/s"), paid).account, paid);
  }
  EXPECT_EQ(admission.accounts(), 0u);
}

TEST(AddressAccountTest, ThreadsThatChargeAtOnceLoseNothing) {
  constexpr int kThreads = 4;
  constexpr int kCharges = 20'000;
  Admission admission(RateOfAnAddress());
  AddressAccount* const account = admission.Enter(Address("192.0.2.7:1"), kBegan).account;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int charge = 0; charge < kCharges; ++charge) account->Charge(kBegan, 10);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const Duration owed = milliseconds(10) * kThreads * kCharges;
  EXPECT_EQ(account->Charge(kBegan, 10), kBegan + owed - kBurst);
  admission.Leave(account, kBegan);
}

}  // namespace
}  // namespace parley::chat
