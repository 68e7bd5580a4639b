// The innermost loop of everything: some pixels × some blocks of channels, summed up in registers.
#pragma once
#include "vector.hpp"

namespace facepipe {

// What one output pixel sees: `rows` × `runs` stretches of `length` numbers, `row` and `run` numbers apart.
struct Window {
    int rows, runs, length;
    std::ptrdiff_t row, run;
};

// A tile's place. Numbers of a block of channels lie side by side in the weights, the bias and the slope.
struct Tile {
    const float *input;  // what the first pixel sees
    std::ptrdiff_t input_pixel;
    const float *weights;
    std::ptrdiff_t weights_block;  // from one block of channels to the next
    const float *soon;             // weights to fetch meanwhile
    int soon_step;                 // from one number of the window to the next
    float *output;
    std::ptrdiff_t output_pixel;
    // What becomes of the sums; null where there is none.
    const float *bias, *slope, *residual;  // residual: laid out as the output
    Activation activation;
};

constexpr int MAX_BLOCKS = 4, MAX_PIXELS = 14;

constexpr int most_pixels(int blocks) { return smaller_of(MAX_PIXELS, ROOM / (PARTS * blocks)); }

// Every loop over pixels and vectors is written out by the compiler: sums stay in registers only if their
// number is known when this is compiled.
#define WRITTEN_OUT _Pragma("GCC unroll 64")
// Two numbers a round: with one, counting and jumping take longer than the processor has beside the multiplications.
#define TWICE _Pragma("GCC unroll 2")

template <int PIXELS, int BLOCKS>
void sum_up(const Tile &tile, const Window &window) {
    constexpr int VECTORS = BLOCKS * PARTS, FOURS = parts_of(PIXELS, 4);
    Vector sums[PIXELS][VECTORS];
    WRITTEN_OUT for (int v = 0; v < VECTORS; v++) {
        const Vector bias = tile.bias ? load(tile.bias + v * LANES) : Vector{};
        WRITTEN_OUT for (int p = 0; p < PIXELS; p++) sums[p][v] = bias;
    }
    // One address for four pixels: x86 adds the distance once, twice and, kept aside, three times for nothing.
    const std::ptrdiff_t one = tile.input_pixel * std::ptrdiff_t(sizeof(float)), three = 3 * one;
    const float *weights = tile.weights, *soon = tile.soon;
    for (int row = 0; row < window.rows; row++) {
        for (int run = 0; run < window.runs; run++) {
            const char *fours[FOURS];
            const float *first = tile.input + row * window.row + run * window.run;
            WRITTEN_OUT for (int f = 0; f < FOURS; f++) fours[f] = reinterpret_cast<const char *>(first) + 4 * f * one;
            TWICE for (int k = 0; k < window.length; k++) {
                Vector weight[VECTORS];
                WRITTEN_OUT for (int v = 0; v < VECTORS; v++) weight[v] =
                    load(weights + v / PARTS * tile.weights_block + v % PARTS * LANES);
                WRITTEN_OUT for (int b = 0; b < BLOCKS; b++) __builtin_prefetch(soon + b * tile.weights_block, 0, 2);
                weights += BLOCK, soon += tile.soon_step;
                WRITTEN_OUT for (int p = 0; p < PIXELS; p++) {
                    const std::ptrdiff_t ahead = p % 4 == 0 ? 0 : p % 4 == 1 ? one : p % 4 == 2 ? 2 * one : three;
                    const float pixel = *reinterpret_cast<const float *>(fours[p / 4] + ahead);
                    WRITTEN_OUT for (int v = 0; v < VECTORS; v++) sums[p][v] += pixel * weight[v];
                }
                WRITTEN_OUT for (int f = 0; f < FOURS; f++) fours[f] += sizeof(float);
            }
        }
    }
    const auto place = [&](int p, int v) { return p * tile.output_pixel + v * LANES; };
    // Each question once, not for each sum: with few channels the questions would take longer than the sums.
    if (tile.residual) {
        WRITTEN_OUT for (int v = 0; v < VECTORS; v++) {
            WRITTEN_OUT for (int p = 0; p < PIXELS; p++) sums[p][v] += load(tile.residual + place(p, v));
        }
    }
    if (tile.activation != PLAIN) {
        WRITTEN_OUT for (int v = 0; v < VECTORS; v++) {
            const Vector slope = tile.activation == PRELU ? load(tile.slope + v * LANES) : Vector{};
            WRITTEN_OUT for (int p = 0; p < PIXELS; p++) sums[p][v] = activated(sums[p][v], slope);
        }
    }
    WRITTEN_OUT for (int v = 0; v < VECTORS; v++) {
        WRITTEN_OUT for (int p = 0; p < PIXELS; p++) store(tile.output + place(p, v), sums[p][v]);
    }
}

#undef TWICE
#undef WRITTEN_OUT

// Sums up any number of pixels and blocks that the registers hold.
void sum_up(int pixels, int blocks, const Tile &tile, const Window &window);

}  // namespace facepipe
