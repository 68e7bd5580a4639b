// 3×3 convolutions with a fourth of the multiplications: F(4×4, 3×3) of Lavin and Gray (2015), arXiv:1509.09308.
// A tile of 6×6 pixels becomes 36 points, each point is multiplied with its own matrix, and 36 sums become 4×4 pixels.
#include "net.hpp"

namespace facepipe {
namespace {

constexpr int SEEN = 6, GIVEN = 4, POINTS = SEEN * SEEN;
constexpr int WIDE = most_pixels(2) >= SEEN ? 2 : 1;  // blocks of channels at a time
constexpr int TILES = 2 * MAX_PIXELS;                 // at a time: what a processor's cache holds

// Some of the layer's tiles, with the memory for their points: [point][tile][channel].
struct Chunk {
    const Layer &layer;
    int first, count;
    float *points, *products;

    struct Place {
        int image, y, x;
    };

    Place place(int tile) const {
        const int down = parts_of(layer.target.height, GIVEN), across = parts_of(layer.target.width, GIVEN);
        const int number = first + tile;
        return {number / (down * across), number / across % down * GIVEN, number % across * GIVEN};
    }
    float *at(float *memory, int point, int tile, int channels) const {
        return memory + (std::ptrdiff_t(point) * count + tile) * channels;
    }
};

// Bᵀ of the paper: six values, `apart` from each other, become six.
inline void transform_in(Vector *d, int apart) {
    const Vector d0 = d[0], d1 = d[apart], d2 = d[2 * apart], d3 = d[3 * apart], d4 = d[4 * apart], d5 = d[5 * apart];
    const Vector a = d4 - 4.0f * d2, b = d3 - 4.0f * d1, c = d4 - d2, e = 2.0f * (d3 - d1);
    d[0] = 4.0f * d0 - 5.0f * d2 + d4;
    d[apart] = a + b;
    d[2 * apart] = a - b;
    d[3 * apart] = c + e;
    d[4 * apart] = c - e;
    d[5 * apart] = 4.0f * d1 - 5.0f * d3 + d5;
}

// Aᵀ of the paper: six values become four.
inline void transform_out(const Vector *m, int apart, Vector *to, int to_apart) {
    const Vector a = m[apart] + m[2 * apart], b = m[apart] - m[2 * apart];
    const Vector c = m[3 * apart] + m[4 * apart], d = m[3 * apart] - m[4 * apart];
    to[0] = m[0] + a + c;
    to[to_apart] = b + 2.0f * d;
    to[2 * to_apart] = a + 4.0f * c;
    to[3 * to_apart] = b + 8.0f * d + m[5 * apart];
}

// Pixels → points. What lies beyond the source's border is zero: the last tiles may reach there.
void see(const Chunk &chunk) {
    const Plane &in = chunk.layer.source;
    const int channels = chunk.layer.step.channels;
    for (int tile = 0; tile < chunk.count; tile++) {
        const Chunk::Place place = chunk.place(tile);
        const int top = place.y - in.border_height, left = place.x - in.border_width;
        const int rows = smaller_of(SEEN, in.height + in.border_height - top);
        const int columns = smaller_of(SEEN, in.width + in.border_width - left);
        for (int c = 0; c < channels; c += LANES) {
            Vector d[POINTS];
            for (int i = 0; i < SEEN; i++)
                for (int j = 0; j < SEEN; j++)
                    d[i * SEEN + j] =
                        i < rows && j < columns ? load(in.at(place.image, top + i, left + j) + c) : Vector{};
            for (int j = 0; j < SEEN; j++) transform_in(d + j, SEEN);
            for (int i = 0; i < SEEN; i++) transform_in(d + i * SEEN, 1);
            for (int point = 0; point < POINTS; point++)
                store(chunk.at(chunk.points, point, tile, channels) + c, d[point]);
        }
    }
}

// Points × weights → products, for some blocks of the target's channels.
void multiply(const Chunk &chunk, int block, int blocks) {
    const Step &step = chunk.layer.step;
    const std::ptrdiff_t weights_block = std::ptrdiff_t(step.channels) * BLOCK, next = step.blocks * weights_block;
    const Window window{1, 1, step.channels, 0, 0};
    const int pieces = parts_of(chunk.count, most_pixels(blocks)), width = blocks * BLOCK;
    for (int point = 0; point < POINTS; point++) {
        const float *weights = chunk.layer.weights + point * next + block * weights_block;
        for (int piece = 0; piece < pieces; piece++) {
            const int first = chunk.count * piece / pieces, tiles = chunk.count * (piece + 1) / pieces - first;
            Tile tile{};
            tile.input = chunk.at(chunk.points, point, first, step.channels);
            tile.input_pixel = step.channels;
            tile.weights = weights;
            tile.weights_block = weights_block;
            tile.soon = piece ? weights : weights + next;
            tile.output = chunk.at(chunk.products, point, first, width);
            tile.output_pixel = width;
            sum_up(tiles, blocks, tile, window);
        }
    }
}

// Products → pixels.
void give(const Chunk &chunk, int block, int blocks) {
    const Step &step = chunk.layer.step;
    const Plane &out = chunk.layer.target;
    const int width = blocks * BLOCK;
    for (int tile = 0; tile < chunk.count; tile++) {
        const Chunk::Place place = chunk.place(tile);
        const int rows = smaller_of(GIVEN, out.height - place.y), columns = smaller_of(GIVEN, out.width - place.x);
        for (int c = 0; c < width; c += LANES) {
            Vector m[POINTS], half[GIVEN * SEEN], y[GIVEN * GIVEN];
            for (int point = 0; point < POINTS; point++)
                m[point] = load(chunk.at(chunk.products, point, tile, width) + c);
            for (int j = 0; j < SEEN; j++) transform_out(m + j, SEEN, half + j, SEEN);
            for (int i = 0; i < GIVEN; i++) transform_out(half + i * SEEN, 1, y + i * GIVEN, 1);
            const int channel = block * BLOCK + c;
            const Vector none{}, bias = load(chunk.layer.bias + channel);
            const Vector slope = step.activation == PRELU ? load(chunk.layer.slope + channel) : none;
            for (int i = 0; i < rows; i++)
                for (int j = 0; j < columns; j++) {
                    const Vector sum = y[i * GIVEN + j] + bias;
                    store(out.at(place.image, place.y + i, place.x + j) + step.target_channel + channel,
                          step.activation == PLAIN ? sum : activated(sum, slope));
                }
        }
    }
}

}  // namespace

std::ptrdiff_t winograd_scratch(const Step &step) {
    return std::ptrdiff_t(TILES) * POINTS * (step.channels + WIDE * BLOCK);
}

void convolve_winograd(const Layer &layer, Share share, float *scratch) {
    const Step &step = layer.step;
    const int tiles = layer.target.images * parts_of(layer.target.height, GIVEN) * parts_of(layer.target.width, GIVEN);
    const int rounds = parts_of(tiles, TILES * share.threads);
    const int chunks = smaller_of(tiles, rounds * share.threads);  // as many for each thread
    for (int number = share.from(chunks); number < share.to(chunks); number++) {
        const int first = part_of(tiles, number, chunks);
        const Chunk chunk{layer, first, part_of(tiles, number + 1, chunks) - first, scratch,
                          scratch + std::ptrdiff_t(TILES) * POINTS * step.channels};
        see(chunk);
        for (int block = 0; block < step.blocks; block += WIDE) {
            const int blocks = smaller_of(WIDE, step.blocks - block);
            multiply(chunk, block, blocks);
            give(chunk, block, blocks);
        }
    }
}

}  // namespace facepipe
