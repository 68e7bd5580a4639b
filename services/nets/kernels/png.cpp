// What a PNG file costs time for: Paeth's filter, and DEFLATE (RFC 1951) with one Huffman code for a whole image.
#include <cstdint>
#include <cstdlib>

#include "export.hpp"

namespace {

constexpr int BYTES = 256, END = BYTES, SYMBOLS = BYTES + 1, LONGEST = 15, TABLES = 4;

// The lengths of a Huffman code: none longer than LONGEST, 0 for what does not occur.
void code_lengths(std::uint32_t *counts, std::uint8_t *lengths) {
    for (;;) {
        int order[SYMBOLS], leaves = 0;
        for (int s = 0; s < SYMBOLS; s++) {
            if (!counts[s]) continue;
            int place = leaves++;
            for (; place > 0 && counts[order[place - 1]] > counts[s]; place--) order[place] = order[place - 1];
            order[place] = s;
        }
        // Both the leaves and the nodes made of them come in the order of their weights: the two lightest are in front.
        std::uint32_t weight[SYMBOLS];
        int parent[2 * SYMBOLS], depth[2 * SYMBOLS], leaf = 0, node = 0;
        for (int made = 0; made < leaves - 1; made++) {
            weight[made] = 0;
            for (int child = 0; child < 2; child++) {
                const bool is_leaf = node == made || (leaf < leaves && counts[order[leaf]] <= weight[node]);
                weight[made] += is_leaf ? counts[order[leaf]] : weight[node];
                parent[is_leaf ? leaf++ : leaves + node++] = leaves + made;
            }
        }
        const int root = 2 * leaves - 2;
        depth[root] = 0;
        for (int i = root - 1; i >= 0; i--) depth[i] = depth[parent[i]] + 1;
        for (int s = 0; s < SYMBOLS; s++) lengths[s] = 0;
        for (int i = 0; i < leaves; i++) lengths[order[i]] = std::uint8_t(depth[i]);
        if (depth[0] <= LONGEST) return;  // the rarest symbol has the longest code
        for (int s = 0; s < SYMBOLS; s++) counts[s] = (counts[s] + 1) / 2;
    }
}

// The codes that belong to the lengths (RFC 1951, 3.2.2), their first bit lowest.
void codes_of(const std::uint8_t *lengths, std::uint16_t *codes) {
    int next = 0;
    for (int length = 1; length <= LONGEST; length++, next <<= 1)
        for (int s = 0; s < SYMBOLS; s++)
            if (lengths[s] == length) {
                codes[s] = 0;
                for (int bit = 0; bit < length; bit++) codes[s] |= (next >> bit & 1) << (length - 1 - bit);
                next++;
            }
}

struct Bits {
    std::uint8_t *to;
    std::uint64_t waiting = 0;
    int count = 0;
    // At most 56 bits may wait: three codes, or one of the head's fields.
    void put(std::uint32_t bits, int length) {
        waiting |= std::uint64_t(bits) << count;
        count += length;
    }
    // Writes whole bytes, and up to seven more that the next call writes again.
    void flush() {
        __builtin_memcpy(to, &waiting, 8);  // least significant byte first, as all processors here have it
        to += count >> 3, waiting >>= count & ~7, count &= 7;
    }
};

// One block's head (RFC 1951, 3.2.7): the lengths are written out, four bits each.
void put_head(Bits &bits, const std::uint8_t *lengths) {
    bits.put(0b101, 3);  // the last block, with a code of its own
    bits.put(0, 5);      // 257 symbols for bytes and the end
    bits.put(1, 5);      // two for distances, which never come
    bits.put(15, 4);     // all 19 kinds of lengths: three for repetitions, which never come, then 0 to 15
    for (int kind = 0; kind < 19; kind++) bits.put(kind < 3 ? 0 : 4, 3), bits.flush();
    const auto put_length = [&](int length) {
        const int mirrored = (length & 1) << 3 | (length & 2) << 1 | (length & 4) >> 1 | length >> 3;
        bits.put(mirrored, 4), bits.flush();
    };
    for (int s = 0; s < SYMBOLS; s++) put_length(lengths[s]);
    put_length(1), put_length(1);
}

}  // namespace

// Rows of `width` bytes, `pixel` bytes a pixel → rows of width + 1: the filter's number, and what Paeth's filter
// (PNG 1.2, 6.6) leaves of them.
EXPORT void filter_paeth(const std::uint8_t *image, std::int32_t height, std::int32_t width, std::int32_t pixel,
                         std::uint8_t *out) {
    for (int y = 0; y < height; y++, image += width) {
        *out++ = 4;
        const std::uint8_t *above = image - width;
        for (int x = 0; x < pixel; x++) out[x] = std::uint8_t(image[x] - (y ? above[x] : 0));
        if (y == 0) {
            for (int x = pixel; x < width; x++) out[x] = std::uint8_t(image[x] - image[x - pixel]);
        } else {
            for (int x = pixel; x < width; x++) {
                const int a = image[x - pixel], b = above[x], c = above[x - pixel];
                const int pa = std::abs(b - c), pb = std::abs(a - c), pc = std::abs(a + b - 2 * c);
                out[x] = std::uint8_t(image[x] - (pa <= pb && pa <= pc ? a : pb <= pc ? b : c));
            }
        }
        out += width;
    }
}

// `size` bytes → a DEFLATE stream of them, which looks for no repetitions; returns its length, at most
// 2 × size + 256.
EXPORT std::int64_t deflate_bytes(const std::uint8_t *from, std::int64_t size, std::uint8_t *out) {
    std::uint32_t tables[TABLES][BYTES] = {}, counts[SYMBOLS];  // several: a byte often comes twice in a row
    for (std::int64_t i = 0; i < size; i++) tables[i % TABLES][from[i]]++;
    for (int s = 0; s < BYTES; s++) counts[s] = tables[0][s] + tables[1][s] + tables[2][s] + tables[3][s];
    counts[END] = 1;
    std::uint8_t lengths[SYMBOLS];
    std::uint16_t codes[SYMBOLS];
    code_lengths(counts, lengths);
    codes_of(lengths, codes);
    Bits bits{out};
    put_head(bits, lengths);
    std::int64_t i = 0;
    for (; i + 3 <= size; i += 3, bits.flush())
        for (int j = 0; j < 3; j++) bits.put(codes[from[i + j]], lengths[from[i + j]]);
    for (; i < size; i++) bits.put(codes[from[i]], lengths[from[i]]);
    bits.put(codes[END], lengths[END]), bits.flush();
    return bits.to + (bits.count > 0) - out;
}
