// Exact area resizing, number for number as `facepipe/bench/oracles/integral_image.py` explains and does it.
//
// Some rows of the result are made at once: the rows of the photo that each is the mean of are summed up, many bytes at
// a time, and then their columns from the left, all of these rows in one vector. Sums are whole numbers: their order
// does not matter.
#include <cstdint>

#include "export.hpp"

namespace {

constexpr int COLOURS = 3, PIXEL = 4;                  // a pixel's bytes, the last of which does not matter
constexpr int NARROW_WINDOW = 16;                      // 16 × 16 × 255 fits 16 bits
constexpr int ROWS = 4, CHUNK = 32;                    // of the result, made at once
constexpr int MOST_ROWS = 256, MOST_COLUMNS = 512;     // of the photo, summed up at once: 256 × 255 fits 16 bits
static_assert(MOST_COLUMNS >= CHUNK * NARROW_WINDOW);  // a chunk's narrow windows

typedef std::uint16_t Words __attribute__((vector_size(32)));
typedef std::uint32_t Pairs __attribute__((vector_size(32)));
typedef std::uint64_t Sums __attribute__((vector_size(32)));
typedef std::int32_t Integers __attribute__((vector_size(32)));
typedef float Means __attribute__((vector_size(32)));
constexpr int BLOCK = sizeof(Words) / PIXEL;  // pixels

// Takes numbers of two vectors: of the first they count from 0, of the second from 8 on.
#if defined(__clang__)
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, Integers{__VA_ARGS__})
#endif

struct Range {
    std::int64_t first, last;
    std::int64_t length() const { return last - first; }
    // From `begin` on, at most `most`.
    Range piece(std::int64_t begin, std::int64_t most) const {
        return {begin, last - begin < most ? last : begin + most};
    }
};

// Which pixels an output's rows or columns are the means of: floor(i·n/o) to ceil((i+1)·n/o), one after the other.
class Steps {
public:
    Steps(Range all, int outputs, int number)
        : count(outputs), whole(all.length() / outputs), part(all.length() % outputs) {
        const std::int64_t place = number * all.length();
        begin = all.first + place / count, rest = place % count;
    }
    Range next() {
        const std::int64_t first = begin;
        begin += whole, rest += part;
        if (rest >= count) begin++, rest -= count;
        return {first, begin + (rest > 0)};
    }

private:
    std::int64_t count, whole, part, begin, rest;
};

struct Photo {
    const std::uint8_t *data;
    std::int64_t width;
    const std::uint8_t *at(std::int64_t row, std::int64_t column) const {
        return data + (row * width + column) * PIXEL;
    }
};

// Sums of a photo's columns over some rows, 16 bits each: red, blue, green and what does not matter.
struct Columns {
    std::uint64_t sums[MOST_COLUMNS];

    void add_up(const Photo &photo, Range rows, Range columns) {
        const std::int64_t count = columns.length();
        std::int64_t done = 0;
        for (; done + BLOCK <= count; done += BLOCK) add_block(photo, rows, columns.first + done, sums + done);
        if (done < count && count >= BLOCK) {
            add_block(photo, rows, columns.last - BLOCK, sums + count - BLOCK);  // some of them once more
        } else {
            for (; done < count; done++) {
                sums[done] = 0;
                for (std::int64_t y = rows.first; y < rows.last; y++) {
                    const std::uint8_t *pixel = photo.at(y, columns.first + done);
                    sums[done] += pixel[0] | std::uint64_t(pixel[2]) << 16 | std::uint64_t(pixel[1]) << 32;
                }
            }
        }
    }

    static void add_block(const Photo &photo, Range rows, std::int64_t column, std::uint64_t *to) {
        Words even{}, odd{};
        const std::uint8_t *from = photo.at(rows.first, column);
        for (std::int64_t y = rows.first; y < rows.last; y++, from += photo.width * PIXEL) {
            Words words;
            __builtin_memcpy(&words, from, sizeof words);
            even += words & 255, odd += words >> 8;
        }
        const Pairs half = SHUFFLE((Pairs)even, (Pairs)odd, 0, 8, 1, 9, 2, 10, 3, 11);
        const Pairs other = SHUFFLE((Pairs)even, (Pairs)odd, 4, 12, 5, 13, 6, 14, 7, 15);
        __builtin_memcpy(to, &half, sizeof half);
        __builtin_memcpy(to + BLOCK / 2, &other, sizeof other);
    }
};

// Where the result goes.
struct Target {
    float *data;
    std::int64_t row;  // numbers
};

// Some windows of a row, one after the other.
struct Windows {
    int count;
    Range columns[CHUNK];
    Range all() const { return {columns[0].first, columns[count - 1].last}; }
};

