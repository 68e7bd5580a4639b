// Exact area resizing, number for number as `facepipe/bench/oracles/integral_image.py` explains and does it.
#include <cstdint>

#include "export.hpp"

namespace {

constexpr int COLOURS = 3, LANE_BITS = 16, NARROW_WINDOW = 16;

// Which pixels an output's row or column is the mean of: floor(i·n/o) to ceil((i+1)·n/o).
struct Range {
    std::int64_t first, last;
    std::int64_t length() const { return last - first; }
    Range part(int number, int parts) const {
        return {first + length() * number / parts, first + length() * (number + 1) / parts};
    }
};

Range range(std::int64_t from, std::int64_t to, int number, int count) {
    const std::int64_t length = to - from;
    return {from + number * length / count, from + ((number + 1) * length + count - 1) / count};
}

struct Total {
    std::uint32_t colours[COLOURS];
    void add(std::uint64_t lanes) {
        for (int c = 0; c < COLOURS; c++) colours[c] += std::uint16_t(lanes >> c * LANE_BITS);
    }
};

struct Sums {
    const std::uint64_t *data;
    std::int64_t width;
    std::uint64_t operator()(Range rows, Range columns) const {
        const std::uint64_t *top = data + rows.first * width, *bottom = data + rows.last * width;
        return bottom[columns.last] - bottom[columns.first] - top[columns.last] + top[columns.first];
    }
};

void write_mean(float *to, const Total &total, std::int64_t pixels) {
    const float scale = 1.0f / float(pixels);
    for (int c = 0; c < COLOURS; c++) to[c] = float(total.colours[c]) * scale;
}

// One window of any size: cut so that no lane overflows.
void write_mean(float *to, const Sums &sums, Range rows, Range columns) {
    const std::int64_t longer = rows.length() > columns.length() ? rows.length() : columns.length();
    const int parts = int((longer + NARROW_WINDOW - 1) / NARROW_WINDOW);
    Total total{};
    for (int i = 0; i < parts; i++)
        for (int j = 0; j < parts; j++) total.add(sums(rows.part(i, parts), columns.part(j, parts)));
    write_mean(to, total, rows.length() * columns.length());
}

}  // namespace

// height × width × 3 bytes → (height+1) × (width+1) sums of all pixels above and left, a 16-bit lane a colour.
EXPORT void sum_photo(const std::uint8_t *image, std::int64_t height, std::int64_t width, std::uint64_t *sums) {
    for (std::int64_t x = 0; x <= width; x++) sums[x] = 0;
    for (std::int64_t y = 0; y < height; y++) {
        const std::uint64_t *above = sums + y * (width + 1);
        std::uint64_t *row = sums + (y + 1) * (width + 1), so_far = 0;
        row[0] = 0;
        for (std::int64_t x = 0; x < width; x++, image += COLOURS) {
            so_far += image[0] | std::uint64_t(image[1]) << LANE_BITS | std::uint64_t(image[2]) << 2 * LANE_BITS;
            row[x + 1] = above[x + 1] + so_far;
        }
    }
}

// Rows `first` to `last` of the photo at height × width: rows × width × 3 numbers.
EXPORT void resize_photo(const std::uint64_t *sums, std::int64_t photo_height, std::int64_t photo_width,
                         std::int32_t height, std::int32_t width, std::int32_t first, std::int32_t last, float *out) {
    const Sums at{sums, photo_width + 1};
    const bool narrow = photo_height <= std::int64_t(height) * (NARROW_WINDOW - 1) &&
                        photo_width <= std::int64_t(width) * (NARROW_WINDOW - 1);
    for (int y = first; y < last; y++) {
        const Range rows = range(0, photo_height, y, height);
        const std::uint64_t *top = sums + rows.first * at.width, *bottom = sums + rows.last * at.width;
        // Goes along with the columns' limits as Bresenham's line does: a division a pixel would cost more than the
        // sums.
        std::int64_t left = 0, left_rest = 0;
        for (int x = 0; x < width; x++, out += COLOURS) {
            const std::int64_t next_rest = left_rest + photo_width % width;
            const std::int64_t next = left + photo_width / width + (next_rest >= width),
                               rest = next_rest - (next_rest >= width) * width;
            const Range columns{left, next + (rest > 0)};
            if (narrow) {
                const std::uint64_t lanes =
                    bottom[columns.last] - top[columns.last] - (bottom[columns.first] - top[columns.first]);
                const float scale = 1.0f / float(rows.length() * columns.length());
                for (int c = 0; c < COLOURS; c++) out[c] = float(std::int32_t(lanes >> c * LANE_BITS & 0xffff)) * scale;
            } else {
                write_mean(out, at, rows, columns);
            }
            left = next, left_rest = rest;
        }
    }
}

// Parts of the photo at side × side: count × side × side × 3 numbers. A part: first column, first row, past-the-last
// ones.
EXPORT void crop_photo(const std::uint64_t *sums, std::int64_t photo_width, const std::int64_t *corners,
                       std::int32_t count, std::int32_t side, float *out) {
    const Sums at{sums, photo_width + 1};
    for (int i = 0; i < count; i++, corners += 4)
        for (int y = 0; y < side; y++) {
            const Range rows = range(corners[1], corners[3], y, side);
            for (int x = 0; x < side; x++, out += COLOURS)
                write_mean(out, at, rows, range(corners[0], corners[2], x, side));
        }
}
