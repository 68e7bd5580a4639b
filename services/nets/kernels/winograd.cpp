// Convolutions with fewer multiplications: the minimal filtering of Winograd, as in Lavin and Gray (2015),
// arXiv:1509.09308. A tile of pixels becomes points, each point is multiplied with a matrix of its own, and the
// products become pixels. `services/nets/building/plan.py` makes the matrices, from the same points.
#include "net.hpp"

namespace facepipe {
namespace {

constexpr int WIDE = most_pixels(2) >= 6 ? 2 : 1;  // blocks of channels at a time
constexpr int SEEN_AT_ONCE = 1008;                 // points of tiles: what a processor's cache holds

#define WRITTEN_OUT _Pragma("GCC unroll 64")

// One direction of a tile. It sees SEEN pixels, makes as many points of them, and gives GIVEN pixels. `from` returns
// the vector of a number, `to` takes one: so what is read and written need not be copied first.
// This one is for a window of one pixel.
struct Single {
    static constexpr int SEEN = 1, GIVEN = 1, STRIDE = 1, FACTORS = 1;
    static int factor(int) { return 0; }
    template <class FROM, class TO>
    static void in(const FROM &from, const TO &to) {
        to(0, from(0));
    }
    template <class FROM, class TO>
    static void out(const FROM &from, const TO &to) {
        to(0, from(0));
    }
};

// The pairs ±a of points beside 0 and infinity: small numbers for few, close to 1 for many, or the sums lose digits.
struct Three {
    static constexpr int PAIRS = 2, GIVEN = 4;
    static constexpr double PAIR[PAIRS] = {1, 2};
};
struct Seven {
    static constexpr int PAIRS = 4, GIVEN = 4;
    static constexpr double PAIR[PAIRS] = {0.4, 0.8, 1.25, 2.5};
};

// Values of polynomials at 0, pairs ±a, and infinity (Toom and Cook).
template <class AT>
struct Polynomial {
    static constexpr int PAIRS = AT::PAIRS, GIVEN = AT::GIVEN, SEEN = 2 * PAIRS + 2, STRIDE = 1, FACTORS = SEEN;
    static int factor(int point) { return point; }

    struct Factors {
        float all[PAIRS + 1];         // coefficients of the product of x - a² over all pairs
        float without[PAIRS][PAIRS];  // the same over all pairs but one
        float power[PAIRS][GIVEN];    // of a
    };
    static constexpr void multiply(float *to, int but) {
        double product[PAIRS + 1] = {1};
        int degree = 0;
        for (int pair = 0; pair < PAIRS; pair++)
            if (pair != but) {
                degree++;
                for (int k = degree; k >= 0; k--)
                    product[k] = (k ? product[k - 1] : 0) - AT::PAIR[pair] * AT::PAIR[pair] * product[k];
            }
        for (int k = 0; k <= degree; k++) to[k] = float(product[k]);
    }
    static constexpr Factors factors() {
        Factors result{};
        multiply(result.all, -1);
        for (int pair = 0; pair < PAIRS; pair++) {
            multiply(result.without[pair], pair);
            double power = 1;
            for (int j = 0; j < GIVEN; j++, power *= AT::PAIR[pair]) result.power[pair][j] = float(power);
        }
        return result;
    }
    static constexpr Factors F = factors();

    template <class FROM, class TO>
    static void in(const FROM &from, const TO &to) {
        Vector seen[SEEN];
        WRITTEN_OUT for (int i = 0; i < SEEN; i++) seen[i] = from(i);
        Vector first = seen[SEEN - 2], last = seen[SEEN - 1];
        WRITTEN_OUT for (int k = 0; k < PAIRS; k++) first += F.all[k] * seen[2 * k], last += F.all[k] * seen[2 * k + 1];
        to(0, first), to(SEEN - 1, last);
        WRITTEN_OUT for (int pair = 0; pair < PAIRS; pair++) {
            Vector odd = seen[SEEN - 3], even = seen[SEEN - 2];
            WRITTEN_OUT for (int k = 0; k < PAIRS - 1; k++) {
                odd += F.without[pair][k] * seen[2 * k + 1];
                even += F.without[pair][k] * seen[2 * k + 2];
            }
            to(2 * pair + 1, even + F.power[pair][1] * odd);
            to(2 * pair + 2, even - F.power[pair][1] * odd);
        }
    }
    template <class FROM, class TO>
    static void out(const FROM &from, const TO &to) {
        Vector sum[PAIRS], difference[PAIRS];
        WRITTEN_OUT for (int pair = 0; pair < PAIRS; pair++) {
            const Vector plus = from(2 * pair + 1), minus = from(2 * pair + 2);
            sum[pair] = plus + minus, difference[pair] = plus - minus;
        }
        WRITTEN_OUT for (int j = 0; j < GIVEN; j++) {
            Vector y = j == 0 ? from(0) : j == GIVEN - 1 ? from(SEEN - 1) : Vector{};
            WRITTEN_OUT for (int pair = 0; pair < PAIRS; pair++) y +=
                F.power[pair][j] * (j % 2 ? difference[pair] : sum[pair]);
            to(j, y);
        }
    }
};

// Three pixels of the window, two pixels apart from one place to the next: the pixels at even places meet two of the
// three weights, with three multiplications for two sums, and those at odd places the third.
struct Strided {
    static constexpr int GIVEN = 2, SEEN = 5, STRIDE = 2, FACTORS = 4;
    static int factor(int point) { return smaller_of(point, FACTORS - 1); }

