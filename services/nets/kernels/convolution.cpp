// Convolutions, and dense layers as convolutions whose window is the whole image.
#include "net.hpp"

namespace facepipe {
namespace {

constexpr int FAR = 8;         // sums that are done while a block's weights for one number arrive from a farther cache
constexpr int MANY_TILES = 8;  // for a thread: with fewer, the others would wait long for one thread's last

// Pixels of the target in rows, in which they lie equally far apart: the longer, the better the tiles.
struct Rows {
    int rows, rows_an_image, pixels;
    std::ptrdiff_t input_pixel, output_pixel;
};

Rows rows_of(const Step &step, const Plane &in, const Plane &out) {
    const std::ptrdiff_t input_pixel = std::ptrdiff_t(step.stride) * in.channels;
    if (out.height == 1 && out.width == 1) return {1, 1, out.images, in.image(), out.image()};
    const bool lines_follow = step.kernel_width == 1 && step.stride == 1 && !in.border_width && !out.border_width;
    if (lines_follow && step.kernel_height == 1 && !in.border_height && !out.border_height)
        return {1, 1, out.images * out.height * out.width, input_pixel, out.channels};
    if (lines_follow) return {out.images, 1, out.height * out.width, input_pixel, out.channels};
    return {out.images * out.height, out.height, out.width, input_pixel, out.channels};
}

// Into how many tiles a row of pixels is cut, and into how many groups the blocks of channels.
struct Cut {
    int tiles, groups;
};

// A guess at what one number of the window costs, in sums: those themselves, the loads, and the weights' way, which is
// also as long as a chain of sums takes.
int cost(int pixels, int blocks) {
    const int vectors = blocks * PARTS;
    return larger_of(larger_of(pixels * vectors, (pixels + vectors + 1) / 2), FAR * blocks);
}

Cut cheapest(int pixels, int blocks) {
    Cut best{};
    std::int64_t least = INT64_MAX;
    for (int wide = 1; wide <= smaller_of(MAX_BLOCKS, blocks) && most_pixels(wide) >= 1; wide++) {
        const int tiles = parts_of(pixels, most_pixels(wide)), groups = parts_of(blocks, wide);
        const int each = cost(parts_of(pixels, tiles), parts_of(blocks, groups));
        const std::int64_t all = std::int64_t(tiles) * groups * each;
        if (all <= least) least = all, best = {tiles, groups};
    }
    return best;
}

}  // namespace

void convolve(const Layer &layer, Share share) {
    const Step &step = layer.step;
    const Plane &in = layer.source, &out = layer.target;
    const bool whole = step.channels == in.channels;  // a row of the window is one stretch of memory
    const Window window{step.kernel_height, whole ? 1 : step.kernel_width,
                        whole ? step.kernel_width * step.channels : step.channels, in.row(), in.channels};
    const std::ptrdiff_t weights_block = std::ptrdiff_t(step.kernel_height) * step.kernel_width * step.channels * BLOCK;
    const Rows rows = rows_of(step, in, out);
    const Cut cut = cheapest(rows.pixels, step.blocks);
    const int tiles = rows.rows * cut.tiles;
    // Threads share the pixels where there are many, and so read what they wrote themselves; else the groups.
    const bool by_pixels = tiles >= MANY_TILES * share.threads;
    const Share pixels = by_pixels ? share : Share{0, 1}, groups = by_pixels ? Share{0, 1} : share;
    const int begin = pixels.from(tiles), count = pixels.to(tiles) - begin, all = cut.groups * count;
    const int soon = parts_of(BLOCK, smaller_of(count, BLOCK)), most = parts_of(rows.pixels, cut.tiles);
    int number = groups.from(all);
    while (number < groups.to(all)) {
        const int group = number / count, last = smaller_of(groups.to(all), (group + 1) * count);
        const int block = part_of(step.blocks, group, cut.groups), channel = block * BLOCK;
        const int blocks = part_of(step.blocks, group + 1, cut.groups) - block;
        Tile tile{};
        tile.input_pixel = rows.input_pixel;
        tile.weights = layer.weights + block * weights_block;
        tile.weights_block = weights_block;
        tile.output_pixel = rows.output_pixel;
        tile.bias = layer.bias + channel;
        tile.slope = layer.slope ? layer.slope + channel : nullptr;
        tile.activation = Activation(step.activation);
        int place = number % count, row = (begin + place) / cut.tiles, part = (begin + place) % cut.tiles;
        for (; number < last; number++, place++) {
            const int first = part * most;
            const int image = row / rows.rows_an_image, y = row % rows.rows_an_image;
            // The group's tiles fetch the next group's weights, each some of them.
            const int fetched = place * soon;
            tile.soon = tile.weights + (fetched < BLOCK ? blocks * weights_block + fetched * weights_block / BLOCK : 0);
            tile.soon_step = fetched < BLOCK ? soon : 0;
            tile.input = in.at(image, y * step.stride - in.border_height, -in.border_width) + first * rows.input_pixel;
            tile.output = out.at(image, y, 0) + first * rows.output_pixel + step.target_channel + channel;
            tile.residual = layer.residual ? layer.residual + (tile.output - out.data) : nullptr;
            sum_up(smaller_of(most, rows.pixels - first), blocks, tile, window);
            if (++part == cut.tiles) part = 0, row++;
        }
    }
}

}  // namespace facepipe
