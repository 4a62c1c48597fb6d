#ifndef BENCH_LOAD_MACHINE_H_
#define BENCH_LOAD_MACHINE_H_

// What a reader must know about the machine to judge a number: kernel, processor, clock source,
// congestion control, the settings of TCP that matter here, and limits.

#include <string>
#include <utility>
#include <vector>

namespace parley::bench {

// Names and values, in the order in which they are to be shown.
using MachineFacts = std::vector<std::pair<std::string, std::string>>;

MachineFacts ReadMachineFacts();

}  // namespace parley::bench

#endif  // BENCH_LOAD_MACHINE_H_