    template <class FROM, class TO>
    static void in(const FROM &from, const TO &to) {
        const Vector middle = from(2);
        to(0, from(0) - middle), to(1, middle), to(2, from(4) - middle);
        to(3, from(1)), to(4, from(3));
    }
    template <class FROM, class TO>
    static void out(const FROM &from, const TO &to) {
        const Vector middle = from(1);
        to(0, from(0) + middle + from(3)), to(1, middle + from(2) + from(4));
    }
};

// Some of the layer's tiles, with the memory for their points: [point][tile][channel].
template <class Down, class Across>
struct Chunk {
    static constexpr int POINTS = Down::SEEN * Across::SEEN;
    static constexpr int MOST = larger_of(2, SEEN_AT_ONCE / POINTS / MAX_PIXELS) * MAX_PIXELS;  // tiles

    const Layer &layer;
    int first, count;
    float *points, *products;

    struct Place {
        int image, y, x;
    };

    static int tiles(const Plane &target) {
        return target.images * parts_of(target.height, Down::GIVEN) * parts_of(target.width, Across::GIVEN);
    }
    // Where a tile's pixels go.
    Place place(int tile) const {
        const Plane &out = layer.target;
        const int down = parts_of(out.height, Down::GIVEN), across = parts_of(out.width, Across::GIVEN);
        const int number = first + tile;
        return {number / (down * across), number / across % down * Down::GIVEN, number % across * Across::GIVEN};
    }
    // The next tile's place, without a division.
    Place after(Place place) const {
        place.x += Across::GIVEN;
        if (place.x >= layer.target.width) place.x = 0, place.y += Down::GIVEN;
        if (place.y >= layer.target.height) place.y = 0, place.image++;
        return place;
    }
    // With a line of the cache between points: without it their distance often is a multiple of 4096 bytes, and a cache
    // holds few lines that are so far apart.
    float *at(float *memory, int point, int tile, int channels) const {
        return memory + point * (std::ptrdiff_t(count) * channels + BLOCK) + tile * channels;
    }
    static std::ptrdiff_t room(int channels) { return POINTS * (std::ptrdiff_t(MOST) * channels + BLOCK); }

    template <class PIXEL>
    static void to_points(const PIXEL &pixel, float *to, std::ptrdiff_t apart) {
        Vector half[POINTS];
        WRITTEN_OUT for (int j = 0; j < Across::SEEN; j++)
            Down::in([&](int i) { return pixel(i, j); }, [&](int i, Vector d) { half[i * Across::SEEN + j] = d; });
        WRITTEN_OUT for (int i = 0; i < Down::SEEN; i++)
            Across::in([&](int j) { return half[i * Across::SEEN + j]; },
                       [&](int j, Vector d) { store(to + (i * Across::SEEN + j) * apart, d); });
    }

    // Pixels → points. What lies beyond the source's border is zero: the last tiles may reach there.
    void see() const {
        const Plane &in = layer.source;
        const int channels = layer.step.channels;
        const std::ptrdiff_t row = in.row();
        Place to = place(0);
        for (int tile = 0; tile < count; tile++, to = after(to)) {
            const int top = to.y * Down::STRIDE - in.border_height, left = to.x * Across::STRIDE - in.border_width;
            const int rows = smaller_of(Down::SEEN, in.height + in.border_height - top);
            const int columns = smaller_of(Across::SEEN, in.width + in.border_width - left);
            const bool inside = rows == Down::SEEN && columns == Across::SEEN;
            const float *const corner = in.at(to.image, top, left);
            for (int c = 0; c < channels; c += LANES) {
                const auto pixel = [&](int i, int j) { return load(corner + i * row + j * in.channels + c); };
                float *const to_first = at(points, 0, tile, channels) + c;
                const std::ptrdiff_t apart = at(points, 1, tile, channels) + c - to_first;
                if (inside)
                    to_points(pixel, to_first, apart);
                else
                    to_points([&](int i, int j) { return i < rows && j < columns ? pixel(i, j) : Vector{}; }, to_first,
                              apart);
            }
        }
    }