// For windows whose sums fit 16 bits: the differences of the sums from the left.
void write_narrow(const Photo &photo, const Range *rows, int count, const Windows &windows, Target out) {
    const Range all = windows.all();
    Columns columns[ROWS];
    for (int y = 0; y < ROWS; y++) columns[y].add_up(photo, rows[y], all);
    std::uint64_t sums[MOST_COLUMNS + 1][ROWS];
    for (int y = 0; y < ROWS; y++) sums[0][y] = 0;
    for (std::int64_t x = 0; x < all.length(); x++)
        for (int y = 0; y < ROWS; y++) sums[x + 1][y] = sums[x][y] + columns[y].sums[x];
    Means factors[NARROW_WINDOW + 1];
    const Range one = windows.columns[0];
    for (std::int64_t width = one.length() - 1; width <= one.length() + 1; width++) {
        if (width < 1 || width > NARROW_WINDOW) continue;
        Integers pixels;
        for (int i = 0; i < BLOCK; i++) pixels[i] = std::int32_t(rows[i / 2].length() * width);
        factors[width] = 1.0f / __builtin_convertvector(pixels, Means);
    }
    float means[CHUNK][ROWS][PIXEL];
    for (int x = 0; x < windows.count; x++) {
        const Range window = windows.columns[x];
        Sums left, right;
        __builtin_memcpy(&left, sums[window.first - all.first], sizeof left);
        __builtin_memcpy(&right, sums[window.last - all.first], sizeof right);
        const Pairs total = (Pairs)(right - left);
        const Means factor = factors[window.length()];
        const Means even = __builtin_convertvector((Integers)(total & 0xffff), Means) * factor;
        const Means odd = __builtin_convertvector((Integers)(total >> 16), Means) * factor;
        const Means some = SHUFFLE(even, odd, 0, 1, 8, 9, 4, 5, 12, 13);
        const Means others = SHUFFLE(even, odd, 2, 3, 10, 11, 6, 7, 14, 15);
        __builtin_memcpy(means[x][0], &some, sizeof some);
        __builtin_memcpy(means[x][2], &others, sizeof others);
    }
    for (int y = 0; y < count; y++) {
        float *to = out.data + y * out.row;
        const int row = (y & 1) << 1 | y >> 1;  // 0, 2, 1, 3: so the vectors above have them
        const int last = windows.count - 1;     // nothing may be written behind it
        for (int x = 0; x < last; x++) __builtin_memcpy(to + x * COLOURS, means[x][row], sizeof means[x][row]);
        __builtin_memcpy(to + last * COLOURS, means[last][row], COLOURS * sizeof(float));
    }
}

void write_wide(const Photo &photo, Range rows, const Windows &windows, float *out) {
    for (int x = 0; x < windows.count; x++, out += COLOURS) {
        const Range window = windows.columns[x];
        std::int64_t red = 0, green = 0, blue = 0;
        for (std::int64_t top = rows.first; top < rows.last; top += MOST_ROWS)
            for (std::int64_t left = window.first; left < window.last; left += MOST_COLUMNS) {
                const Range some = window.piece(left, MOST_COLUMNS);
                Columns columns;
                columns.add_up(photo, rows.piece(top, MOST_ROWS), some);
                for (std::int64_t i = 0; i < some.length(); i++) {
                    const std::uint64_t sums = columns.sums[i];
                    red += sums & 0xffff, blue += sums >> 16 & 0xffff, green += sums >> 32 & 0xffff;
                }
            }
        const float factor = 1.0f / float(rows.length() * window.length());
        out[0] = float(red) * factor, out[1] = float(green) * factor, out[2] = float(blue) * factor;
    }
}

// Rows `first` to `last` of a part of the photo at height × width.
void resize(const Photo &photo, Range rows, Range columns, int height, int width, int first, int last, float *out) {
    const bool narrow = rows.length() <= std::int64_t(height) * (NARROW_WINDOW - 1) &&
                        columns.length() <= std::int64_t(width) * (NARROW_WINDOW - 1);
    Steps down(rows, height, first);
    for (int y = first; y < last; y += ROWS) {
        const int count = last - y < ROWS ? last - y : ROWS;
        Range some[ROWS];
        for (int i = 0; i < ROWS; i++) some[i] = i < count ? down.next() : some[i - 1];
        Steps across(columns, width, 0);
        for (int start = 0; start < width; start += CHUNK) {
            Windows windows;
            windows.count = width - start < CHUNK ? width - start : CHUNK;
            for (int x = 0; x < windows.count; x++) windows.columns[x] = across.next();
            const std::int64_t row = std::int64_t(width) * COLOURS;
            const Target to{out + (y - first) * row + start * COLOURS, row};
            if (narrow)
                write_narrow(photo, some, count, windows, to);
            else
                for (int i = 0; i < count; i++) write_wide(photo, some[i], windows, to.data + i * row);
        }
    }
}

}  // namespace

// `count` pixels of three bytes → of four.
EXPORT void widen_pixels(const std::uint8_t *from, std::int64_t count, std::uint8_t *to) {
    for (std::int64_t i = 0; i < count; i++, from += COLOURS, to += PIXEL) {
        for (int colour = 0; colour < COLOURS; colour++) to[colour] = from[colour];
        to[COLOURS] = 0;
    }
}

// Rows `first` to `last` of a photo, photo_height × photo_width × 4 bytes, at height × width: rows × width × 3
// numbers.
EXPORT void resize_photo(const std::uint8_t *photo, std::int64_t photo_height, std::int64_t photo_width,
                         std::int32_t height, std::int32_t width, std::int32_t first, std::int32_t last, float *out) {
    resize({photo, photo_width}, {0, photo_height}, {0, photo_width}, height, width, first, last, out);
}

// Parts of a photo at side × side: count × side × side × 3 numbers. A part: first column, first row, past-the-last
// ones.
EXPORT void crop_photo(const std::uint8_t *photo, std::int64_t photo_width, const std::int64_t *corners,
                       std::int32_t count, std::int32_t side, float *out) {
    for (int i = 0; i < count; i++, corners += 4, out += side * side * COLOURS)
        resize({photo, photo_width}, {corners[1], corners[3]}, {corners[0], corners[2]}, side, side, 0, side, out);
}
