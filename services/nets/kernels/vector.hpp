// The widest vectors that the target has, and how much of a convolution fits its registers.
#pragma once
#include <cstddef>
#include <cstdint>

#include "step.hpp"

namespace facepipe {

// ROOM: sums that the registers hold, as vectors; the others hold weights and pixels.
#if defined(__AVX512F__)
constexpr int LANES = 16, ROOM = 28;
#elif defined(__AVX__)
constexpr int LANES = 8, ROOM = 12;
#elif defined(__aarch64__)
constexpr int LANES = 4, ROOM = 24;
#else
constexpr int LANES = 4, ROOM = 8;
#endif
constexpr int PARTS = BLOCK / LANES;

typedef float Vector __attribute__((vector_size(LANES * sizeof(float)), may_alias));
// The same anywhere in memory. Only for loads and stores: on the stack it could lie across cache lines.
typedef float Loose __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));

inline Vector load(const float *from) { return *reinterpret_cast<const Loose *>(from); }
inline void store(float *to, Vector value) { *reinterpret_cast<Loose *>(to) = value; }
inline Vector larger(Vector a, Vector b) { return a > b ? a : b; }
constexpr int smaller_of(int a, int b) { return a < b ? a : b; }
constexpr int larger_of(int a, int b) { return a > b ? a : b; }
constexpr int parts_of(int whole, int part) { return (whole + part - 1) / part; }
// Where the part of that number begins, when a whole is cut into so many nearly equal ones.
constexpr int part_of(int whole, int number, int parts) { return int(std::int64_t(whole) * number / parts); }

// ReLU where the slope is zero, else PReLU.
inline Vector activated(Vector sum, Vector slope) { return sum > Vector{} ? sum : sum * slope; }

}  // namespace facepipe