    // Points × weights → products, for some blocks of the target's channels.
    void multiply(int block, int blocks) const {
        const Step &step = layer.step;
        const std::ptrdiff_t weights_block = std::ptrdiff_t(step.channels) * BLOCK, next = step.blocks * weights_block;
        const Window window{1, 1, step.channels, 0, 0};
        const int pieces = parts_of(count, most_pixels(blocks)), width = blocks * BLOCK;
        // Divisions here, not for each piece: in a layer with few channels they took up to a sixth of its time.
        const int most = parts_of(count, pieces);
        const std::ptrdiff_t fetched = weights_block / pieces;
        Tile tile{};
        tile.input_pixel = step.channels;
        tile.weights_block = weights_block;
        tile.soon_step = BLOCK / pieces;
        tile.output_pixel = width;
        for (int point = 0; point < POINTS; point++) {
            const int factor =
                Down::factor(point / Across::SEEN) * Across::FACTORS + Across::factor(point % Across::SEEN);
            tile.weights = layer.weights + factor * next + block * weights_block;
            tile.soon = tile.weights + next;
            for (int from = 0; from < count; from += most, tile.soon += fetched) {
                tile.input = at(points, point, from, step.channels);
                tile.output = at(products, point, from, width);
                sum_up(smaller_of(most, count - from), blocks, tile, window);
            }
        }
    }

    // Products → pixels.
    void give(int block, int blocks) const {
        const Step &step = layer.step;
        const Plane &out = layer.target;
        const int width = blocks * BLOCK;
        const std::ptrdiff_t row = out.row();
        Place to = place(0);
        for (int tile = 0; tile < count; tile++, to = after(to)) {
            float *const corner = out.at(to.image, to.y, to.x) + step.target_channel + block * BLOCK;
            const int rows = smaller_of(Down::GIVEN, out.height - to.y);
            const int columns = smaller_of(Across::GIVEN, out.width - to.x);
            for (int c = 0; c < width; c += LANES) {
                const int channel = block * BLOCK + c;
                const float *const product = at(products, 0, tile, width) + c;
                const std::ptrdiff_t apart = at(products, 1, tile, width) + c - product;
                const Vector none{}, bias = load(layer.bias + channel);
                const Vector slope = step.activation == PRELU ? load(layer.slope + channel) : none;
                Vector half[Down::GIVEN * Across::SEEN];
                WRITTEN_OUT for (int j = 0; j < Across::SEEN; j++)
                    Down::out([&](int i) { return load(product + (i * Across::SEEN + j) * apart); },
                              [&](int i, Vector y) { half[i * Across::SEEN + j] = y; });
                for (int i = 0; i < rows; i++)
                    Across::out([&](int j) { return half[i * Across::SEEN + j]; },
                                [&](int j, Vector y) {
                                    if (j >= columns) return;
                                    const Vector sum = y + bias;
                                    store(corner + i * row + j * out.channels + c,
                                          step.activation == PLAIN ? sum : activated(sum, slope));
                                });
            }
        }
    }
};

template <class Down, class Across>
void convolve(const Layer &layer, Share share, float *scratch) {
    typedef Chunk<Down, Across> Chunk;
    const Step &step = layer.step;
    const int tiles = Chunk::tiles(layer.target), rounds = parts_of(tiles, Chunk::MOST * share.threads);
    const int chunks = smaller_of(tiles, rounds * share.threads);  // as many for each thread
    for (int number = share.from(chunks); number < share.to(chunks); number++) {
        const int first = part_of(tiles, number, chunks);
        float *products = scratch + Chunk::room(step.channels);
        const Chunk chunk{layer, first, part_of(tiles, number + 1, chunks) - first, scratch, products};
        chunk.see();
        for (int block = 0; block < step.blocks; block += WIDE) {
            const int blocks = smaller_of(WIDE, step.blocks - block);
            chunk.multiply(block, blocks);
            chunk.give(block, blocks);
        }
    }
}

template <class Down, class Across>
std::ptrdiff_t scratch(const Step &step) {
    typedef Chunk<Down, Across> Chunk;
    return Chunk::room(step.channels) + Chunk::room(WIDE * BLOCK);
}

struct Way {
    void (*convolve)(const Layer &, Share, float *);
    std::ptrdiff_t (*scratch)(const Step &);
};

template <class Down, class Across>
constexpr Way WAY = {convolve<Down, Across>, scratch<Down, Across>};

const Way &way(const Step &step) {
    if (step.stride == 2) return WAY<Strided, Strided>;
    if (step.kernel_width == 7) return WAY<Single, Polynomial<Seven>>;
    if (step.kernel_height == 7) return WAY<Polynomial<Seven>, Single>;
    return WAY<Polynomial<Three>, Polynomial<Three>>;
}

}  // namespace

std::ptrdiff_t winograd_scratch(const Step &step) { return way(step).scratch(step); }

void convolve_winograd(const Layer &layer, Share share, float *scratch) {
    way(layer.step).convolve(layer, share, scratch);
}

}  // namespace facepipe
