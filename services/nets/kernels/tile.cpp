#include "tile.hpp"

#include <utility>

namespace facepipe {
namespace {

typedef void (*Kernel)(const Tile &, const Window &);

struct Kernels {
    Kernel of[MAX_PIXELS];
};

template <int BLOCKS, int... PIXELS>
constexpr Kernels kernels(std::integer_sequence<int, PIXELS...>) {
    return {{&sum_up<PIXELS + 1, BLOCKS>...}};
}

template <int BLOCKS>
constexpr Kernels kernels() {
    return kernels<BLOCKS>(std::make_integer_sequence<int, larger_of(1, most_pixels(BLOCKS))>());
}

constexpr Kernels KERNELS[MAX_BLOCKS] = {kernels<1>(), kernels<2>(), kernels<3>(), kernels<4>()};

}  // namespace

void sum_up(int pixels, int blocks, const Tile &tile, const Window &window) {
    KERNELS[blocks - 1].of[pixels - 1](tile, window);
}

}  // namespace facepipe
