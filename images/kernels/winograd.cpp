// 3×3 convolutions with a fourth of the multiplications: F(4×4, 3×3) of Lavin and Gray (2015), arXiv:1509.09308.
#include "net.hpp"

namespace facepipe {
namespace {

constexpr int SIDE = 6, POINTS = SIDE * SIDE, STEP = 4;  // of a tile: what it sees, and what it gives
constexpr int WIDE = most_pixels(2) >= 6 ? 2 : 1;          // blocks of channels at a time

// Bᵀ of the paper, on six numbers that lie `apart`.
template <int COUNT>
void transform_input(Vector (&d)[COUNT], int first, int apart) {
    Vector *v[SIDE];
    for (int i = 0; i < SIDE; i++) v[i] = &d[first + i * apart];
    const Vector d0 = *v[0], d1 = *v[1], d2 = *v[2], d3 = *v[3], d4 = *v[4], d5 = *v[5];
    const Vector a = d4 - 4.0f * d2, b = d3 - 4.0f * d1, c = d4 - d2, e = 2.0f * (d3 - d1);
    *v[0] = 4.0f * d0 - 5.0f * d2 + d4;
    *v[1] = a + b;
    *v[2] = a - b;
    *v[3] = c + e;
    *v[4] = c - e;
    *v[5] = 4.0f * d1 - 5.0f * d3 + d5;
}

// Aᵀ of the paper: six numbers become four.
inline void transform_output(const Vector *m, int apart, Vector *to, int to_apart) {
    const Vector a = m[apart] + m[2 * apart], b = m[apart] - m[2 * apart];
    const Vector c = m[3 * apart] + m[4 * apart], d = m[3 * apart] - m[4 * apart];
    to[0] = m[0] + a + c;
    to[to_apart] = b + 2.0f * d;
    to[2 * to_apart] = a + 4.0f * c;
    to[3 * to_apart] = b + 8.0f * d + m[5 * apart];
}

struct Place {
    int image, y, x;
};

}  // namespace

std::ptrdiff_t winograd_scratch(const Step &step) {
    return std::ptrdiff_t(WINOGRAD_TILES) * POINTS * (step.channels + WIDE * BLOCK);
}

void convolve_winograd(const Layer &layer, Share share, float *scratch) {
    const Step &step = layer.step;
    const Plane &in = layer.source, &out = layer.target;
    const int down = parts_of(out.height, STEP), across = parts_of(out.width, STEP), tiles = out.images * down * across;
    const int chunks = smaller_of(tiles, parts_of(parts_of(tiles, WINOGRAD_TILES), share.threads) * share.threads);  // equal shares
    float *seen = scratch, *products = scratch + std::ptrdiff_t(WINOGRAD_TILES) * POINTS * step.channels;
    const std::ptrdiff_t weights_block = std::ptrdiff_t(step.channels) * BLOCK;
    const auto place = [&](int tile) {
        return Place{tile / (down * across), tile / across % down * STEP, tile % across * STEP};
    };
    const Window window{1, 1, step.channels, 0, 0};
    for (int chunk = share.from(chunks); chunk < share.to(chunks); chunk++) {
        const int first = int(std::int64_t(tiles) * chunk / chunks);
        const int some = int(std::int64_t(tiles) * (chunk + 1) / chunks) - first;
        for (int t = 0; t < some; t++) {
            const Place p = place(first + t);
            const int top = p.y - in.border_height, left = p.x - in.border_width;
            const int rows = smaller_of(SIDE, in.height + in.border_height - top);
            const int columns = smaller_of(SIDE, in.width + in.border_width - left);
            for (int c = 0; c < step.channels; c += LANES) {
                Vector d[POINTS];
                for (int i = 0; i < SIDE; i++)
                    for (int j = 0; j < SIDE; j++)
                        d[i * SIDE + j] = i < rows && j < columns ? load(in.at(p.image, top + i, left + j) + c) : Vector{};
                for (int j = 0; j < SIDE; j++) transform_input(d, j, SIDE);
                for (int i = 0; i < SIDE; i++) transform_input(d, i * SIDE, 1);
                for (int k = 0; k < POINTS; k++) store(seen + (std::ptrdiff_t(k) * some + t) * step.channels + c, d[k]);
            }
        }
        for (int block = 0; block < step.blocks; block += WIDE) {
            const int blocks = smaller_of(WIDE, step.blocks - block), width = blocks * BLOCK;
            const int pieces = parts_of(some, most_pixels(blocks));
            for (int k = 0; k < POINTS; k++) {
                const float *weights = layer.weights + (std::ptrdiff_t(k) * step.blocks + block) * weights_block;
                for (int piece = 0; piece < pieces; piece++) {
                    const int from = some * piece / pieces, pixels = some * (piece + 1) / pieces - from;
                    sum_up(pixels, blocks,
                           Tile{seen + (std::ptrdiff_t(k) * some + from) * step.channels, step.channels, weights, weights_block, weights + (piece ? 0 : step.blocks * weights_block),
                                products + (std::ptrdiff_t(k) * some + from) * width, width, nullptr, nullptr, nullptr, PLAIN},
                           window);
                }
            }
            for (int t = 0; t < some; t++) {
                const Place p = place(first + t);
                const int rows = smaller_of(STEP, out.height - p.y), columns = smaller_of(STEP, out.width - p.x);
                for (int c = 0; c < width; c += LANES) {
                    Vector m[POINTS], half[STEP * SIDE], y[STEP * STEP];
                    for (int k = 0; k < POINTS; k++) m[k] = load(products + (std::ptrdiff_t(k) * some + t) * width + c);
                    for (int j = 0; j < SIDE; j++) transform_output(m + j, SIDE, half + j, SIDE);
                    for (int i = 0; i < STEP; i++) transform_output(half + i * SIDE, 1, y + i * STEP, 1);
                    const int channel = block * BLOCK + c;
                    const Vector none{}, bias = load(layer.bias + channel);
                    const Vector slope = step.activation == PRELU ? load(layer.slope + channel) : none;
                    for (int i = 0; i < rows; i++) {
                        float *to = out.at(p.image, p.y + i, p.x) + step.target_channel + channel;
                        for (int j = 0; j < columns; j++) {
                            Vector sum = y[i * STEP + j] + bias;
                            if (step.activation != PLAIN) sum = sum > none ? sum : sum * slope;
                            store(to + std::ptrdiff_t(j) * out.channels, sum);
                        }
                    }
                }
            }
        }
    }
}

}  // namespace facepipe
