// Exact area resizing, number for number as `facepipe/bench/oracles/integral_image.py` explains and does it.
#include <cstdint>

#include "export.hpp"

namespace {

constexpr int COLOURS = 3, LANE_BITS = 16, NARROW_WINDOW = 16, CHUNK = 64;

typedef std::uint16_t Lanes __attribute__((vector_size(8)));
typedef std::int32_t Integers __attribute__((vector_size(16)));
typedef float Means __attribute__((vector_size(16)));

// Which pixels an output's row or column is the mean of: floor(i·n/o) to ceil((i+1)·n/o).
struct Range {
    std::int64_t first, last;
    std::int64_t length() const { return last - first; }
    Range part(int number, int parts) const {
        return {first + length() * number / parts, first + length() * (number + 1) / parts};
    }
    Range window(int number, int count) const {
        return {first + number * length() / count, first + ((number + 1) * length() + count - 1) / count};
    }
};

struct Sums {
    const std::uint64_t *data;
    std::int64_t width;
    const std::uint64_t *row(std::int64_t number) const { return data + number * width; }
};

// The sums of red, green and blue, and nothing.
Integers colours(std::uint64_t sum) {
    Lanes lanes;
    __builtin_memcpy(&lanes, &sum, sizeof lanes);
    return __builtin_convertvector(lanes, Integers);
}

// The same for a window of any size: cut so that no lane overflows.
Integers wide_window(const Sums &sums, Range rows, Range columns) {
    const std::int64_t longer = rows.length() > columns.length() ? rows.length() : columns.length();
    const int parts = int((longer + NARROW_WINDOW - 1) / NARROW_WINDOW);
    Integers total{};
    for (int i = 0; i < parts; i++)
        for (int j = 0; j < parts; j++) {
            const Range some = rows.part(i, parts), others = columns.part(j, parts);
            const std::uint64_t *top = sums.row(some.first), *bottom = sums.row(some.last);
            total += colours(bottom[others.last] - top[others.last] - (bottom[others.first] - top[others.first]));
        }
    return total;
}

// Some windows of a row, one after the other.
struct Windows {
    int count;
    std::int32_t left[CHUNK], right[CHUNK];
};

void write_mean(float *to, Integers totals, float scale) {
    const Means means = __builtin_convertvector(totals, Means) * scale;
    __builtin_memcpy(to, &means, COLOURS * sizeof(float));
}

void write_narrow(const Sums &sums, Range rows, const Windows &columns, float *out) {
    const std::uint64_t *top = sums.row(rows.first), *bottom = sums.row(rows.last);
    const std::int32_t height = std::int32_t(rows.length());
    float scale[CHUNK];
    for (int x = 0; x < columns.count; x++) scale[x] = 1.0f / float(height * (columns.right[x] - columns.left[x]));
    for (int x = 0; x < columns.count; x++, out += COLOURS) {
        const std::int32_t left = columns.left[x], right = columns.right[x];
        write_mean(out, colours(bottom[right] - top[right] - (bottom[left] - top[left])), scale[x]);
    }
}

void write_wide(const Sums &sums, Range rows, const Windows &columns, float *out) {
    for (int x = 0; x < columns.count; x++, out += COLOURS) {
        const Range window{columns.left[x], columns.right[x]};
        write_mean(out, wide_window(sums, rows, window), 1.0f / float(rows.length() * window.length()));
    }
}

// Rows `first` to `last` of a part of the photo at height × width.
void resize(const Sums &sums, Range rows, Range columns, int height, int width, int first, int last, float *out) {
    const bool narrow = rows.length() <= std::int64_t(height) * (NARROW_WINDOW - 1) &&
                        columns.length() <= std::int64_t(width) * (NARROW_WINDOW - 1);
    Windows windows;
    for (int start = 0; start < width; start += CHUNK) {
        windows.count = width - start < CHUNK ? width - start : CHUNK;
        for (int x = 0; x < windows.count; x++) {
            const Range window = columns.window(start + x, width);
            windows.left[x] = std::int32_t(window.first), windows.right[x] = std::int32_t(window.last);
        }
        float *to = out + start * COLOURS;
        for (int y = first; y < last; y++, to += width * COLOURS)
            (narrow ? write_narrow : write_wide)(sums, rows.window(y, height), windows, to);
    }
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
    resize({sums, photo_width + 1}, {0, photo_height}, {0, photo_width}, height, width, first, last, out);
}

// Parts of the photo at side × side: count × side × side × 3 numbers. A part: first column, first row, past-the-last
// ones.
EXPORT void crop_photo(const std::uint64_t *sums, std::int64_t photo_width, const std::int64_t *corners,
                       std::int32_t count, std::int32_t side, float *out) {
    for (int i = 0; i < count; i++, corners += 4, out += side * side * COLOURS)
        resize({sums, photo_width + 1}, {corners[1], corners[3]}, {corners[0], corners[2]}, side, side, 0, side, out);
}
