// NCHWc: [N, ceil(C / w), spatial..., w] floats, w = the vector width of the instruction set in
// use, zeros in the channels that do not exist. Convolutions and pooling read and write it;
// conversions are here.
#pragma once

#include <cstdint>
#include <vector>

#include "base/thread_pool.h"

namespace corecast::cpu {

/// Floats of a blocked [N, C, spatial...] (rank 3 and up).
std::int64_t blocked_count(const std::vector<std::int64_t>& dims);

void block(ThreadPool& pool, const float* x, const std::vector<std::int64_t>& dims, float* y);
void unblock(ThreadPool& pool, const float* x, const std::vector<std::int64_t>& dims, float* y);

}  // namespace corecast::cpu
