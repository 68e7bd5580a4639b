#include "net.hpp"

namespace facepipe {
namespace {

constexpr int FAR = 8;         // sums while a block's weights for one number arrive
constexpr int MANY_TILES = 8;  // for a thread: with fewer, one thread's last tile keeps the others waiting

// How the pixels are cut: rows of pixels that lie equally far apart, and each row into tiles.
struct Cut {
    int rows, pixels, tiles, groups;
};

// A guess at what a number of the window costs, in sums: those themselves, the loads, and the weights' way from a farther
// cache, which is also as long as a chain of sums' latency.
int cost(int pixels, int blocks) {
    const int vectors = blocks * PARTS;
    return larger_of(larger_of(pixels * vectors, (pixels + vectors + 1) / 2), FAR * blocks);
}

Cut cut(int rows, int pixels, int blocks) {
    Cut best{rows, pixels, pixels, blocks};
    std::int64_t least = INT64_MAX;
    for (int wide = 1; wide <= smaller_of(MAX_BLOCKS, blocks); wide++) {
        if (most_pixels(wide) < 1) continue;
        const int tiles = parts_of(pixels, most_pixels(wide)), groups = parts_of(blocks, wide);
        const std::int64_t all = std::int64_t(tiles) * groups * cost(parts_of(pixels, tiles), parts_of(blocks, groups));
        if (all <= least) least = all, best.tiles = tiles, best.groups = groups;
    }
    return best;
}

}  // namespace

void convolve(const Layer &layer, Share share) {
    const Step &step = layer.step;
    const Plane &in = layer.source, &out = layer.target;
    const bool single = step.kernel_height == 1 && step.kernel_width == 1 && step.stride == 1;
    const bool in_line = !in.border_width && !out.border_width && step.stride == 1 && step.kernel_width == 1;
    const bool dense = out.height == 1 && out.width == 1;
    std::ptrdiff_t input_pixel = std::ptrdiff_t(step.stride) * in.channels, output_pixel = out.channels;
    int rows = out.images * out.height, pixels = out.width, rows_an_image = out.height;
    if (dense) {
        rows = rows_an_image = 1, pixels = out.images;
        input_pixel = in.image(), output_pixel = out.image();
    } else if (single && in_line && !in.border_height && !out.border_height) {
        rows = rows_an_image = 1, pixels = out.images * out.height * out.width;
    } else if (in_line) {
        rows = out.images, rows_an_image = 1, pixels = out.height * out.width;
    }
    const bool together = step.channels == in.channels;  // a row of the window is one stretch
    const Window window{step.kernel_height, together ? 1 : step.kernel_width,
                        together ? step.kernel_width * step.channels : step.channels, in.row(), in.channels};
    const std::ptrdiff_t weights_block = std::ptrdiff_t(step.kernel_height) * step.kernel_width * step.channels * BLOCK;
    const Cut c = cut(rows, pixels, step.blocks);
    // Threads share the pixels where there are many, and read what they wrote themselves; else the blocks of channels.
    const int tiles = c.rows * c.tiles;
    const bool by_pixels = tiles >= MANY_TILES * share.threads;
    const int first_tile = by_pixels ? share.from(tiles) : 0, my_tiles = (by_pixels ? share.to(tiles) : tiles) - first_tile;
    const Share items = by_pixels ? Share{0, 1} : share;
    for (int item = items.from(c.groups * my_tiles); item < items.to(c.groups * my_tiles); item++) {
        const int group = item / my_tiles, place = first_tile + item % my_tiles, row = place / c.tiles, tile = place % c.tiles;
        const int block = step.blocks * group / c.groups, blocks = step.blocks * (group + 1) / c.groups - block;
        const int first = int(std::int64_t(pixels) * tile / c.tiles);
        const int width = int(std::int64_t(pixels) * (tile + 1) / c.tiles) - first;
        const int image = row / rows_an_image, y = row % rows_an_image;
        float *to = out.at(image, y, 0) + first * output_pixel + step.target_channel + block * BLOCK;
        sum_up(width, blocks,
               Tile{in.at(image, y * step.stride - in.border_height, -in.border_width) + first * input_pixel, input_pixel,
                    layer.weights + block * weights_block, weights_block,
                    layer.weights + (item % my_tiles ? block : block + blocks) * weights_block, to, output_pixel,
                    layer.bias ? layer.bias + block * BLOCK : nullptr, layer.slope ? layer.slope + block * BLOCK : nullptr,
                    layer.residual ? layer.residual + (to - out.data) : nullptr, Activation(step.activation)},
               window);
    }
}

}  // namespace facepipe
